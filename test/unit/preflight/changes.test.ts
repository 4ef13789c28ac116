import * as assert from "node:assert/strict";

import type { EnvironmentArgs } from "../../../components";
import { settings } from "../../../components/config/defaults";
import { chartValues } from "../../../components/vcluster/values";
import { changeImpact, dataLossProblems, restartReasons, type RunningState } from "../../../preflight/changes";
import { type JsonObject, merge } from "../../../shared/json";

/** The StatefulSet of an environment with the default volume. */
function statefulSet(volume: JsonObject = {}, whenDeleted = "Delete"): JsonObject {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } }, ...volume };
  return {
    metadata: { annotations: { "meta.helm.sh/release-name": "vcluster-dev-helm" } },
    spec: { volumeClaimTemplates: [{ spec }], persistentVolumeClaimRetentionPolicy: { whenDeleted } },
  };
}

function found(args: Partial<EnvironmentArgs>, existing: Partial<RunningState>, free: JsonObject = {}): string[] {
  const s = settings("dev", { domain: "example.org", ...args });
  const problems = dataLossProblems(s, chartValues(s, free), { others: [], ...existing });
  return problems.map(({ path, code }) => `${path}: ${code}`);
}

describe("changes that lose data", () => {
  it("are none where nothing runs, and where nothing changes", () => {
    assert.deepEqual(found({ persistence: { size: "9Gi" } }, {}), []);
    assert.deepEqual(found({ persistence: { size: "5120Mi" } }, { statefulSet: statefulSet() }), []);
  });

  const refused: [string, Partial<EnvironmentArgs>, Partial<RunningState>, JsonObject, string][] = [
    ["another name", {}, { others: ["old"] }, {}, "environment: environment-change"],
    [
      "a larger volume",
      { persistence: { size: "10Gi" } },
      { statefulSet: statefulSet() },
      {},
      "persistence.size: volume-change",
    ],
    [
      "another storage class",
      { persistence: { storageClass: "fast" } },
      { statefulSet: statefulSet({ storageClassName: "slow" }) },
      {},
      "persistence.storageClass: volume-change",
    ],
    [
      "a storage class that is taken back",
      {},
      { statefulSet: statefulSet({ storageClassName: "slow" }) },
      {},
      "persistence.storageClass: volume-change",
    ],
    [
      "other access modes",
      { persistence: { accessModes: ["ReadWriteMany"] } },
      { statefulSet: statefulSet() },
      {},
      "persistence.accessModes: volume-change",
    ],
    [
      "another store",
      {},
      { values: {} },
      { controlPlane: { backingStore: { etcd: { deploy: { enabled: true } } } } },
      "values.controlPlane.backingStore: backing-store-change",
    ],
  ];
  for (const [title, args, existing, free, finding] of refused) {
    it(`are refused: ${title}`, () => {
      assert.deepEqual(found(args, existing, free), [finding]);
    });
    it(`are allowed by persistence.allowDataLoss: ${title}`, () => {
      assert.deepEqual(found({ persistence: { ...args.persistence, allowDataLoss: true } }, existing, free), []);
    });
  }

  it("are not allowed when the way of delivery changes", () => {
    const finding = "delivery: delivery-change";
    for (const allowDataLoss of [true, false]) {
      const args = { delivery: "argocd", persistence: { allowDataLoss } } as const;
      assert.deepEqual(found(args, { statefulSet: statefulSet() }), [finding]);
    }
  });

  it("are refused where the Application would move to another Argo CD, unless allowed", () => {
    const existing = { statefulSet: { ...statefulSet(), metadata: {} }, applicationsIn: ["argocd"] };
    const args = { delivery: "argocd", argocd: { namespace: "gitops" } } as const;
    assert.deepEqual(found(args, existing), ["argocd.namespace: argocd-namespace-change"]);
    assert.deepEqual(found({ ...args, persistence: { allowDataLoss: true } }, existing), []);
    assert.deepEqual(found(args, { ...existing, applicationsIn: ["argocd", "gitops"] }), []);
  });

  it("are not allowed where the old volume would come back", () => {
    const existing = { statefulSet: statefulSet({}, "Retain") };
    assert.deepEqual(found({ persistence: { size: "10Gi", allowDataLoss: true } }, existing), [
      "persistence.size: volume-retained",
    ]);
  });
});

describe("what restarts the control plane", () => {
  const of = (args: Partial<EnvironmentArgs>, free: JsonObject = {}) =>
    chartValues(settings("dev", { domain: "example.org", ...args }), free);

  it("is named by its keys, with old and new", () => {
    const running = merge(of({}), { controlPlane: { statefulSet: { labels: {} } } });
    const changed = of({
      controlPlane: { limits: { cpu: 3 }, nodeSelector: { "kubernetes.io/os": "linux" } },
      sync: { toHost: { networkPolicies: true } },
    });
    assert.deepEqual(restartReasons(changed, running).sort(), [
      'controlPlane.limits.cpu: "2" -> "3"',
      'controlPlane.nodeSelector: {} -> {"kubernetes.io/os":"linux"}',
      "sync.toHost.networkPolicies: false -> true",
    ]);
  });

  it("shows nothing of the free values, which may be secret", () => {
    const env = [{ name: "TOKEN", value: "hunter2" }];
    assert.deepEqual(restartReasons(of({}, { controlPlane: { statefulSet: { env } } }), of({})), [
      "values.controlPlane.statefulSet.env",
    ]);
  });

  it("is nothing where only the order or the type of a number differs", () => {
    const mappings = { byName: { "b/*": "b/*", "a/*": "a/*" } };
    const running = merge(of({ sync: { secrets: { "a/*": "a/*", "b/*": "b/*" } } }), {
      sync: { fromHost: { secrets: { mappings } } },
      controlPlane: { statefulSet: { resources: { limits: { cpu: 2 } } } },
    });
    assert.deepEqual(restartReasons(of({ sync: { secrets: { "a/*": "a/*", "b/*": "b/*" } } }), running), []);
    assert.deepEqual(restartReasons(of({}), undefined), []);
  });
});

describe("the effect of a change", () => {
  const effect = (args: Partial<EnvironmentArgs>) => {
    const [before, after] = [{}, args].map((one) => settings("dev", { domain: "example.org", ...one }));
    assert.ok(before && after);
    return changeImpact(before, after, (s) => chartValues(s, {}));
  };
  for (const [title, args, expected] of [
    ["a name", { environment: "other" }, "new environment"],
    ["a size", { persistence: { size: "1Gi" } }, "new volume"],
    ["what happens to the volume at the end", { persistence: { retain: true } }, "restart"],
    ["a domain", { domain: "example.com" }, "restart"],
    ["the namespace of Argo CD", { argocd: { namespace: "other" } }, "other Argo CD"],
    ["the ingress", { ingress: { className: "other" } }, "in place"],
    ["a permission", { persistence: { allowDataLoss: true } }, "in place"],
  ] as [string, Partial<EnvironmentArgs>, string][]) {
    it(`of ${title} is: ${expected}`, () => {
      assert.equal(effect(args), expected);
    });
  }
});
