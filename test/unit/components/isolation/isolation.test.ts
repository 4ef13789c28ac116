import * as assert from "node:assert/strict";

import type { EnvironmentArgs, IsolationArgs } from "../../../../components";
import { isolation, podSecurityLabels, priorityClasses } from "../../../../components/isolation/isolation";
import { resolve } from "../../../../components/resolve";
import { record } from "../../../support/mocks";

const SLICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice";
const AT_ONCE = { "pulumi.com/deletionPropagationPolicy": "background", "pulumi.com/patchForce": "true" };
const metadata = (suffix: string) => ({
  name: `vcluster-dev-helm${suffix}`,
  namespace: "dev-vcluster",
  annotations: AT_ONCE,
});

/** Inputs of what is made, by name; what the API server is told anyway is left out. */
async function made(given: IsolationArgs = {}, args: Partial<EnvironmentArgs> = {}) {
  const env = resolve("dev", { domain: "example.org", ...args, isolation: given });
  const program = () => [...priorityClasses("dev", env, {}), ...isolation("dev", env, {}, {})];
  const { registrations } = await record(program, {
    outputs: ({ type }) =>
      type === SLICE
        ? {
            endpoints: [{ addresses: ["192.0.2.1"] }, { addresses: ["2001:db8::1"] }],
            ports: [{ name: "https", port: 6443, protocol: "TCP" }],
          }
        : undefined,
  });
  return Object.fromEntries(
    registrations.map(({ name, inputs, id }) => {
      const { apiVersion, kind, ...rest } = inputs;
      assert.ok(id !== undefined || (apiVersion !== undefined && kind !== undefined));
      return [name, id ?? rest];
    }),
  );
}

const hardOf = (quota: unknown) => (quota as { spec: { hard: Record<string, string> } }).spec.hard;
const defaultsOf = (limits: unknown) =>
  (limits as { spec: { limits: [{ default: Record<string, string> }] } }).spec.limits[0].default;

type Policy = { spec: { ingress: object[]; egress: object[] } } | undefined;

const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const workloads = { podSelector: { matchLabels: { "vcluster.loft.sh/managed-by": "vcluster-dev-helm" } } };
const controlPlane = { podSelector: { matchLabels: { app: "vcluster", release: "vcluster-dev-helm" } } };
const api = [{ protocol: "TCP", port: 8443 }];
const policyTypes = ["Ingress", "Egress"];

