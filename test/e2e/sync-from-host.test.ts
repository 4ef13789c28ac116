import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import type { V1ConfigMap, V1Namespace, V1Secret } from "@kubernetes/client-node";

import { Cluster, reference, type Reference } from "../../testing/cluster";
import { environment, type Environment } from "../support/environments";
import { base64 } from "../../shared/base64";

/** What the design maps, host namespace to virtual one. */
const mappings = [
  { kind: "Secret", from: "backstage", to: "backstage" },
  { kind: "Secret", from: "nextjs", to: "nextjs" },
  { kind: "Secret", from: "shared", to: "config" },
  { kind: "ConfigMap", from: "shared-config", to: "config" },
];

/** The Secret or ConfigMap with one value in it, as the API shows it. */
function withValue(object: Reference, value: string): Reference & (V1Secret | V1ConfigMap) {
  const stored = object.kind === "Secret" ? base64(value) : value;
  return { ...object, data: { value: stored } };
}

describe("objects synced from the host", function () {
  this.timeout(180_000);
  const host = Cluster.host();
  const unmapped = reference("v1", "Namespace", "e2e-unmapped");
  const sources = mappings.map(({ kind, from }) => reference("v1", kind, "e2e-synced", from));
  const barrier = reference("v1", "Secret", "e2e-barrier", "backstage");
  let dev: Environment;

  before(async () => {
    dev = await environment("dev");
    await host.remove(...sources, barrier, unmapped);
  });
  after(async () => {
    await host.remove(...sources, barrier, unmapped);
  });

  const arrives = async (target: Reference, expected: Reference & (V1Secret | V1ConfigMap)) =>
    host.waitFor(
      async () => {
        const found = await dev.cluster.get<V1Secret | V1ConfigMap>(target);
        return found?.data?.["value"] === expected.data?.["value"];
      },
      {
        what: `${target.kind} ${target.metadata.namespace ?? ""}/${target.metadata.name} to arrive as it is on the host`,
        timeoutMs: 60_000,
        namespace: dev.namespace,
      },
    );

  for (const { kind, from, to } of mappings) {
    const source = reference("v1", kind, "e2e-synced", from);
    const target = reference("v1", kind, "e2e-synced", to);

    it(`a ${kind} created in ${from} is synced to ${to}`, async () => {
      const created = withValue(source, randomUUID());
      await host.apply(created);
      await arrives(target, created);
    });

    it(`an update of that ${kind} in ${from} is synced`, async () => {
      const updated = withValue(source, randomUUID());
      await host.apply(updated);
      await arrives(target, updated);
    });

    it(`a deletion of that ${kind} in ${from} is synced`, async () => {
      assert.ok(await dev.cluster.get(target), "it was not there before the delete");
      await host.remove(source);
      await host.waitFor(async () => (await dev.cluster.get(target)) === undefined, {
        what: `${kind} ${to}/e2e-synced to be deleted in the virtual cluster`,
        timeoutMs: 60_000,
        namespace: dev.namespace,
      });
    });
  }

  it("a Secret of an unmapped namespace is not synced", async () => {
    const name = `e2e-${randomUUID()}`;
    await host.apply<V1Namespace>(unmapped);
    await host.apply(withValue(reference("v1", "Secret", name, unmapped.metadata.name), "not for you"));
    // One of a mapped namespace, created later, has arrived: so the other would have been there by now.
    const later = withValue(barrier, randomUUID());
    await host.apply(later);
    await arrives(reference("v1", "Secret", barrier.metadata.name, "backstage"), later);
    const secrets = (await dev.cluster.core.listSecretForAllNamespaces()).items.map(({ metadata }) => metadata?.name);
    assert.ok(secrets.includes(barrier.metadata.name));
    assert.ok(!secrets.includes(name), `${name} arrived`);
  });
});
