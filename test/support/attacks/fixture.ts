import { randomUUID } from "node:crypto";

import type { V1Namespace, V1Pod, V1PodSpec, V1Secret, V1Service } from "@kubernetes/client-node";

import { syncedName } from "../../../components/names";
import { network } from "../../../local/settings";
import { Cluster, reference } from "../../../testing/cluster";
import type { Environment } from "../environments";
import { startStandIns } from "../fakes";
import { image } from "../workloads";
import { base64 } from "../../../shared/base64";

/** Who attacks: a pod of one environment, of the other, and of a namespace of the host that is none. */
export const ORIGINS = ["atka", "atkb", "foreign"] as const;
export type Origin = (typeof ORIGINS)[number];

/** Namespace of everything that the attacks make, in the virtual clusters and on the host. */
export const ATTACKS = "atk-attacks";

/** Addresses behind which a stand-in answers: the first is opened by configuration, the others are closed. */
export const STAND_INS = ["203.0.113.77", "169.254.169.254", "10.99.0.7", "172.31.99.7", "192.168.99.7"] as const;

/** Ports that the attacks look for. The target of every origin listens on all of them: the same tool works there. */
export const PORTS = [
  80, 443, 53, 1053, 2379, 2380, 6379, 6443, 7000, 8080, 8081, 8082, 8443, 9153, 10250, 10256, 20244,
];

/** What one origin consists of. */
export interface Party {
  /** Where its objects are made. */
  cluster: Cluster;
  /** Namespace on the host, and names there. */
  hostNamespace: string;
  onHost: (name: string) => string;
  /** Address of its target's pod and service. */
  pod: string;
  service: string;
  /** What its target answers. */
  page: string;
}

export interface Scene {
  host: Cluster;
  a: Environment;
  b: Environment;
  parties: Record<Origin, Party>;
  /** What both environments are given by the mapping `shared/*: config/*`: the name of a Secret, and its value. */
  shared: { name: string; value: string };
  /** Addresses of services and pods on the host, by a name of our own. */
  addresses: Record<string, string>;
  /** Of the Service that everything vCluster copies from `atka` belongs to. */
  ownerUid: string;
  /** A token of the account that the syncer of `atka` uses on the host. */
  syncerToken: string;
  /** Runs a script in the attacker of an origin. */
  shell: (origin: Origin, script: string) => Promise<string>;
  close: () => Promise<void>;
}

/** The parts of a pod, made so that each can be changed by itself. */
export interface PlainPod {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  spec: V1PodSpec;
}

/** A pod that sleeps, or runs the script, and passes the strictest Pod Security Standard. */
export function plainPod(name: string, namespace: string, script = "sleep 3600"): PlainPod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", script],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { cpu: "500m", memory: "64Mi" } },
        },
      ],
    },
  };
}

/** Everything that the attacks start from, in two environments that run. */
export async function openScene(host: Cluster, a: Environment, b: Environment): Promise<Scene> {
  const parties = {} as Record<Origin, Party>;
  const clusters: Record<Origin, { cluster: Cluster; environment?: Environment }> = {
    atka: { cluster: a.cluster, environment: a },
    atkb: { cluster: b.cluster, environment: b },
    foreign: { cluster: host },
  };
  const shared = { name: `${ATTACKS}-shared`, value: randomUUID() };
  await host.apply<V1Secret>({
    ...reference("v1", "Secret", shared.name, "shared"),
    data: { value: base64(shared.value) },
  });
  await Promise.all(
    ORIGINS.map(async (origin) => {
      parties[origin] = await party(origin, host, clusters[origin].cluster, clusters[origin].environment);
    }),
  );
  const standIns = await startStandIns(STAND_INS, "stand-in");
  return {
    host,
    a,
    b,
    parties,
    shared,
    addresses: await addresses(host, a, b),
    ownerUid: await uidOfService(host, a),
    syncerToken: await token(host, a.namespace, `vc-${a.release}`),
    shell: (origin, script) => parties[origin].cluster.shell(ATTACKS, "attacker", script, 45_000),
    close: async () => {
      await standIns.stop();
      const namespace = reference("v1", "Namespace", ATTACKS);
      const everywhere = ORIGINS.map((origin) => clusters[origin].cluster.remove(namespace));
      await Promise.all([...everywhere, host.remove(reference("v1", "Secret", shared.name, "shared"))]);
    },
  };
}

