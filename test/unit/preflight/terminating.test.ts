import * as assert from "node:assert/strict";

import { output, type ResourceTransformation } from "@pulumi/pulumi";

import { environmentNames } from "../../../components/names";
import { stoppingWhileDeleted } from "../../../preflight/terminating";
import { ConfigurationError } from "../../../shared/errors";

const names = environmentNames("dev", "example.org");
const NAMESPACE = "kubernetes:core/v1:Namespace";

describe("an update whose refresh has seen the namespace", () => {
  /** What resources wait for that are declared after the namespace, and what the namespace itself waits for. */
  function declared(metadata: object, name = names.namespace) {
    const transform = stoppingWhileDeleted("dev", names);
    const of = (resource: object, type: string, props: object) =>
      transform({ resource, type, name: "any", props, opts: { protect: true } } as never);
    const namespace = { metadata: output(metadata) };
    const own = of(namespace, NAMESPACE, { metadata: { name } });
    return { own, others: [1, 2].map(() => of({}, "kubernetes:core/v1:ConfigMap", {})) };
  }
  const waited = (result: ReturnType<ResourceTransformation>) =>
    new Promise((resolve, reject) => {
      const { dependsOn } = (result?.opts ?? {}) as { dependsOn: never };
      (output(dependsOn) as unknown as { promise(): Promise<unknown> }).promise().then(resolve, reject);
    });

  it("goes on where that is there to stay", async () => {
    const { own, others } = declared({ name: names.namespace });
    assert.equal(own, undefined);
    for (const other of others) {
      assert.equal(other?.opts.protect, true);
      await waited(other);
    }
  });

  it("makes nothing in one that was being deleted, and says so once", async () => {
    const { own, others } = declared({ deletionTimestamp: "2026-11-28T12:00:00Z" });
    assert.equal(own, undefined);
    const errors = await Promise.all(others.map((other) => waited(other).catch((error: unknown) => error)));
    const [first] = errors;
    assert.ok(first instanceof ConfigurationError);
    assert.deepEqual(
      first.problems.map(({ code }) => code),
      ["namespace-terminating"],
    );
    // Pulumi prints each error once.
    assert.ok(errors.every((error) => error === first));
  });

  it("does not look at other namespaces", () => {
    const { others } = declared({ deletionTimestamp: "2026-11-28T12:00:00Z" }, "shared");
    assert.deepEqual(others, [undefined, undefined]);
  });
});
