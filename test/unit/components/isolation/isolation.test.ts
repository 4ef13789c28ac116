import * as assert from "node:assert/strict";

import type { EnvironmentArgs, IsolationArgs } from "../../../../components";
import { settings } from "../../../../components/config/defaults";
import { isolation, podSecurityLabels, priorityClasses } from "../../../../components/isolation/isolation";
import { environmentNames } from "../../../../components/names";
import { record } from "../../../support/mocks";

const SLICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice";
const AT_ONCE = { "pulumi.com/deletionPropagationPolicy": "background" };
const metadata = (suffix: string) => ({
  name: `vcluster-dev-helm${suffix}`,
  namespace: "dev-vcluster",
  annotations: AT_ONCE,
});

/** Inputs of what is made, by name; what the API server is told anyway is left out. */
async function made(given: IsolationArgs = {}, args: Partial<EnvironmentArgs> = {}) {
  const s = settings("dev", { domain: "example.org", ...args, isolation: given });
  const names = environmentNames(s.environment, s.domain);
  const program = () => [...priorityClasses("dev", names, s, {}), ...isolation("dev", names, s, {}, {})];
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

type Policy = { spec: { ingress: object[]; egress: object[] } } | undefined;

const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const workloads = { podSelector: { matchLabels: { "vcluster.loft.sh/managed-by": "vcluster-dev-helm" } } };
const controlPlane = { podSelector: { matchLabels: { app: "vcluster", release: "vcluster-dev-helm" } } };
const api = [{ protocol: "TCP", port: 8443 }];
const policyTypes = ["Ingress", "Egress"];

describe("bounds of an environment on its host", () => {
  it("rank its workloads below everybody else, and the control plane with everybody else", async () => {
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

  it("count what the scheduler gives out without the control plane, and everything else with it", async () => {
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
          services: "50",
          "services.loadbalancers": "0",
          "services.nodeports": "0",
          secrets: "200",
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

  it("give limits and requests to containers that have none", async () => {
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
            default: { cpu: "500m", memory: "1Gi", "ephemeral-storage": "1Gi" },
            defaultRequest: { cpu: "0.05", memory: "64Mi", "ephemeral-storage": "50Mi" },
          },
        ],
      },
    });
  });

  it("close the network but for what the environment needs", async () => {
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

  it("let others in as configured", async () => {
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

  it("are only the priorities in the profile open", async () => {
    assert.deepEqual(Object.keys(await made({ profile: "open" })), ["dev-priority", "dev-workload-priority"]);
  });

  it("make a Pod Security Standard of each profile", () => {
    const label = "pod-security.kubernetes.io/enforce";
    assert.deepEqual(podSecurityLabels("default"), { [label]: "baseline" });
    assert.deepEqual(podSecurityLabels("hardened"), { [label]: "restricted" });
    assert.deepEqual(podSecurityLabels("open"), {});
  });
});
