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
  argocd: { register: false },
});

/** Profiles with bounds. */
const BOUNDED = ["default", "hardened"];

/**
 * Declares tests that carry attacks out, first under the profile `open`: what it lets through shows that they are attacks.
 * The table of what became of them is printed and kept under the given name.
 *
 * @param bounded profiles in which they have to be stopped. Default: all with bounds
 */
export function attackSuite(name: string, title: string, all: readonly Attack[], bounded = BOUNDED): void {
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

    for (const profile of ["open", ...bounded]) {
      describe(`under the profile ${profile}`, () => {
        let scene: Scene | undefined;
        let outcomes: PromiseSettledResult<Result>[];

        before(async () => {
          const [a, b] = await Promise.all(names.map((environmentName) => configured(environmentName, profile)));
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

/** The environment under that profile; it is made under `open`. */
async function configured(name: string, profile: string) {
  const found = await environment(name, config("open"));
  if (profile !== "open") {
    found.stack.configure(config(profile));
    await found.stack.up();
  }
  return found;
}
