import { table } from "../../../shared/table";
import { hasValue } from "../../../shared/vcluster/versions";
import type { Scene } from "./fixture";

/** Whether something worked, and what was seen of it. */
export interface Verdict {
  worked: boolean;
  seen: string;
}

/** One attempt to reach, read or change what an environment must not. */
export interface Attack {
  title: string;
  /** Who attacks. */
  from: string;
  stoppedBy: string;
  /** Versions of the chart where there is something to attack. Default: all */
  needs?: (chart: string) => boolean;
  run: (scene: Scene) => Promise<Verdict>;
  /** The same by somebody who may, or on something of one's own: it works in every profile. */
  twin: (scene: Scene) => Promise<Verdict>;
  /**
   * For what is stopped in the profile `open` too, because Kubernetes, vCluster or Argo CD stops it: the same attack
   * without that barrier. It works, so the attack is one. Without a proof, the attack itself works in `open`.
   */
  proof?: (scene: Scene) => Promise<Verdict>;
}

/** What became of an attack in one profile. */
export interface Result {
  profile: string;
  attack: string;
  from: string;
  stoppedBy: string;
  stopped: boolean;
  /** Stopped in every profile. */
  always: boolean;
  seen: string;
  twin: Verdict;
  proof?: Verdict;
}

/** Versions of the chart that copy EndpointSlices to the host. */
export const withSlices = (chart: string) => hasValue(chart, "sync.toHost.endpointSlices");

export async function carryOut(attack: Attack, scene: Scene, profile: string): Promise<Result> {
  const { title, from, stoppedBy, proof } = attack;
  const [run, twin, proven] = await Promise.all([attack.run(scene), attack.twin(scene), proof?.(scene)]);
  return {
    profile,
    attack: title,
    from,
    stoppedBy,
    stopped: !run.worked,
    always: proof !== undefined,
    seen: run.seen,
    twin,
    ...(proven && { proof: proven }),
  };
}

/** One line for each attack, with a column for each profile in the order of the results. */
export function report(results: readonly Result[]): string {
  const profiles = [...new Set(results.map(({ profile }) => profile))];
  const rows = new Map<string, string[]>();
  for (const result of results) {
    const key = `${result.attack}\n${result.from}`;
    const row = rows.get(key) ?? [result.attack, result.from, result.stoppedBy, ...profiles.map(() => "-")];
    row[3 + profiles.indexOf(result.profile)] = result.stopped ? "stopped" : "succeeds";
    rows.set(key, row);
  }
  const lines = [["attack", "from", "stopped by", ...profiles], ...rows.values()];
  return table(lines);
}
