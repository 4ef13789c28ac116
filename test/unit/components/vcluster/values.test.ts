import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import type { EnvironmentArgs } from "../../../../components";
import { settings } from "../../../../components/config/defaults";
import { chartValues } from "../../../../components/vcluster/values";
import { getIn, getPath, type JsonObject } from "../../../../shared/json";

function values(args: Partial<EnvironmentArgs> = {}, free: JsonObject = {}, name = "dev"): JsonObject {
  return chartValues(settings(name, { domain: "cnoe.localtest.me", ...args }), free);
}

const on = { enabled: true };
const off = { enabled: false };
const unprivileged = {
  runAsUser: 65532,
  runAsGroup: 65532,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

const READ = ["get", "list", "watch"];

describe("chartValues", () => {
  it("creates a ServiceMonitor if configured", () => {
    const monitor = (args: Partial<EnvironmentArgs>) => getPath(values(args), "controlPlane.serviceMonitor");
    assert.deepEqual(monitor({ controlPlane: { serviceMonitor: true } }), on);
    assert.equal(monitor({}), undefined);
  });

  it("keeps a feature gate that is locked in Kubernetes 1.35", () => {
    const gates = (kubernetesVersion: string) =>
      getPath(values({ kubernetesVersion }), "controlPlane.distro.k8s.apiServer.extraArgs");
    assert.deepEqual(gates("v1.34.9"), ["--feature-gates=InPlacePodVerticalScaling=false"]);
    assert.deepEqual(gates("v1.35.0"), []);
  });

  it("sets no locked feature gate by the Kubernetes of the chart itself", () => {
    const gates = (version: string, kubernetesVersion?: string) =>
      getPath(
        values({ chart: { version }, ...(kubernetesVersion !== undefined && { kubernetesVersion }) }),
        "controlPlane.distro.k8s.apiServer.extraArgs",
      );
    const off = ["--feature-gates=InPlacePodVerticalScaling=false"];
    assert.deepEqual(gates("0.26.0"), off);
    assert.deepEqual(gates("0.31.9"), off);
    assert.deepEqual(gates("0.32.0"), []);
    assert.deepEqual(gates("0.36.1"), []);
    assert.deepEqual(gates("0.99.0"), []);
    assert.deepEqual(gates("0.36.1", "v1.34.9"), off);
    assert.deepEqual(gates("0.26.0", "v1.35.0"), []);
  });

  it("sets the kinds that the chart copies, and no others", () => {
    const kinds = (version: string) => {
      const sync = getPath(values({ chart: { version } }), "sync");
      return ["toHost", "fromHost"].flatMap((way) => Object.keys(getIn(sync, way) as object));
    };
    const snapshots = ["volumeSnapshots", "volumeSnapshotContents", "volumeSnapshotClasses"];
    assert.ok(!kinds("0.29.0").includes("endpointSlices"));
    for (const version of ["0.26.0", "0.35.9"]) for (const kind of snapshots) assert.ok(kinds(version).includes(kind));
    for (const kind of snapshots) assert.ok(!kinds("0.36.0").includes(kind));
  });

  it("closes EndpointSlices with Endpoints", () => {
    const slices = (endpoints: boolean) =>
      getPath(
        values({ chart: { version: "0.30.0" }, sync: { toHost: { endpoints } } }),
        "sync.toHost.endpointSlices.enabled",
      );
    assert.deepEqual([true, false].map(slices), [true, false]);
  });

  it("adds flags and environment variables to its own", () => {
    const free = {
      controlPlane: {
        distro: {
          k8s: {
            apiServer: { extraArgs: ["--oidc-issuer-url=https://id.example.org", "--feature-gates=A=true"] },
            controllerManager: { extraArgs: ["--kube-api-qps=50", "--v=4"] },
          },
        },
        statefulSet: {
          env: [
            { name: "GOGC", value: "100" },
            { name: "A", value: "b" },
          ],
        },
      },
    };
    const merged = values({}, free);
    assert.deepEqual(getPath(merged, "controlPlane.distro.k8s.apiServer.extraArgs"), [
      "--feature-gates=InPlacePodVerticalScaling=false",
      "--oidc-issuer-url=https://id.example.org",
      "--feature-gates=A=true",
    ]);
    assert.deepEqual(getPath(merged, "controlPlane.distro.k8s.controllerManager.extraArgs"), [
      "--kube-api-burst=400",
      "--kube-api-qps=50",
      "--v=4",
    ]);
    assert.deepEqual(getPath(merged, "controlPlane.statefulSet.env"), free.controlPlane.statefulSet.env);
    assert.deepEqual(getPath(values({}, merged), "controlPlane.distro"), getPath(merged, "controlPlane.distro"));
  });

  it("deploys etcd for several replicas, placed and stored as the control plane", () => {
    const scheduling = {
      nodeSelector: { disk: "ssd" },
      tolerations: [{ operator: "Exists" }],
      affinity: {},
      priorityClassName: "system-cluster-critical",
    };
    const { controlPlane } = values({
      controlPlane: {
        replicas: 3,
        nodeSelector: scheduling.nodeSelector,
        tolerations: [{ operator: "Exists" }],
        priorityClass: scheduling.priorityClassName,
      },
      persistence: { size: "9Gi", storageClass: "fast", retain: true },
      labels: { team: "a" },
    });
    const spread = (app: string) =>
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { app, release: "vcluster-dev-helm" } },
      }));
    const volumeClaim = {
      enabled: true,
      retentionPolicy: "Retain",
      size: "9Gi",
      storageClass: "fast",
      accessModes: ["ReadWriteOnce"],
    };
    assert.deepEqual(getIn(controlPlane, "backingStore"), {
      etcd: {
        deploy: {
          enabled: true,
          statefulSet: {
            highAvailability: { replicas: 3 },
            labels: { team: "a" },
            pods: { labels: { team: "a" } },
            resources: {
              requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "50Mi" },
              limits: { memory: "3Gi", "ephemeral-storage": "1Gi" },
            },
            scheduling: { ...scheduling, topologySpreadConstraints: spread("vcluster-etcd") },
            security: {
              podSecurityContext: { fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
              containerSecurityContext: unprivileged,
            },
            enableServiceLinks: false,
            persistence: { volumeClaim },
          },
        },
      },
    });
    const statefulSet = getIn(controlPlane, "statefulSet");
    assert.deepEqual(getIn(statefulSet, "highAvailability"), {
      replicas: 3,
      leaseDuration: 15,
      renewDeadline: 10,
      retryPeriod: 2,
    });
    assert.deepEqual(getIn(statefulSet, "persistence", "volumeClaim"), volumeClaim);
    assert.deepEqual(getIn(statefulSet, "scheduling", "topologySpreadConstraints"), spread("vcluster"));
  });

  it("adds no value for one replica: an update of the program changes nothing that runs", () => {
    assert.deepEqual(values({ controlPlane: { replicas: 1 } }), values());
  });

  it("returns the values of the design", () => {
    assert.deepEqual(values(), {
      controlPlane: {
        distro: {
          k8s: {
            scheduler: { enabled: true },
            securityContext: unprivileged,
            apiServer: { extraArgs: ["--feature-gates=InPlacePodVerticalScaling=false"] },
            controllerManager: { extraArgs: ["--kube-api-qps=200", "--kube-api-burst=400"] },
          },
        },
        proxy: { extraSANs: ["vcluster-dev-helm.dev-vcluster.svc", "dev-vcluster.cnoe.localtest.me"] },
        statefulSet: {
          image: { registry: "ghcr.io", repository: "loft-sh/vcluster-oss", tag: "0.26.0" },
          security: {
            podSecurityContext: { fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
            containerSecurityContext: unprivileged,
          },
          resources: { limits: { cpu: "2", memory: "4Gi" }, requests: { cpu: "1", memory: "2Gi" } },
          persistence: {
            volumeClaim: { enabled: true, retentionPolicy: "Delete", size: "5Gi", accessModes: ["ReadWriteOnce"] },
          },
          probes: {
            livenessProbe: on,
            readinessProbe: on,
            startupProbe: { ...on, periodSeconds: 1, failureThreshold: 1800 },
          },
          scheduling: { nodeSelector: {}, tolerations: [], affinity: {}, priorityClassName: "vcluster-dev-helm" },
          env: [{ name: "GOGC", value: "30" }],
        },
      },
      sync: {
        fromHost: {
          events: on,
          nodes: { ...on, clearImageStatus: true },
          ingressClasses: on,
          runtimeClasses: off,
          priorityClasses: off,
          volumeSnapshotClasses: off,
          secrets: {
            enabled: true,
            mappings: { byName: { "backstage/*": "backstage/*", "nextjs/*": "nextjs/*", "shared/*": "config/*" } },
          },
          configMaps: { enabled: true, mappings: { byName: { "shared-config/*": "config/*" } } },
        },
        toHost: {
          pods: { enabled: true, priorityClassName: "vcluster-dev-helm-workloads", useSecretsForSATokens: true },
          secrets: on,
          configMaps: on,
          services: on,
          endpoints: on,
          persistentVolumeClaims: on,
          ingresses: on,
          serviceAccounts: on,
          networkPolicies: off,
          podDisruptionBudgets: off,
          priorityClasses: off,
          storageClasses: off,
          persistentVolumes: off,
          volumeSnapshots: off,
          volumeSnapshotContents: off,
        },
      },
      networking: { advanced: { proxyKubelets: { byIP: false } } },
      policies: { podSecurityStandard: "baseline" },
      exportKubeConfig: { context: "dev-vcluster" },
      telemetry: { enabled: false },
      rbac: {
        clusterRole: {
          overwriteRules: [
            { apiGroups: [""], resources: ["nodes"], verbs: READ },
            { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
            {
              apiGroups: ["storage.k8s.io"],
              resources: ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities"],
              verbs: READ,
            },
            { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: READ },
            {
              apiGroups: [""],
              resources: ["namespaces"],
              resourceNames: ["backstage", "nextjs", "shared", "shared-config"],
              verbs: READ,
            },
          ],
        },
      },
    });
  });

  it("contains the arguments", () => {
    const made = values({
      kubernetesVersion: "v1.34.4",
      chart: { version: "0.30.0" },
      controlPlane: { requests: { cpu: 0.5 } },
      persistence: { size: "10Gi", storageClass: "fast", retain: true },
      extraSans: ["api.example.org", "dev-vcluster.cnoe.localtest.me"],
      sync: { secrets: {} },
    });
    assert.equal(getIn(made, "controlPlane", "distro", "k8s", "image", "tag"), "v1.34.4");
    assert.equal(getIn(made, "controlPlane", "statefulSet", "image", "tag"), "0.30.0");
    assert.deepEqual(getIn(made, "controlPlane", "statefulSet", "resources", "requests"), {
      cpu: "0.5",
      memory: "2Gi",
    });
    assert.deepEqual(getIn(made, "controlPlane", "statefulSet", "persistence", "volumeClaim"), {
      enabled: true,
      retentionPolicy: "Retain",
      size: "10Gi",
      accessModes: ["ReadWriteOnce"],
      storageClass: "fast",
    });
    assert.deepEqual(getIn(made, "controlPlane", "proxy", "extraSANs"), [
      "vcluster-dev-helm.dev-vcluster.svc",
      "dev-vcluster.cnoe.localtest.me",
      "api.example.org",
    ]);
    assert.deepEqual(getIn(made, "sync", "fromHost", "secrets"), { enabled: false });
    assert.deepEqual(getIn(made, "sync", "fromHost", "configMaps", "enabled"), true);
  });

  it("sets scheduling and probes from the arguments", () => {
    const placement = {
      nodeSelector: { disk: "ssd" },
      tolerations: [{ operator: "Exists" as const }],
      affinity: { nodeAffinity: {} },
    };
    const made = values({
      controlPlane: {
        ...placement,
        priorityClass: "high",
        virtualScheduler: false,
        probes: {
          startup: { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 600 },
          liveness: { enabled: false },
        },
      },
    });
    const statefulSet = (key: string) => getIn(made, "controlPlane", "statefulSet", key);
    assert.deepEqual(statefulSet("scheduling"), { ...placement, priorityClassName: "high" });
    assert.deepEqual(statefulSet("probes"), {
      livenessProbe: off,
      readinessProbe: on,
      startupProbe: { enabled: true, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 600 },
    });
    assert.deepEqual(getIn(made, "controlPlane", "distro", "k8s", "scheduler"), off);
  });

  it("labels the StatefulSet, its pod and its Service", () => {
    const own = { labels: { team: "a" }, annotations: { "example.org/a": "b" } };
    const made = values(own);
    const { labels, annotations, pods } = getIn(made, "controlPlane", "statefulSet") as JsonObject;
    assert.deepEqual({ labels, annotations, pods }, { ...own, pods: own });
    assert.deepEqual(getIn(made, "controlPlane", "service"), own);
  });

  it("enables and disables every kind, and leaves those of the scheduler to the chart", () => {
    const labels = getIn(values({ sync: { nodeSelector: { pool: "a" } } }), "sync", "fromHost", "nodes", "selector");
    assert.deepEqual(labels, { labels: { pool: "a" } });
    const fromHost = { nodes: false, storageClasses: true, csiNodes: false };
    const made = values({ sync: { fromHost, toHost: { networkPolicies: true, secrets: false } } });
    const kind = (...path: string[]) => getIn(made, "sync", ...path);
    assert.deepEqual(
      [kind("fromHost", "nodes"), kind("fromHost", "storageClasses"), kind("fromHost", "csiNodes")],
      [{ ...off, clearImageStatus: true }, on, off],
    );
    assert.equal(kind("fromHost", "csiDrivers"), undefined);
    assert.deepEqual([kind("toHost", "networkPolicies"), kind("toHost", "secrets")], [on, off]);
    assert.deepEqual(kind("toHost", "services"), on);
  });

  it("merges the free values last", () => {
    const made = values({}, { telemetry: { enabled: true }, exportKubeConfig: null, logging: { encoding: "json" } });
    assert.deepEqual(getIn(made, "telemetry"), { enabled: true });
    assert.deepEqual(getIn(made, "logging"), { encoding: "json" });
    assert.equal(getIn(made, "exportKubeConfig"), undefined);
    assert.equal(getIn(made, "controlPlane", "statefulSet", "image", "repository"), "loft-sh/vcluster-oss");
  });
});

