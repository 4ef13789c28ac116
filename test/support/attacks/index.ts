import { admissionAttacks } from "./admission";
import { apiAttacks } from "./api";
import { type Attack, carryOut, type Result } from "./attack";
import type { Scene } from "./fixture";
import { ingressAttacks } from "./ingress";
import { networkAttacks } from "./network";
import { objectAttacks } from "./objects";
import { podAttacks } from "./pods";

/** Every attack that each run of the tests carries out, in the order of the table. */
export const attacks: readonly Attack[] = [
  ...networkAttacks,
  ...apiAttacks,
  ...objectAttacks,
  ...ingressAttacks,
  ...podAttacks,
  ...admissionAttacks,
];

/** Carries all of them out, many at once; what did not come to an end is an error in its place. */
export async function carryOutAll(
  scene: Scene,
  profile: string,
  some = attacks,
): Promise<PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = [];
  // In batches: each attack waits for the cluster most of the time, but all together they wait for this process.
  for (let start = 0; start < some.length; start += BATCH) {
    const batch = some.slice(start, start + BATCH);
    outcomes.push(...(await Promise.allSettled(batch.map((attack) => carryOut(attack, scene, profile)))));
  }
  return outcomes;
}

/** As many as there are attacks over the network, which are the first. */
const BATCH = networkAttacks.length;
