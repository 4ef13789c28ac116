import { readNamesakes } from "../../components/argocd/conflicts";
import { certificatesIn } from "../../components/vcluster/certificate-expiry";
import type { Secret } from "../../host/client";
import { readHost } from "../../preflight/host-state";
import { fromBase64 } from "../../shared/base64";
import { getIn, getPath } from "../../shared/json";
import { type KubeObject, map, nameOf, text } from "../objects";
import { placesOf } from "../places";
import type { Parts, Subject } from "../snapshot";
import type { Reader } from "./reader";

const APPS = "/apis/apps/v1";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** No stack: the doctor reads one environment, and no other of the same stack. */
const NO_OWNER = { stack: "", identity: "" };

/** Reads all objects of the host that concern the environment, everything at once. */
export async function readObjects(reader: Reader, subject: Subject): Promise<void> {
  const { names, expected } = subject;
  const { host } = reader;
  const places = placesOf(subject);
  const own = `/api/v1/namespaces/${names.namespace}`;
  const workloads = async (namespace: string) =>
    (
      await Promise.all(
        ["Deployment", "StatefulSet", "DaemonSet"].map((kind) =>
          reader.list(`${APPS}/namespaces/${namespace}/${kind.toLowerCase()}s`, kind),
        ),
      )
    ).flat();
  await Promise.all([
    reader.part("namesakes", () => readNamesakes(host, names, places.argocdNamespace)),
    reader.part("nodes", () => reader.list("/api/v1/nodes")),
    reader.part("dns", () =>
      reader.list(`${APPS}/namespaces/kube-system/deployments?labelSelector=k8s-app%3Dkube-dns`, "Deployment"),
    ),
    reader.part("namespace", () => reader.one(own)),
    readState(reader, subject),
    reader.part("pods", () => reader.list(`${own}/pods`)),
    reader.part("events", () => reader.list(`${own}/events`)),
    reader.part("services", () => reader.list(`${own}/services`)),
    reader.part("endpoints", () =>
      reader.list(
        `/apis/discovery.k8s.io/v1/namespaces/${names.namespace}/endpointslices?labelSelector=${encodeURIComponent(
          `kubernetes.io/service-name=${names.release}`,
        )}`,
      ),
    ),
    reader.part("volumeClaims", () => reader.list(`${own}/persistentvolumeclaims`)),
    reader.part("quotas", () => reader.list(`${own}/resourcequotas`)),
    reader.part("limitRanges", () => reader.list(`${own}/limitranges`)),
    reader.part("networkPolicies", () =>
      reader.list(`/apis/networking.k8s.io/v1/namespaces/${names.namespace}/networkpolicies`),
    ),
    reader.part("routes", () => readRoutes(reader, names.namespace, expected?.ingress.gateway?.routeVersion)),
    reader.part("ingressClasses", () => reader.list("/apis/networking.k8s.io/v1/ingressclasses")),
    reader.part("storageClasses", () => reader.list("/apis/storage.k8s.io/v1/storageclasses")),
    reader.part("priorityClasses", () => reader.list("/apis/scheduling.k8s.io/v1/priorityclasses")),
    reader.part("admissionPolicies", () => reader.list(`${ADMISSION}/validatingadmissionpolicies`)),
    reader.part("admissionBindings", () => reader.list(`${ADMISSION}/validatingadmissionpolicybindings`)),
    reader.part("ingressWorkloads", () => workloads(places.ingressNamespace)),
    reader.part("hostApi", () => reader.one("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")),
    reader.part("argocdWorkloads", () => workloads(places.argocdNamespace)),
    reader.part("projects", () =>
      reader.list(`/apis/argoproj.io/v1alpha1/namespaces/${places.argocdNamespace}/appprojects`),
    ),
    reader.part("applications", async () =>
      (await reader.list("/apis/argoproj.io/v1alpha1/applications")).filter((application) =>
        concerns(application, subject),
      ),
    ),
    reader.part("certificates", async () => {
      const secret = await host.find<Secret>(`${own}/secrets/${names.certificates}`);
      const data = secret?.data;
      return data && { validities: certificatesIn(data), authority: data["ca.crt"] ?? "" };
    }),
  ]);
}

