import * as assert from "node:assert/strict";

import { otherManagers } from "../../../cli/commands/shared-namespaces";
import { SHARED_NAMESPACE } from "../../../components/kubernetes/annotations";
import type { ObjectMeta } from "../../../host/client";

type ManagedFields = NonNullable<ObjectMeta["managedFields"]>[number];

/** What one writer owns of a namespace's labels. */
function entry(manager: string, labels: string[], subresource?: string): ManagedFields {
  const owned = Object.fromEntries(labels.map((label) => [`f:${label}`, {}]));
  return { manager, fieldsV1: { "f:metadata": { "f:labels": owned } }, ...(subresource && { subresource }) };
}

function others(...managedFields: ManagedFields[]): string[] {
  return otherManagers({ metadata: { name: "shared", managedFields } });
}

describe("otherManagers", () => {
  it("returns none for a namespace created by environments, any number of them", () => {
    assert.deepEqual(others(entry("pulumi-a", [SHARED_NAMESPACE])), []);
    assert.deepEqual(others(entry("pulumi-a", [SHARED_NAMESPACE]), entry("pulumi-b", [SHARED_NAMESPACE])), []);
  });

  it("returns the manager that created it before an environment set the label", () => {
    const made = entry("kubectl-create", ["kubernetes.io/metadata.name"]);
    assert.deepEqual(others(made, entry("pulumi-a", [SHARED_NAMESPACE])), ["kubectl-create"]);
    assert.deepEqual(others(entry("pulumi-other", ["team"]), entry("pulumi-a", [SHARED_NAMESPACE])), ["pulumi-other"]);
  });

  it("returns managers of fields other than labels", () => {
    const annotated = { manager: "kubectl-annotate", fieldsV1: { "f:metadata": { "f:annotations": { "f:a": {} } } } };
    assert.deepEqual(others(entry("pulumi-a", [SHARED_NAMESPACE]), annotated), ["kubectl-annotate"]);
    assert.deepEqual(others(entry("pulumi-a", [SHARED_NAMESPACE]), {}), ["an unnamed field manager"]);
  });

  it("ignores the controller that writes its status", () => {
    const status = entry("kube-controller-manager", [], "status");
    assert.deepEqual(others(entry("pulumi-a", [SHARED_NAMESPACE]), status), []);
  });
});
