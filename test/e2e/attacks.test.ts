import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { attacks, carryOutAll } from "../support/attacks";
import { table, type Result } from "../support/attacks/attack";
import { openScene, STAND_INS, type Scene } from "../support/attacks/scene";
import { Cluster } from "../support/cluster";
import { destroy, environment } from "../support/environments";

/** Where a script finds the results: beside the compiled tests. */
const file = path.resolve(__dirname, "..", "attacks.json");

/** Two environments that attack each other, under one profile of isolation. */
const config = (profile: string) => ({
  domain: "cnoe.localtest.me",
  isolation: { profile, egress: [{ cidr: `${STAND_INS[0]}/32`, ports: [80] }] },
  argocd: { register: false },
});

describe("the attacks on an environment's neighbours and its host", function () {
  this.timeout(400_000);
  const host = Cluster.host();
  const names = ["atka", "atkb"] as const;
  const results: Result[] = [];

  after("print and keep what became of them", async () => {
    fs.writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
    console.log(table(results));
    await Promise.all(names.map((name) => destroy(name)));
  });

  // The open profile first: what it lets through shows that the attacks are attacks.
  for (const profile of ["open", "default"]) {
    describe(`under the profile ${profile}`, () => {
      let scene: Scene | undefined;
      let outcomes: PromiseSettledResult<Result>[];

      before(async () => {
        const [a, b] = await Promise.all(
          names.map(async (name) => {
            const found = await environment(name, config(profile));
            found.stack.configure(config(profile));
            if (profile !== "open") await found.stack.up();
            return found;
          }),
        );
        assert.ok(a && b);
        scene = await openScene(host, a, b);
        outcomes = await carryOutAll(scene, profile);
        for (const outcome of outcomes) if (outcome.status === "fulfilled") results.push(outcome.value);
      });
      after(async () => {
        await scene?.close();
      });

      for (const [index, { title, from, proof }] of attacks.entries()) {
        const expected = profile !== "open" || proof ? "is stopped" : "succeeds";
        it(`${title}, from ${from}: ${expected}`, () => {
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