describe("clusterRules", () => {
  const rules = (made: JsonObject) =>
    getIn(made, "rbac", "clusterRole", "overwriteRules") as Record<string, string[]>[];

  it("follow the features enabled in the free values", () => {
    const made = values(
      {},
      {
        controlPlane: { distro: { k8s: { scheduler: { enabled: false } } } },
        sync: {
          fromHost: {
            ingressClasses: { enabled: false },
            runtimeClasses: { enabled: true },
            storageClasses: { enabled: "true" },
          },
          toHost: { persistentVolumes: { enabled: true } },
        },
        rbac: { clusterRole: { extraRules: [{ apiGroups: ["x"], resources: ["y"], verbs: ["get"] }] } },
      },
    );
    assert.deepEqual(
      rules(made).map(({ resources }) => resources?.join(",")),
      ["nodes", "storageclasses", "persistentvolumes", "runtimeclasses", "namespaces", "y"],
    );
  });

  it("grant what routes of the Gateway API need, to read", () => {
    const gateway = (sync: JsonObject) =>
      rules(values({ chart: { version: "0.36.1" } }, { sync }))
        .filter(({ apiGroups }) => /gateway|apiextensions/.test(String(apiGroups)))
        .map(({ resources, verbs }) => [resources?.join(","), verbs?.join(",")]);
    const [classes, gateways, definitions] = ["gatewayclasses", "gateways", "customresourcedefinitions"].map(
      (resource) => [resource, READ.join(",")],
    );
    assert.deepEqual(gateway({}), []);
    assert.deepEqual(gateway({ toHost: { gatewayApi: on } }), [classes, definitions]);
    assert.deepEqual(gateway({ fromHost: { gateways: on } }), [classes, gateways, definitions]);
  });

  it("grant changes of nodes, but no deletion, where they are synced back", () => {
    const made = values({}, { sync: { fromHost: { nodes: { enabled: true, syncBackChanges: true } } } });
    const nodes = rules(made).filter(({ resources }) => resources?.includes("nodes/status"));
    assert.deepEqual(nodes, [{ apiGroups: [""], resources: ["nodes", "nodes/status"], verbs: ["update", "patch"] }]);
  });

  it("never grant Secrets, ConfigMaps or nodes/proxy, with any mapping", () => {
    const name = fc.constantFrom("a", "b", "nextjs", "kube-system");
    const map = fc.dictionary(
      name.map((ns) => `${ns}/*`),
      name.map((ns) => `${ns}/*`),
    );
    fc.assert(
      fc.property(map, map, fc.boolean(), (secrets, configMaps, scheduler) => {
        const free = { controlPlane: { distro: { k8s: { scheduler: { enabled: scheduler } } } } };
        const made = values({ sync: { secrets, configMaps } }, free);
        const resources = rules(made).flatMap((rule) => rule["resources"] ?? []);
        assert.ok(resources.length > 0);
        for (const forbidden of ["secrets", "configmaps", "nodes/proxy", "*"]) {
          assert.ok(!resources.includes(forbidden), forbidden);
        }
      }),
    );
  });

  it("are empty instead of the chart's own, if none is needed", () => {
    const free = {
      controlPlane: { distro: { k8s: { scheduler: off } } },
      sync: { fromHost: { nodes: off, ingressClasses: off } },
    };
    const made = values({ sync: { secrets: { "": "own" }, configMaps: {} } }, free);
    assert.deepEqual(getIn(made, "rbac"), { clusterRole: { enabled: false } });
  });

  it("are the caller's if the free values set them", () => {
    const overwriteRules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    assert.deepEqual(rules(values({}, { rbac: { clusterRole: { overwriteRules } } })), overwriteRules);
  });
});