/** Parts of the state by what preflight calls them where it may not read them. */
const OF_STATE: readonly (readonly [keyof Parts, string])[] = [
  ["statefulSet", "the StatefulSet"],
  ["values", "the running values"],
  ["release", "the Helm release"],
  ["registration", "Argo CD's cluster"],
  ["certificatesSecret", "the certificates"],
  ...["Ingress", "IngressRouteTCP", "TLSRoute"].map((kind) => ["hostnames", `${kind} objects`] as const),
];

/** Reads what preflight reads. What it may not read is denied; all of it has failed where the host does not answer it. */
async function readState(reader: Reader, subject: Subject): Promise<void> {
  const { names, expected } = subject;
  await reader.part("state", () =>
    readHost(
      reader.host,
      {
        names,
        delivery: expected?.delivery ?? "helm",
        argocd: { namespace: placesOf(subject).argocdNamespace },
        controlPlane: { replicas: expected?.controlPlane.replicas ?? 1 },
      },
      NO_OWNER,
    ),
  );
  const { state } = reader.read;
  for (const [part, what] of OF_STATE) {
    const denied = state?.unreadable.find((one) => one.startsWith(`${what} (`));
    const why = /\((no YAML\b|\w*Error\)$)/.test(denied ?? "") ? "failed" : "denied";
    const unread = denied === undefined ? reader.unread.state : ({ why, reason: denied } as const);
    if (unread !== undefined) {
      reader.unread[part] = unread;
      Reflect.deleteProperty(reader.read, part);
    } else if (reader.unread[part] === undefined) Object.assign(reader.read, { [part]: true });
  }
}

/** Routes in a namespace, whichever kind: the configuration may have been another one. */
export async function readRoutes(reader: Reader, namespace: string, version = "v1"): Promise<KubeObject[]> {
  const paths: [string, string][] = [
    ["Ingress", `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`],
    ["IngressRouteTCP", `/apis/traefik.io/v1alpha1/namespaces/${namespace}/ingressroutetcps`],
    ["TLSRoute", `/apis/gateway.networking.k8s.io/${version}/namespaces/${namespace}/tlsroutes`],
  ];
  return (await Promise.all(paths.map(([kind, path]) => reader.list(path, kind)))).flat();
}

function concerns(application: KubeObject, { names }: Subject): boolean {
  const destination = map(application, "spec", "destination");
  return (
    destination["name"] === names.argocdCluster ||
    destination["server"] === names.inClusterUrl ||
    (destination["namespace"] === names.namespace && nameOf(application) === names.release)
  );
}

/** Use of the control plane's volume, as the kubelet of its node reports it. */
export async function readVolumeUse(reader: Reader, { names }: Subject): Promise<void> {
  const pod = reader.read.pods?.find((one) => nameOf(one) === names.pod);
  const node = text(pod, "spec.nodeName");
  if (node === "") {
    reader.leave("volumeUse", "the control plane has no node");
    return;
  }
  await reader.part("volumeUse", async () => {
    const summary = await reader.host.get(`/api/v1/nodes/${node}/proxy/stats/summary`);
    const pods = getIn(summary, "pods");
    const volumes = (Array.isArray(pods) ? (pods as KubeObject[]) : [])
      .filter((one) => getPath(one, "podRef.namespace") === names.namespace)
      .flatMap((one) => (Array.isArray(one["volume"]) ? (one["volume"] as KubeObject[]) : []));
    const volume = volumes.find((one) => getPath(one, "pvcRef.name") === names.volumeClaim);
    const [used, capacity] = [getIn(volume, "usedBytes"), getIn(volume, "capacityBytes")];
    if (typeof used === "number" && typeof capacity === "number") return { used, capacity };
    // Storage that is a folder of the node.
    reader.leave("volumeUse", "the node reports no size of its own for it");
    return undefined;
  });
}

/** The token in Argo CD's Secret of the cluster, and the CA certificate beside it. */
export function registrationOf(secret: Secret | undefined) {
  const parsed = parse(fromBase64(secret?.data?.["config"]));
  const [token, caData] = [getIn(parsed, "bearerToken"), getIn(parsed, "tlsClientConfig", "caData")];
  return {
    server: fromBase64(secret?.data?.["server"]),
    token: typeof token === "string" ? token : "",
    authority: typeof caData === "string" ? caData : "",
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
