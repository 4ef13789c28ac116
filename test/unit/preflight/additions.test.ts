import * as assert from "node:assert/strict";

import type { KubernetesObject } from "../../../host/client";
import { additions, without } from "../../../preflight/additions";
import { differences, pointer } from "../../../preflight/drift";
import type { JsonObject } from "../../../shared/json";

const metadata = (fieldsV1: JsonObject, manager = "kubectl-patch", subresource?: string) => ({
  name: "one",
  managedFields: [
    { manager: "pulumi-kubernetes-1", fieldsV1: { "f:spec": { "f:mine": {} } } },
    { manager, fieldsV1, ...(subresource !== undefined && { subresource }) },
  ],
});

/** Places of what is added to `spec` by who wrote these fields of it. */
function added(
  spec: unknown,
  live: unknown,
  fields: JsonObject,
  { kind = "Service", manager, subresource }: { kind?: string; manager?: string; subresource?: string } = {},
): string[] {
  const object = { kind, metadata: metadata({ "f:spec": fields }, manager, subresource), spec: live };
  return additions({ kind, spec }, object as KubernetesObject).map(pointer);
}

describe("additions", () => {
  it("are what another manager has written and nothing declares, as a whole", () => {
    const live = { replicas: 1, template: { spec: { nodeSelector: { none: "none" }, restartPolicy: "Always" } } };
    const fields = { "f:template": { "f:spec": { "f:nodeSelector": {} } } };
    assert.deepEqual(added({ replicas: 1, template: { spec: {} } }, live, fields), [
      "/spec/template/spec/nodeSelector",
    ]);
  });

  it("are the keys that are not declared, of a map that is written as a whole", () => {
    const live = { selector: { app: "vcluster", none: "none" }, podSelector: { matchLabels: { none: "none" } } };
    const fields = { "f:selector": {}, "f:podSelector": {} };
    assert.deepEqual(added({ selector: { app: "vcluster" }, podSelector: {} }, live, fields), [
      "/spec/selector/none",
      "/spec/podSelector/matchLabels",
    ]);
  });

  it("are items of a list by their keys, the last first, and keys of items", () => {
    const live = {
      containers: [{ name: "extra" }, { name: "syncer", image: "a", stdin: true }, { name: "other" }],
      ports: [{ port: 1, protocol: "TCP" }],
    };
    const fields = {
      "f:containers": {
        'k:{"name":"extra"}': { ".": {}, "f:name": {} },
        'k:{"name":"syncer"}': { "f:stdin": {} },
        'k:{"name":"other"}': { ".": {} },
      },
      // Declared without the protocol, which the API fills in.
      "f:ports": { 'k:{"port":1,"protocol":"TCP"}': { ".": {}, "f:port": {} } },
    };
    const declared = { containers: [{ name: "syncer", image: "a" }], ports: [{ port: 1 }] };
    const places = added(declared, live, fields);
    assert.deepEqual(places, ["/spec/containers/2", "/spec/containers/1/stdin", "/spec/containers/0"]);
  });

  it("are none of Pulumi, Helm, the syncer and Kubernetes' controllers, in a status, in metadata, and in shared kinds", () => {
    const [live, fields] = [{ extra: true, template: { metadata: { annotations: { a: "b" } } } }, { "f:extra": {} }];
    for (const manager of ["pulumi-resource-kubernetes", "helm", "vcluster", "kube-controller-manager"]) {
      assert.deepEqual(added({}, live, fields, { manager }), [], manager);
    }
    assert.deepEqual(added({}, live, fields, { subresource: "scale" }), []);
    assert.deepEqual(added({ template: {} }, live, { "f:template": { "f:metadata": { "f:annotations": {} } } }), []);
    for (const kind of ["Namespace", "Application"]) assert.deepEqual(added({}, live, fields, { kind }), [], kind);
    assert.deepEqual(added({}, live, fields), ["/spec/extra"]);
  });

  it("are what overrides the values in the Application that installs the chart, and nothing in other Applications", () => {
    const helm = (more: object, values = {}) => ({ valuesObject: { sync: {}, ...values }, ...more });
    const live = {
      sources: [{ chart: "other" }],
      source: {
        helm: { ...helm({ releaseName: "one" }, { type: "ClusterIP" }), parameters: [{ name: "a", value: "b" }] },
      },
    };
    const fields = {
      "f:sources": {},
      "f:source": { "f:helm": { "f:parameters": {}, "f:valuesObject": { "f:type": {} } } },
    };
    const places = (declared: object) => added({ source: { helm: declared } }, live, fields, { kind: "Application" });
    assert.deepEqual(places(helm({ releaseName: "one" })), [
      "/spec/sources",
      "/spec/source/helm/valuesObject/type",
      "/spec/source/helm/parameters",
    ]);
    assert.deepEqual(places(helm({})), []);
    // What Argo CD does now.
    const own = { kind: "Application", spec: { source: { helm: { releaseName: "one" } } } };
    const syncing = {
      ...own,
      metadata: metadata({ "f:operation": {}, "f:status": {} }),
      operation: { sync: {} },
      status: { a: 1 },
    };
    assert.deepEqual(additions(own, syncing as KubernetesObject), []);
  });

  it("are no defaults, which the API fills in where a map is written as a whole", () => {
    const live = { matchConstraints: { matchPolicy: "Equivalent", objectSelector: {}, excludeResourceRules: [{}] } };
    assert.deepEqual(added({ matchConstraints: {} }, live, { "f:matchConstraints": {} }), [
      "/spec/matchConstraints/excludeResourceRules",
    ]);
  });

  it("are keys of items in a list that is written as a whole", () => {
    const rule = { resources: ["pods"], operations: ["*"] };
    const declared = { rules: [rule, rule], ports: [{ port: 1 }] };
    const live = {
      rules: [rule, { ...rule, scope: "*", resourceNames: ["x"] }],
      ports: [{ port: 1, protocol: "TCP", endPort: 9 }],
    };
    const places = added(declared, live, { "f:rules": {}, "f:ports": {} });
    assert.deepEqual(places, ["/spec/rules/1/resourceNames", "/spec/ports/0/endPort"]);
    // Of another length, it differs as a whole.
    assert.deepEqual(added({ rules: [rule] }, live, { "f:rules": {} }), []);
  });

  it("are no defaults of an object that another manager has created, and are values that turn something off", () => {
    const live = {
      clusterIP: "10.0.0.1",
      ipFamilyPolicy: "SingleStack",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      template: {
        spec: { dnsPolicy: "ClusterFirst", terminationGracePeriodSeconds: 30, automountServiceAccountToken: false },
      },
    };
    const fields = {
      "f:clusterIP": {},
      "f:ipFamilyPolicy": {},
      "f:updateStrategy": { "f:type": {} },
      "f:template": {
        "f:spec": { "f:dnsPolicy": {}, "f:terminationGracePeriodSeconds": {}, "f:automountServiceAccountToken": {} },
      },
    };
    assert.deepEqual(added({ template: { spec: {} } }, live, fields), [
      "/spec/template/spec/automountServiceAccountToken",
    ]);
    const paused = { ...live, updateStrategy: { type: "OnDelete" } };
    assert.deepEqual(added({}, paused, { "f:updateStrategy": { "f:type": {} } }), ["/spec/updateStrategy"]);
  });

  it("are all that is not declared and no default where the record of writers was cleared", () => {
    const declared = { kind: "NetworkPolicy", spec: { podSelector: {}, egress: [{ ports: [{ port: 443 }] }] } };
    const egress = [{ ports: [{ port: 443, protocol: "TCP" }] }];
    const places = (managedFields?: object[]) => {
      const metadata = { labels: { a: "b" }, ...(managedFields && { managedFields }) };
      const spec = { podSelector: { matchLabels: { none: "none" } }, egress };
      return additions(declared, { ...declared, metadata, spec, status: { x: 1 } } as KubernetesObject).map(pointer);
    };
    assert.deepEqual(places(), ["/spec/podSelector/matchLabels"]);
    assert.deepEqual(places([]), ["/spec/podSelector/matchLabels"]);
    assert.deepEqual(places([{ manager: "helm", fieldsV1: { "f:spec": {} } }]), []);
  });

  it("are items by their names without a record, as Helm keeps them too", () => {
    const [env, volumeMounts] = [[{ name: "B", value: "b" }], [{ name: "data", mountPath: "/data" }]];
    const declared = { kind: "StatefulSet", spec: { containers: [{ name: "syncer", env, volumeMounts }] } };
    const more = {
      env: [{ name: "A", value: "a" }, ...env],
      volumeMounts: [...volumeMounts, { name: "data", mountPath: "/more" }],
    };
    const live = { kind: "StatefulSet", spec: { containers: [{ name: "syncer", ...more }, { name: "other" }] } };
    assert.deepEqual(additions(declared, live as KubernetesObject).map(pointer), [
      "/spec/containers/1",
      "/spec/containers/0/volumeMounts/1",
      "/spec/containers/0/env/0",
    ]);
  });

  it("are no default of a map of which the chart declares one key only", () => {
    const places = (whenScaled: string) => {
      const live = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled } };
      const fields = { "f:persistentVolumeClaimRetentionPolicy": { "f:whenDeleted": {}, "f:whenScaled": {} } };
      return added({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } }, live, fields);
    };
    assert.deepEqual(places("Retain"), []);
    assert.deepEqual(places("Delete"), ["/spec/persistentVolumeClaimRetentionPolicy/whenScaled"]);
  });

  it("are labels of any name in what selects by labels, though the same keys of the object are open", () => {
    const labels = { app: "a", kind: "Service", metadata: "x", status: "y", type: "ClusterIP", targetPort: "z" };
    const live = { selector: labels, matchConstraints: { namespaceSelector: { matchLabels: labels } } };
    const declared = { selector: { app: "a" }, matchConstraints: { namespaceSelector: { matchLabels: { app: "a" } } } };
    const places = added(declared, live, { "f:selector": {}, "f:matchConstraints": {} });
    assert.equal(places.length, 10, places.join());
  });

  it("are none in the metadata and the defaults of a template of a claim", () => {
    const claim = { metadata: { name: "data" }, spec: {} };
    const live = {
      ...claim,
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", annotations: { a: "b" } },
      status: { phase: "Pending" },
    };
    const fields = { "f:volumeClaimTemplates": {} };
    assert.deepEqual(added({ volumeClaimTemplates: [claim] }, { volumeClaimTemplates: [live] }, fields), []);
  });

  it("are empty selectors, which select everything, except where the API fills them in", () => {
    const peer = { podSelector: { matchLabels: { a: "b" } } };
    const egress = (one: object) => ({ egress: [{ to: [one] }] });
    assert.deepEqual(added(egress(peer), egress({ ...peer, namespaceSelector: {} }), { "f:egress": {} }), [
      "/spec/egress/0/to/0/namespaceSelector",
    ]);
    for (const key of ["matchConstraints", "matchResources"]) {
      const live = { [key]: { namespaceSelector: {}, objectSelector: {} } };
      assert.deepEqual(added({ [key]: {} }, live, { [`f:${key}`]: {} }), [], key);
    }
  });

  it("are none of a ServiceAccount's credentials, which controllers add", () => {
    const account = {
      kind: "ServiceAccount",
      metadata: metadata({ "f:imagePullSecrets": {}, "f:secrets": {}, "f:x": {} }),
    };
    const live = { ...account, imagePullSecrets: [{ name: "registry" }], secrets: [{ name: "docker" }], x: 1 };
    assert.deepEqual(additions({ kind: "ServiceAccount" }, live as KubernetesObject).map(pointer), ["/x"]);
    const own = { kind: "ServiceAccount", imagePullSecrets: [{ name: "own" }] };
    assert.deepEqual(differences(own, { ...own, imagePullSecrets: [{ name: "registry" }, { name: "own" }] }), []);
    assert.equal(differences(own, live).length, 1);
  });

  it("are no defaults of Kubernetes behind a feature gate, of routes, and of projected tokens", () => {
    const live = {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 1 } },
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      parentRefs: [{ name: "a", group: "gateway.networking.k8s.io", kind: "Gateway" }],
      rules: [{ backendRefs: [{ name: "b", group: "", kind: "Service", weight: 1 }] }],
      sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }],
      env: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } }],
    };
    const declared = {
      parentRefs: [{ name: "a" }],
      rules: [{ backendRefs: [{ name: "b" }] }],
      sources: [{ serviceAccountToken: { path: "token" } }],
      env: [{ fieldRef: { fieldPath: "metadata.name" } }],
    };
    const fields = Object.fromEntries(Object.keys(live).map((key) => [`f:${key}`, {}]));
    assert.deepEqual(added(declared, live, fields), []);
    const heavier = { ...live, rules: [{ backendRefs: [{ name: "b", weight: 9 }] }] };
    assert.deepEqual(added(declared, heavier, fields), ["/spec/rules/0/backendRefs/0/weight"]);
  });

  it("are no requests that the API takes from the limits of a LimitRange", () => {
    const limits = (one: object) => ({ limits: [{ type: "Container", ...one }] });
    const declared = limits({ default: { cpu: "1", memory: "1Gi" }, defaultRequest: { cpu: "10m" } });
    const places = (requests: object) => {
      const live = limits({ default: { cpu: "1", memory: "1Gi" }, defaultRequest: { cpu: "10m", ...requests } });
      return added(declared, live, { "f:limits": {} }, { kind: "LimitRange" });
    };
    assert.deepEqual(places({ memory: "1Gi" }), []);
    assert.deepEqual(places({ memory: "2Gi" }), ["/spec/limits/0/defaultRequest/memory"]);
  });

  it("are limits and requests that the API has filled in from what was added, in any unit", () => {
    const limits = (one: object) => ({ limits: [{ type: "Container", ...one }] });
    const declared = { default: { memory: "0.5Gi" }, max: { memory: "1Gi", "ephemeral-storage": "1Gi" } };
    const filled = {
      max: declared.max,
      default: { memory: "512Mi", "ephemeral-storage": "1Gi" },
      defaultRequest: { memory: "512Mi", "ephemeral-storage": "1Gi" },
    };
    const places = (live: object) => added(limits(declared), limits(live), { "f:limits": {} }, { kind: "LimitRange" });
    assert.deepEqual(places(filled), []);
    const [max, all] = [
      { ...filled.max, cpu: "100m" },
      { ...filled.default, cpu: "100m" },
    ];
    assert.deepEqual(places({ max, default: all, defaultRequest: all }), [
      "/spec/limits/0/max/cpu",
      "/spec/limits/0/defaultRequest",
      "/spec/limits/0/default/cpu",
    ]);
    // As an earlier version has left it.
    assert.deepEqual(places({ ...filled, default: all }), ["/spec/limits/0/default/cpu"]);
  });

  it("are left out of an object for its comparison", () => {
    const live = { spec: { containers: [{ name: "a" }, { name: "b" }, { name: "c" }], x: 1 } };
    const places = [
      ["spec", "x"],
      ["spec", "containers", "2"],
      ["spec", "containers", "0"],
    ];
    const found = places.map((path) => ({ path, desired: undefined, actual: 1 }));
    assert.deepEqual(without(live, found), { spec: { containers: [{ name: "b" }] } });
    assert.equal(live.spec.containers.length, 3);
  });
});

describe("differences of lists", () => {
  it("are seen where an empty rule is in a list that is declared empty: it allows everything", () => {
    assert.equal(differences({ spec: { egress: [] } }, { spec: { egress: [{}] } }).length, 1);
    assert.deepEqual(differences({ spec: { egress: [] } }, { spec: {} }), []);
  });
});
