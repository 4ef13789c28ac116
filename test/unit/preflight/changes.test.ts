import * as assert from "node:assert/strict";

import type { EnvironmentArgs } from "../../../components";
import { settings } from "../../../components/config/defaults";
import { chartValues } from "../../../components/vcluster/values";
import {
  dataLossProblems,
  keepsSize,
  restartReasons,
  type RunningState,
  sizeOfTemplate,
} from "../../../preflight/changes";
import { changeImpact } from "../../../scripts/effects";
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

describe("dataLossProblems", () => {
  it("returns none for a new environment, and without changes", () => {
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
    ...(
      [
        [1, 3],
        [3, 1],
        [3, 5],
        [5, 3],
      ] as const
    ).map(([before, after]): (typeof refused)[number] => [
      `${after} replicas in place of ${before}`,
      { controlPlane: { replicas: after } },
      { values: chartValues(settings("dev", { domain: "example.org", controlPlane: { replicas: before } }), {}) },
      {},
      "controlPlane.replicas: replicas-change",
    ]),
  ];
  for (const [title, args, existing, free, finding] of refused) {
    it(`rejects ${title}`, () => {
      assert.deepEqual(found(args, existing, free), [finding]);
    });
    it(`allows with persistence.allowDataLoss: ${title}`, () => {
      assert.deepEqual(found({ persistence: { ...args.persistence, allowDataLoss: true } }, existing, free), []);
    });
  }

  it("takes the chart's own default for the replicas that run, and nothing that is unknown", () => {
    const running = { controlPlane: { statefulSet: { highAvailability: { replicas: 1 } } } };
    for (const values of [running, {}, undefined]) assert.deepEqual(found({}, { values }), []);
    assert.deepEqual(found({ controlPlane: { replicas: 3 } }, {}), []);
  });

  it("counts the members of an etcd that values deployed, which are another number than the control planes", () => {
    const three = settings("dev", { domain: "example.org", controlPlane: { replicas: 3 } });
    const one = { backingStore: { etcd: { deploy: { statefulSet: { highAvailability: { replicas: 1 } } } } } };
    const values = merge(chartValues(three, {}), { controlPlane: one });
    assert.deepEqual(found({ controlPlane: { replicas: 3 } }, { values }), ["controlPlane.replicas: replicas-change"]);
    assert.deepEqual(found({ controlPlane: { replicas: 3 } }, { values: chartValues(three, {}) }), []);
  });

  it("never allows other replicas where the volumes of the former would be used again", () => {
    const values = chartValues(settings("dev", { domain: "example.org", controlPlane: { replicas: 3 } }), {});
    const args = { controlPlane: { replicas: 5 }, persistence: { allowDataLoss: true } };
    assert.deepEqual(found(args, { values, statefulSet: statefulSet({}, "Retain") }), [
      "controlPlane.replicas: volume-retained",
    ]);
  });

  it("never allows a change of `delivery`", () => {
    const finding = "delivery: delivery-change";
    for (const allowDataLoss of [true, false]) {
      const args = { delivery: "argocd", persistence: { allowDataLoss } } as const;
      assert.deepEqual(found(args, { statefulSet: statefulSet() }), [finding]);
    }
  });

  it("rejects another Argo CD namespace for the Application, unless allowed", () => {
    const existing = { statefulSet: { ...statefulSet(), metadata: {} }, applicationsIn: ["argocd"] };
    const args = { delivery: "argocd", argocd: { namespace: "gitops" } } as const;
    assert.deepEqual(found(args, existing), ["argocd.namespace: argocd-namespace-change"]);
    assert.deepEqual(found({ ...args, persistence: { allowDataLoss: true } }, existing), []);
    assert.deepEqual(found(args, { ...existing, applicationsIn: ["argocd", "gitops"] }), []);
  });

  it("never allows a change that would reuse the old volume", () => {
    const existing = { statefulSet: statefulSet({}, "Retain") };
    assert.deepEqual(found({ persistence: { size: "10Gi", allowDataLoss: true } }, existing), [
      "persistence.size: volume-retained",
    ]);
  });
});

describe("sizeOfTemplate", () => {
  const claimOf = (storage: string) => ({ spec: { storageClassName: "slow", resources: { requests: { storage } } } });
  const existing = (claim: string, expandable?: boolean): Partial<RunningState> => ({
    statefulSet: statefulSet(),
    volumeClaim: claimOf(claim),
    expandable,
  });
  const template = (size: string, state: Partial<RunningState>, args: Partial<EnvironmentArgs> = {}) => {
    const persistence = { size, ...args.persistence };
    return sizeOfTemplate(settings("dev", { domain: "example.org", ...args, persistence }), { others: [], ...state });
  };

  it("is kept where the volume grows, has grown, or may", () => {
    for (const state of [existing("5Gi", true), existing("5Gi"), existing("10Gi", true), existing("10Gi", false)]) {
      assert.equal(template("10Gi", state), "5Gi");
      assert.deepEqual(found({ persistence: { size: "10Gi" } }, state), []);
    }
    const values = { controlPlane: { statefulSet: { persistence: { volumeClaim: { size: "5Gi" } } } } };
    assert.equal(template("10Gi", { volumeClaim: claimOf("10Gi"), values }), "5Gi", "without the StatefulSet");
  });

  it("is not kept with other replicas, which get other volumes", () => {
    const persistence = { allowDataLoss: true };
    const state = { ...existing("5Gi", true), values: {} };
    assert.equal(template("10Gi", state, { persistence }), "5Gi");
    assert.equal(template("10Gi", state, { persistence, controlPlane: { replicas: 3 } }), undefined);
  });

  it("is kept in the words of the running values, and where only these change", () => {
    const values = { controlPlane: { statefulSet: { persistence: { volumeClaim: { size: "5120Mi" } } } } };
    assert.equal(template("10Gi", { ...existing("5Gi", true), values }), "5120Mi");
    assert.equal(template("5Gi", { ...existing("5Gi", true), values }), "5120Mi");
    assert.equal(template("5120Mi", { ...existing("5Gi", true), values }), undefined);
  });

  it("is kept where a retained volume is smaller", () => {
    for (const size of ["3Gi", "5Gi"]) {
      assert.equal(template(size, existing("3Gi", true)), "5Gi", size);
      assert.deepEqual(found({ persistence: { size } }, existing("3Gi", true)), []);
    }
    assert.deepEqual(found({ persistence: { size: "5Gi" } }, existing("3Gi", false)), [
      "persistence.size: volume-change",
    ]);
  });

  it("is kept with persistence.allowDataLoss as well: what grows is not lost", () => {
    const persistence = { allowDataLoss: true };
    assert.equal(template("10Gi", existing("5Gi", true), { persistence }), "5Gi");
    const retained = { ...existing("5Gi", true), statefulSet: statefulSet({}, "Retain") };
    assert.deepEqual(found({ persistence: { size: "10Gi", ...persistence } }, retained), []);
  });

  it("is the configured one where the volume is as large, or another one", () => {
    assert.equal(template("5Gi", existing("5Gi", true)), undefined);
    assert.equal(template("3Gi", existing("5Gi", true)), undefined);
    assert.equal(template("10Gi", {}), undefined);
    const persistence = { storageClass: "fast" };
    assert.equal(template("10Gi", existing("5Gi", true), { persistence }), undefined);
  });

  const reason = (size: string, state: Partial<RunningState>) => {
    const env = settings("dev", { domain: "example.org", persistence: { size } });
    return dataLossProblems(env, chartValues(env, {}), { others: [], ...state }).map(({ path, problem }) => [
      path,
      problem,
    ]);
  };

  it("is refused with the reason where the class does not expand, or the volume would shrink", () => {
    assert.deepEqual(reason("10Gi", existing("5Gi", false)), [
      [
        "persistence.size",
        'changing "5Gi" to "10Gi" would recreate the volume and delete all data: the storage class "slow" does not expand volumes (allowVolumeExpansion)',
      ],
    ]);
    for (const size of ["5Gi", "7Gi"]) {
      assert.deepEqual(reason(size, existing("10Gi", true)), [
        [
          "persistence.size",
          `changing "10Gi" to "${size}" would recreate the volume and delete all data: volumes do not shrink`,
        ],
      ]);
    }
  });
});

describe("keepsSize", () => {
  const claim = { spec: { resources: { requests: { storage: "10Gi" } } } };
  const keeps = (state: Partial<RunningState> | undefined, persistence: EnvironmentArgs["persistence"] = {}) =>
    keepsSize(settings("dev", { domain: "example.org", persistence }), state && { others: [], ...state });

  it("is true of every volume that the host has or may have", () => {
    for (const state of [
      undefined,
      { statefulSet: statefulSet() },
      { volumeClaim: claim },
      { unreadable: ["the StatefulSet (403)", "the volume claim (403)"] },
    ]) {
      assert.equal(keeps(state), true, JSON.stringify(state));
      assert.equal(keeps(state, { allowDataLoss: true }), false, JSON.stringify(state));
    }
  });

  it("is true of one that grows, with persistence.allowDataLoss too", () => {
    const state = { statefulSet: statefulSet(), volumeClaim: claim };
    assert.equal(keeps(state, { size: "10Gi", allowDataLoss: true }), true);
  });

  it("is false where there is no volume: a new one has the configured size", () => {
    assert.equal(keeps({ unreadable: [] }), false);
  });
});

describe("restartReasons", () => {
  const of = (args: Partial<EnvironmentArgs>, free: JsonObject = {}) =>
    chartValues(settings("dev", { domain: "example.org", ...args }), free);

  it("lists keys with old and new values", () => {
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

  it("lists a key of control plane and etcd once", () => {
    const three = (nodeSelector: Record<string, string>) => of({ controlPlane: { replicas: 3, nodeSelector } });
    assert.deepEqual(restartReasons(three({ "kubernetes.io/os": "linux" }), three({})), [
      'controlPlane.nodeSelector: {} -> {"kubernetes.io/os":"linux"}',
    ]);
  });

  it("does not print free values, which may be secret", () => {
    const env = [{ name: "TOKEN", value: "hunter2" }];
    assert.deepEqual(restartReasons(of({}, { controlPlane: { statefulSet: { env } } }), of({})), [
      "values.controlPlane.statefulSet.env",
    ]);
  });

  it("lists what the release was given and is now left out, as long as it runs with it", () => {
    const given = merge(of({}), { exportKubeConfig: { server: "https://dev-vcluster.example.org:443" } });
    const removed = ["values.exportKubeConfig.server is left out"];
    assert.deepEqual(restartReasons(of({}), given, given), removed);
    assert.deepEqual(restartReasons(of({}), of({}), given), [], "of a failed upgrade");
    assert.deepEqual(restartReasons(given, given, given), []);
    assert.deepEqual(restartReasons(of({}), given), [], "delivered by Argo CD");
  });

  it("ignores the order of keys and the type of numbers", () => {
    const mappings = { byName: { "b/*": "b/*", "a/*": "a/*" } };
    const running = merge(of({ sync: { secrets: { "a/*": "a/*", "b/*": "b/*" } } }), {
      sync: { fromHost: { secrets: { mappings } } },
      controlPlane: { statefulSet: { resources: { limits: { cpu: 2 } } } },
    });
    assert.deepEqual(restartReasons(of({ sync: { secrets: { "a/*": "a/*", "b/*": "b/*" } } }), running), []);
    assert.deepEqual(restartReasons(of({}), undefined), []);
  });
});

describe("changeImpact", () => {
  const effect = (args: Partial<EnvironmentArgs>) => {
    const [before, after] = [{}, args].map((one) => settings("dev", { domain: "example.org", ...one }));
    assert.ok(before && after);
    return changeImpact(before, after);
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
    it(`returns for ${title}: ${expected}`, () => {
      assert.equal(effect(args), expected);
    });
  }
});
