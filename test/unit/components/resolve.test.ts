import * as assert from "node:assert/strict";

import { isSecret, output, secret } from "@pulumi/pulumi";

import { Environment, type EnvironmentArgs, resolve } from "../../../components";
import { ConfigurationError, type Problem } from "../../../shared/errors";
import { getPath } from "../../../shared/json";
import { outputs } from "../../support/control-plane";
import { record, value } from "../../support/mocks";

const values = { controlPlane: { statefulSet: { labels: { a: "b" } } } };
const args: EnvironmentArgs = { domain: "example.org", values };

describe("resolve", () => {
  it("returns what the component uses, as from arguments", async () => {
    const { registrations } = await record(() => new Environment("dev", resolve("dev", args)), { outputs });
    const direct = await record(() => new Environment("dev", args), { outputs });
    assert.deepEqual(registrations, direct.registrations);
    assert.ok(registrations.length > 30);
  });

  it("throws the caller's problems with its own, each path once", () => {
    const problem = (path: string): Problem => ({
      path,
      code: "domain-invalid" as const,
      problem: "it is wrong",
      allowed: "less",
      fix: "remove it",
    });
    assert.throws(
      () => resolve("dev", { domain: "a b", kubernetesVersion: "1" }, { problems: [problem("domain"), problem("x")] }),
      (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.deepEqual(
          error.problems.map(({ path, problem: text }) => [path, text === "it is wrong"]),
          [
            ["domain", true],
            ["x", true],
            ["kubernetesVersion", false],
          ],
        );
        return true;
      },
    );
  });

  it("passes values on unchanged, and completes them", async () => {
    const { chartValues } = resolve("dev", args, { values: secret(values) });
    assert.equal(await isSecret(chartValues), true);
    const finished = await value(chartValues);
    assert.equal(getPath(finished, "controlPlane.statefulSet.labels.a"), "b");
    assert.equal(getPath(finished, "controlPlane.statefulSet.image.tag"), "0.26.0");
  });

  for (const [title, late] of [
    ["as a whole", output({ logging: null })],
    ["in part", { logging: output(null) }],
  ] as const) {
    it(`checks values that resolve later ${title}`, async () => {
      const { chartValues } = resolve("dev", { domain: "example.org", values: late });
      const { promise } = chartValues as unknown as { promise: () => Promise<unknown> };
      await assert.rejects(promise.call(chartValues), /values\.logging: null has no effect here/);
    });
  }
});
