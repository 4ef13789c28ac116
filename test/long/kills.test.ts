import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Secret, V1StatefulSet } from "@kubernetes/client-node";

import { addHostNames } from "../../local/hosts-file";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import { kill } from "../../shared/processes";
import { table } from "../../shared/table";
import { Cluster, reference } from "../../testing/cluster";
import { Stack } from "../../testing/pulumi";
import { namesOf } from "../support/environments";
import { namedAfter, nothingNamedAfter } from "../support/leftovers";
import { descendants } from "../support/processes";
import { seeded } from "../support/random";
import { keepResult } from "../support/results";
import { peer } from "../support/tls";

const name = "dia-kills";
const { namespace, release, pod, apiHost, argocdCluster } = namesOf(name);
/** Where Pulumi, and so `make recover`, looks for the stack's file when nobody says otherwise. */
const stackFile = path.join(checkoutDir, `Pulumi.${name}.yaml`);
const minutes = 60_000;

type Operation = "up" | "destroy";
/** What a person types next: plain Pulumi, after the `pulumi cancel` that its message about the lock names, or our command. */
type Next = Operation | "make recover";

/** Kills of each operation that a plain command follows. */
const KILLS = 20;
/** Some runs end before they are killed, and do not count. */
const MOST_RUNS = 75;
/** Kills of each operation besides, that our command follows. */
const RECOVERIES = 2;
/** Plain commands that follow the kills, in turn. The most frequent is the one that was killed. */
const NEXT: Readonly<Record<Operation, readonly [Operation, ...Operation[]]>> = {
  up: ["up", "up", "up", "up", "destroy"],
  destroy: ["destroy", "destroy", "up"],
};

function nextAfter(operation: Operation, kills: number): Next {
  if (kills >= KILLS && kills < KILLS + RECOVERIES) return "make recover";
  const commands = NEXT[operation];
  return commands[kills % commands.length] ?? operation;
}

/** What the stack declares in a round: each allows another amount, so that there is always something to do. */
function declared(round: number) {
  return {
    controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: `${1000 + round}Mi` } },
  };
}

/** A run that was killed, and what came of it. */
interface Kill {
  readonly killed: string;
  readonly afterMs: number;
  /** How long such a run takes that nobody kills. */
  readonly wholeMs: number;
  readonly next: Next;
  tookMs?: number;
  result: string;
}

/** The part of an exported stack that is read. */
interface Deployment {
  readonly resources?: readonly unknown[];
  readonly pending_operations?: readonly {
    readonly type: string;
    readonly resource: { readonly inputs?: { readonly metadata?: { readonly name?: string } } };
  }[];
}