describe("isolation", () => {
  it("creates PriorityClasses: workloads below the default, the control plane equal to it", async () => {
    const { "dev-priority": own, "dev-workload-priority": theirs } = await made();
    const cluster = (name: string) => ({ name, annotations: AT_ONCE });
    assert.deepEqual(own, {
      metadata: cluster("vcluster-dev-helm"),
      value: 0,
      description: "Control plane of dev-vcluster.",
    });
    assert.deepEqual(theirs, {
      metadata: cluster("vcluster-dev-helm-workloads"),
      value: -1,
      description: "Workloads of dev-vcluster.",
    });
  });

  it("excludes the control plane from quotas of compute resources, and includes it in others", async () => {
    const { "dev-workload-quota": theirs, "dev-object-quota": all } = await made({
      quota: { pods: 7, "limits.cpu": "900m", "count/jobs.batch": 3 },
    });
    assert.deepEqual(theirs, {
      metadata: metadata("-workloads"),
      spec: {
        hard: {
          pods: "7",
          "requests.cpu": "8",
          "requests.memory": "16Gi",
          "limits.cpu": "900m",
          "limits.memory": "32Gi",
        },
        scopeSelector: {
          matchExpressions: [{ scopeName: "PriorityClass", operator: "NotIn", values: ["vcluster-dev-helm"] }],
        },
      },
    });
    assert.deepEqual(all, {
      metadata: metadata("-objects"),
      spec: {
        hard: {
          "requests.ephemeral-storage": "20Gi",
          "requests.storage": "100Gi",
          "limits.ephemeral-storage": "60Gi",
          "count/pods": "250",
          services: "50",
          "services.loadbalancers": "0",
          "services.nodeports": "0",
          secrets: "300",
          configmaps: "200",
          persistentvolumeclaims: "20",
          "count/endpoints": "100",
          "count/ingresses.networking.k8s.io": "20",
          "count/serviceaccounts": "200",
          "count/jobs.batch": "3",
        },
      },
    });
  });

  it("counts no limits of CPU and sets no default, so that containers can request any", async () => {
    const { "dev-workload-quota": quota, "dev-limits": limits } = await made();
    assert.deepEqual(hardOf(quota), {
      pods: "50",
      "requests.cpu": "8",
      "requests.memory": "16Gi",
      "limits.memory": "32Gi",
    });
    assert.deepEqual(defaultsOf(limits), { memory: "512Mi", "ephemeral-storage": "1Gi" });
  });

  it("gives containers a default limit of CPU where the quota counts them", async () => {
    const { "dev-limits": limits } = await made({ quota: { "limits.cpu": 4 } });
    assert.equal(defaultsOf(limits)["cpu"], "500m");
  });

  it("removes what is null, and the default limit with the limit of the quota", async () => {
    const { "dev-workload-quota": quota, "dev-limits": limits } = await made({
      quota: { pods: null, "limits.memory": null, "requests.memory": null },
      containerLimits: { cpu: 1 },
      containerRequests: { memory: null },
    });
    assert.deepEqual(hardOf(quota), { "requests.cpu": "8" });
    assert.deepEqual(defaultsOf(limits), { "ephemeral-storage": "1Gi", cpu: "1" });
  });

  it("allows node ports for load balancers, which need them", async () => {
    const nodePorts = async (quota: NonNullable<IsolationArgs["quota"]>) =>
      hardOf((await made({ quota }))["dev-object-quota"])["services.nodeports"];
    assert.equal(await nodePorts({ "services.loadbalancers": 2 }), "20");
    assert.equal(await nodePorts({ "services.loadbalancers": 2, "services.nodeports": 0 }), "0");
    assert.equal(await nodePorts({ "services.loadbalancers": null }), undefined);
  });

  it("sets default limits and requests of containers", async () => {
    const { "dev-limits": limits } = await made({
      containerLimits: { memory: "1Gi" },
      containerRequests: { cpu: 0.05 },
    });
    assert.deepEqual(limits, {
      metadata: metadata(""),
      spec: {
        limits: [
          {
            type: "Container",
            default: { memory: "1Gi", "ephemeral-storage": "1Gi" },
            defaultRequest: { cpu: "0.05", memory: "64Mi", "ephemeral-storage": "50Mi" },
          },
        ],
      },
    });
  });

  it("allows only the connections that the environment needs", async () => {
    const policies = await made();
    assert.deepEqual(policies["dev-all-pods"], {
      metadata: metadata("-all-pods"),
      spec: { podSelector: {}, policyTypes, ingress: [], egress: [] },
    });
    assert.deepEqual(policies["dev-workloads"], {
      metadata: metadata("-workloads"),
      spec: {
        podSelector: workloads.podSelector,
        policyTypes,
        ingress: [{ from: [workloads, controlPlane, namespace("ingress-nginx")] }],
        egress: [{ to: [workloads] }, { to: [controlPlane], ports: api }],
      },
    });
    assert.deepEqual(policies["dev-acme-solvers"], {
      metadata: metadata("-acme-solvers"),
      spec: {
        podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
        policyTypes,
        ingress: [{ from: [namespace("ingress-nginx")], ports: [{ protocol: "TCP", port: 8089 }] }],
        egress: [],
      },
    });
    assert.deepEqual(policies["dev-control-plane"], {
      metadata: metadata("-control-plane"),
      spec: {
        podSelector: controlPlane.podSelector,
        policyTypes,
        ingress: [{ from: [controlPlane, workloads, namespace("ingress-nginx"), namespace("argocd")], ports: api }],
        egress: [
          { to: [workloads] },
          { to: [controlPlane], ports: api },
          {
            to: [{ ...namespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: 53 },
            ],
          },
          {
            to: [{ ipBlock: { cidr: "192.0.2.1/32" } }, { ipBlock: { cidr: "2001:db8::1/128" } }],
            ports: [{ port: 6443, protocol: "TCP" }],
          },
        ],
      },
    });
    assert.equal(policies["dev-host-api"], "default/kubernetes");
  });

  it("leaves workloads as large a share of the default quota with several replicas, and keeps one that is given", async () => {
    const args = { controlPlane: { replicas: 3 }, persistence: { size: "9Gi" } };
    const [one, three] = [await made(), await made({}, args)].map((all) => hardOf(all["dev-object-quota"]));
    const differing = Object.entries(three ?? {}).filter(([name, amount]) => one?.[name] !== amount);
    assert.deepEqual(Object.fromEntries(differing), {
      // Two more pods of the control plane and three of etcd, each with a volume; 19Gi and 950Mi of ephemeral storage.
      "count/pods": "255",
      services: "52",
      persistentvolumeclaims: "25",
      "requests.storage": `${(100 + 5 * 9) * 1024}Mi`,
      "limits.ephemeral-storage": `${(60 + 19) * 1024}Mi`,
      "requests.ephemeral-storage": `${20 * 1024 + 950}Mi`,
    });
    const given = await made({ quota: { services: 60 } }, args);
    assert.equal(hardOf(given["dev-object-quota"])["services"], "60");
  });

  it("lets only the control plane reach etcd, and its members each other", async () => {
    const one = await made();
    const three = (await made({}, { controlPlane: { replicas: 3 } })) as Record<string, Policy>;
    assert.deepEqual(
      Object.keys(three).filter((name) => !(name in one)),
      ["dev-etcd"],
    );
    const etcd = { podSelector: { matchLabels: { app: "vcluster-etcd", release: "vcluster-dev-helm" } } };
    const dns = (one["dev-control-plane"] as NonNullable<Policy>).spec.egress[2];
    const [clients, peers] = [2379, 2380].map((port) => [{ protocol: "TCP", port }]);
    assert.deepEqual(three["dev-etcd"], {
      metadata: metadata("-etcd"),
      spec: {
        podSelector: etcd.podSelector,
        policyTypes,
        ingress: [
          { from: [controlPlane], ports: clients },
          { from: [etcd], ports: peers },
        ],
        egress: [{ to: [etcd], ports: peers }, dns],
      },
    });
    const added = three["dev-control-plane"]?.spec.egress.filter(
      (rule) => !JSON.stringify(one["dev-control-plane"]).includes(JSON.stringify(rule)),
    );
    assert.deepEqual(added, [{ to: [etcd], ports: clients }]);
    for (const name of ["dev-all-pods", "dev-workloads", "dev-acme-solvers"]) assert.deepEqual(three[name], one[name]);
  });

  it("allows configured peers", async () => {
    const policies = (await made(
      {
        ingressNamespace: "traefik",
        hostApi: [{ cidr: "192.0.2.10/32", ports: [443] }],
        egress: [{ cidr: "0.0.0.0/0", ports: [443, "53/udp"] }, { namespace: "databases" }],
        ingress: [{ namespace: "monitoring", ports: ["8000-8100"] }],
      },
      { argocd: { register: false } },
    )) as Record<string, Policy>;
    assert.deepEqual(policies["dev-all-pods"]?.spec.ingress, [
      { from: [namespace("monitoring")], ports: [{ protocol: "TCP", port: 8000, endPort: 8100 }] },
    ]);
    const except = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
    assert.deepEqual(policies["dev-all-pods"].spec.egress, [
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except } }],
        ports: [
          { protocol: "TCP", port: 443 },
          { protocol: "UDP", port: 53 },
        ],
      },
      { to: [namespace("databases")] },
    ]);
    const { ingress = [], egress = [] } = policies["dev-control-plane"]?.spec ?? {};
    assert.deepEqual(ingress, [{ from: [controlPlane, workloads, namespace("traefik")], ports: api }]);
    assert.deepEqual(egress.at(-1), {
      to: [{ ipBlock: { cidr: "192.0.2.10/32" } }],
      ports: [{ protocol: "TCP", port: 443 }],
    });
    assert.equal(policies["dev-host-api"], undefined);
  });

  it("lets the control plane ask the host's metrics server where the chart integrates it", async () => {
    const egressWith = async (values: object) => {
      const policies = (await made({}, { values: { integrations: { metricsServer: values } } })) as Record<
        string,
        Policy
      >;
      return policies["dev-control-plane"]?.spec.egress.slice(4);
    };
    const peers = (name: string) =>
      ["k8s-app", "app.kubernetes.io/name"].map((label) => ({
        ...namespace(name),
        podSelector: { matchLabels: { [label]: "metrics-server" } },
      }));
    assert.deepEqual(await egressWith({ enabled: false }), []);
    assert.deepEqual(await egressWith({ enabled: true }), [{ to: peers("kube-system") }]);
    const service = { namespace: "monitoring" };
    assert.deepEqual(await egressWith({ enabled: true, apiService: { service } }), [{ to: peers("monitoring") }]);
  });

  it("creates only PriorityClasses in the profile open", async () => {
    assert.deepEqual(Object.keys(await made({ profile: "open" })), ["dev-priority", "dev-workload-priority"]);
  });

  it("sets the Pod Security Standard of each profile", () => {
    const label = "pod-security.kubernetes.io/enforce";
    assert.deepEqual(podSecurityLabels("default"), { [label]: "baseline" });
    assert.deepEqual(podSecurityLabels("hardened"), { [label]: "restricted" });
    assert.deepEqual(podSecurityLabels("open"), {});
  });
});