async function party(origin: Origin, host: Cluster, cluster: Cluster, environment?: Environment): Promise<Party> {
  const page = `${origin}-${randomUUID()}`;
  const hostNamespace = environment?.namespace ?? ATTACKS;
  const onHost = (name: string) => (environment ? syncedName(name, ATTACKS, environment.release) : name);
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" }; // who owns a cluster can say so in it
  await cluster.apply<V1Namespace>({ apiVersion: "v1", kind: "Namespace", metadata: { name: ATTACKS, labels } });
  await cluster.waitFor(() => cluster.get(reference("v1", "ServiceAccount", "default", ATTACKS)), {
    what: `the default service account of ${ATTACKS} in ${cluster.name}`,
    timeoutMs: 30_000,
    namespace: ATTACKS,
  });
  const serve = `mkdir -p /tmp/www/stolen
    for file in index.html stolen/index.html; do echo ${page} > /tmp/www/$file; done
    for port in ${PORTS.join(" ")}; do httpd -p $port -h /tmp/www; done; exec sleep 3600`;
  const target = plainPod("target", ATTACKS, serve);
  target.metadata.labels = { app: "target" };
  const sysctls = [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }];
  Object.assign(target.spec.securityContext ?? {}, { sysctls });
  await Promise.all([cluster.apply<V1Pod>(target), cluster.apply<V1Pod>(plainPod("attacker", ATTACKS))]);
  await cluster.apply<V1Service>({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "target", namespace: ATTACKS },
    // For the foreign namespace with a port on the node as well: environments may have none.
    spec: {
      type: environment ? "ClusterIP" : "NodePort",
      selector: { app: "target" },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  });
  const [pod] = await Promise.all([
    host.podReady(hostNamespace, onHost("target"), 60_000),
    host.podReady(hostNamespace, onHost("attacker"), 60_000),
  ]);
  const service = await host.waitFor(
    () => host.get<V1Service>(reference("v1", "Service", onHost("target"), hostNamespace)),
    { what: `the service of ${origin} on the host`, timeoutMs: 30_000, namespace: hostNamespace },
  );
  return { cluster, hostNamespace, onHost, pod: pod.status?.podIP ?? "", service: service.spec?.clusterIP ?? "", page };
}

async function addresses(host: Cluster, a: Environment, b: Environment): Promise<Record<string, string>> {
  const found: Record<string, string> = { api: network.apiService, node: network.nodeAddress };
  const service = async (as: string, namespace: string, name: string) => {
    const { spec } = await host.core.readNamespacedService({ namespace, name });
    found[as] = spec?.clusterIP ?? "";
    found[`${as}NodePort`] = String(spec?.ports?.[0]?.nodePort ?? "");
  };
  const environment = async (as: string, { namespace, release, pod }: Environment) => {
    await service(`${as}Api`, namespace, release);
    await service(`${as}Dns`, namespace, syncedName("kube-dns", "kube-system", release));
    found[`${as}ControlPlane`] = (await host.core.readNamespacedPod({ namespace, name: pod })).status?.podIP ?? "";
  };
  const argocd = ["redis", "repo-server", "applicationset-controller", "metrics"];
  await Promise.all([
    environment("atka", a),
    environment("atkb", b),
    service("dns", "kube-system", "kube-dns"),
    service("foreign", ATTACKS, "target"),
    ...argocd.map((name) => service(`argocd-${name}`, "argocd", `argocd-${name}`)),
  ]);
  return found;
}

async function uidOfService(host: Cluster, { namespace, release }: Environment): Promise<string> {
  const { metadata } = await host.core.readNamespacedService({ namespace, name: release });
  return metadata?.uid ?? "";
}

async function token(host: Cluster, namespace: string, name: string): Promise<string> {
  const body = { spec: { audiences: [], expirationSeconds: 600 } };
  const { status } = await host.core.createNamespacedServiceAccountToken({ namespace, name, body });
  return status?.token ?? "";
}