describe("killed `pulumi up` and `pulumi destroy`", function () {
  this.timeout(70 * minutes);
  const host = Cluster.host();
  const random = seeded("moments of the kills");
  const kills: Kill[] = [];
  /** What a failed round has left on the host, so that the rounds after it are not blamed for it. */
  const known = new Set<string>();
  let scratch: string;
  let env: NodeJS.ProcessEnv;
  let stack: Stack;

  before(async () => {
    addHostNames([name]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-kills-"));
    // Another backend and another kubeconfig than the local host's: nothing of the driver's own is known here.
    fs.copyFileSync(process.env["KUBECONFIG"] ?? "", path.join(scratch, "kubeconfig"));
    fs.mkdirSync(path.join(scratch, "state"));
    env = {
      ...process.env,
      KUBECONFIG: path.join(scratch, "kubeconfig"),
      PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}?metadata=skip`,
    };
    stack = await Stack.open(name, { config: declared(0), env });
    await destroyed();
  });
  after(async () => {
    const seconds = (ms = NaN) => (ms / 1000).toFixed(1);
    const rows = kills.map(({ killed, afterMs, wholeMs, next, tookMs, result }, index) => {
      const times = [seconds(afterMs), seconds(wholeMs)];
      return [String(index + 1), killed, ...times, next, seconds(tookMs), result];
    });
    const head = ["", "killed", "after s", "of about s", "next command", "took s", "result"];
    keepResult("kills", {
      title: `Runs that were killed at random moments (SEED=${random.seed})`,
      text: table([head, ...rows], [0, 2, 3, 5]),
      data: { seed: random.seed, kills },
    });
    await destroyed();
    fs.rmSync(stackFile, { force: true });
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  /** Whatever there was, nothing is on the host and in the state any more. */
  async function destroyed(): Promise<void> {
    await stack.destroy().catch(async (error: unknown) => {
      console.log(`      destroyed by hand: ${String(error)}`);
      await stack.run(["state", "delete", "--all", "--force", "--yes", "--stack", name]);
    });
    await host.remove(reference("v1", "Namespace", namespace));
  }

  const plain = (operation: Operation) =>
    stack.run([operation, "--yes", "--skip-preview", ...stack.target()], 10 * minutes);

  /** Runs Pulumi to its end, and gives the milliseconds that it takes. */
  const whole = async (operation: Operation) => succeeded(await plain(operation)).elapsedMs;

  /**
   * Starts Pulumi and kills it, with all that it started, after so many milliseconds. No process cleans up.
   *
   * @returns false where it had ended before
   */
  async function killed(operation: Operation, afterMs: number): Promise<boolean> {
    const args = [operation, "--yes", "--skip-preview", ...stack.target()];
    const child = spawn("pulumi", args, { cwd: checkoutDir, env, stdio: "ignore" });
    assert.ok(child.pid, "pulumi could not be started");
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await Promise.race([delay(afterMs), ended]);
    // Parents first: nobody may notice that a child has died.
    kill(child.pid, ...descendants(child.pid));
    const exitCode = await ended;
    if (exitCode !== null) assert.equal(exitCode, 0, `${operation} failed before it was killed`);
    return exitCode === null;
  }

  const recovery = () => {
    fs.copyFileSync(stack.file, stackFile);
    // As a kill leaves it that hits Pulumi while it writes this file, with a backend that has such files.
    const state = path.join(scratch, "state", ".pulumi", "stacks", "vcluster-environments", `${name}.json`);
    fs.writeFileSync(`${state}.attrs`, "");
    return exec("make", ["recover", `STACK=${name}`], { cwd: checkoutDir, env, timeoutMs: 10 * minutes });
  };

  /** Runs the next command: once more only where it says that it waits for a namespace to be gone. @returns the result */
  async function follow(next: Next): Promise<string> {
    const run = next === "make recover" ? recovery : () => plain(next);
    // Fails where the run was killed before it had the lock.
    if (next !== "make recover") await stack.run(["cancel", "--yes", "--stack", name]);
    let result = await run();
    const terminating = /\[namespace-terminating\]/.test(result.output);
    if (terminating) {
      await host.remove(reference("v1", "Namespace", namespace));
      result = await run();
    }
    succeeded(result);
    return terminating ? "namespace-terminating, then converged" : "converged";
  }

  it(`converge with the next plain command, at ${KILLS} random moments each, and ${RECOVERIES} with make recover`, async () => {
    const makingMs = await whole("up");
    stack.configure(declared(99));
    const changingMs = await whole("up");
    const destroyingMs = await whole("destroy");
    const counts: Record<Operation, number> = { up: 0, destroy: 0 };
    const failures: string[] = [];
    let exists = false;
    let destroysNext = false;
    let declaration = 0;
    const all = KILLS + RECOVERIES;
    for (let run = 1; Math.min(counts.up, counts.destroy) < all && run <= MOST_RUNS; run++) {
      // In turn, so that what is destroyed is what the run before has made.
      const operation: Operation = exists && destroysNext ? "destroy" : "up";
      destroysNext = operation === "up";
      if (operation === "up") stack.configure(declared((declaration = run)));
      const title = operation === "destroy" ? "destroy" : exists ? "up, a change" : "up, the first";
      const wholeMs = operation === "destroy" ? destroyingMs : exists ? changingMs : makingMs;
      const afterMs = Math.round(random() * wholeMs);
      const next = nextAfter(operation, counts[operation]);
      const round: Kill = { killed: title, afterMs, wholeMs, next, result: "" };
      try {
        if (!(await killed(operation, afterMs))) {
          console.log(`      ${title}: had ended after ${afterMs} ms of about ${wholeMs}`);
          exists = operation === "up";
          continue;
        }
        counts[operation]++;
        kills.push(round);
        const start = Date.now();
        round.result = await follow(next);
        round.tookMs = Date.now() - start;
        exists = next !== "destroy";
        if (exists) await assertAsDeclared(declaration);
        else round.result += await assertNothingIsLeft(operation === "up");
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        round.result = `FAILED: ${message.replace(/\s+/g, " ").slice(-300)}`;
        failures.push(`${kills.length}. ${title}, killed after ${afterMs} ms, then ${next}: ${message}`);
        await destroyed();
        for (const object of await namedAfter(host, name)) known.add(object);
        exists = false;
      }
      const took = round.tookMs === undefined ? "" : ` in ${round.tookMs} ms`;
      const said = `${title}: killed after ${afterMs} ms of about ${wholeMs}; ${next}${took}: ${round.result}`;
      console.log(`      ${kills.length}. ${said}`);
    }
    assert.deepEqual(failures, []);
    assert.ok(Math.min(counts.up, counts.destroy) >= all, JSON.stringify(counts));
  });

  /**
   * What an `up` was creating when it was killed is on the host or not, and no resource of the state: only an `up` takes it
   * up again. A destroy straight after that may leave it, where Pulumi has it among its pending operations.
   *
   * @returns what of that is left, for the table
   */
  async function assertNothingIsLeft(afterUp: boolean): Promise<string> {
    const { stdout } = succeeded(await stack.run(["stack", "export", "--stack", name]));
    const { deployment } = JSON.parse(stdout) as { deployment: Deployment };
    assert.deepEqual(deployment.resources ?? [], [], "the state after a destroy");
    const creating = (deployment.pending_operations ?? []).flatMap(({ type, resource }) =>
      type === "creating" ? (resource.inputs?.metadata?.name ?? []) : [],
    );
    const pending = (object: string) => afterUp && creating.some((one) => object.endsWith(`/${one}`));
    const left = (await namedAfter(host, name)).filter((object) => !known.has(object) && pending(object));
    await nothingNamedAfter(host, name, new Set([...known, ...left]));
    return left.length === 0 ? "" : `, but for what was being created: ${left.join(", ")}`;
  }

  async function assertAsDeclared(round: number): Promise<void> {
    const set = await host.get<V1StatefulSet>(reference("apps/v1", "StatefulSet", release, namespace));
    const { memory } = declared(round).controlPlane.limits;
    assert.equal(set?.spec?.template.spec?.containers[0]?.resources?.limits?.["memory"], memory);
    await host.podReady(namespace, pod, 10_000);

    const { kubeconfig } = await stack.outputs();
    const cluster = new Cluster(name, String(kubeconfig));
    assert.ok((await peer(apiHost, cluster.authority)).authorized);
    const nodes = await cluster.core.listNode();
    assert.ok(nodes.items.length > 0);

    const secrets = await host.core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
    const pending = secrets.items.filter(({ metadata }) => metadata?.labels?.["status"]?.startsWith("pending"));
    assert.deepEqual(pending, []);
    const registration = await host.get<V1Secret>(reference("v1", "Secret", argocdCluster, "argocd"));
    assert.ok(registration, "Argo CD does not know the cluster");
    // Nothing is half done in the state, and the host is what the state says.
    const rest = await stack.operate("preview", ["--refresh", "--expect-no-changes"]);
    assert.doesNotMatch(succeeded(rest).output, /pending/);
  }
});
