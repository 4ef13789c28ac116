import * as assert from "node:assert/strict";

import { Cluster } from "../../../testing/cluster";
import { CHART, resultOf } from "../chart-version";
import { destroy, environment } from "../environments";
import { keepResult } from "../results";
import { type Attack, report, type Result } from "./attack";
import { openScene, type Scene, STAND_INS } from "./fixture";
import { carryOutAll } from "./index";
import { domain } from "../../../local/settings";

/** Two environments that attack each other, under one profile of isolation. */
const config = (profile: string) => ({
  domain,
  chart: { version: CHART },
  isolation: {
    profile,
    egress: [{ cidr: `${STAND_INS[0]}/32`, ports: [80] }],
    // A host of atkb, which a list does not give to atka: only the policy that looks at other environments refuses it.
    ingressHosts: [`shop-atkb.${domain}`],
  },
  sync: { toHost: { podDisruptionBudgets: true } },
  argocd: { register: false },
});

/** What `open` lets through shows that they are attacks; the others have to stop them. */
const PROFILES: Profiles = ["open", "default", "hardened"];

type Profiles = readonly [string, ...string[]];

/**
 * Declares tests that carry attacks out under each profile in turn. The table of what became of them is printed and kept under
 * the given name.
 *
 * @param profiles Default: all
 */
export function attackSuite(name: string, title: string, all: readonly Attack[], profiles = PROFILES): void {
  const attacks = all.filter(({ needs }) => needs === undefined || needs(CHART));
  describe(`${title}, chart ${CHART}`, function () {
    this.timeout(900_000);
    const host = Cluster.host();
    const names = ["atka", "atkb"] as const;
    const results: Result[] = [];

    after("print and keep what became of them", async () => {
      const text = report(results);
      console.log(text);
      keepResult(resultOf(name), { title: `${title}, chart ${CHART}`, text, data: results });
      await Promise.all(names.map((environmentName) => destroy(environmentName)));
    });

    for (const profile of profiles) {
      describe(`under the profile ${profile}`, () => {
        let scene: Scene | undefined;
        let outcomes: PromiseSettledResult<Result>[];

        before(async () => {
          const [a, b] = await Promise.all(names.map((one) => configured(one, profile, profiles[0])));
          assert.ok(a && b);
          scene = await openScene(host, a, b);
          outcomes = await carryOutAll(scene, profile, attacks);
          results.push(...outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
        });
        after(async () => {
          await scene?.close();
        });

        for (const [index, { title: attack, from, proof }] of attacks.entries()) {
          const expected = profile !== "open" || proof ? "is stopped" : "succeeds";
          it(`${attack}, from ${from}: ${expected}`, () => {
            const outcome = outcomes[index];
            if (outcome?.status !== "fulfilled") throw outcome?.reason;
            const { stopped, seen, twin, proof: proven } = outcome.value;
            assert.equal(stopped, expected === "is stopped", seen);
            assert.ok(twin.worked, `what is allowed did not work either: ${twin.seen}`);
            if (proof) assert.ok(proven?.worked, `nothing shows that it could succeed: ${proven?.seen ?? ""}`);
          });
        }
      });
    }
  });
}

/** The environment under that profile; it is made under the first one. */
async function configured(name: string, profile: string, first: string) {
  const found = await environment(name, config(first));
  if (profile !== first) {
    found.stack.configure(config(profile));
    await found.stack.up();
  }
  return found;
}
