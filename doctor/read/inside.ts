import { parseCertificates } from "../../components/vcluster/certificates";
import { HostClient, HostError, type Limits, type Secret } from "../../host/client";
import { getPath } from "../../shared/json";
import { syncedName } from "../../components/names";
import { type KubeObject, map, nameOf, namespaceOf, text } from "../objects";
import type { Refused, Subject } from "../snapshot";
import { mappingsOf } from "./mappings";
import { listOf, METADATA, type Reader, reasonOf } from "./reader";

/** The virtual cluster belongs to its tenant, and so do the sizes of its answers. */
const LIMITS: Limits = { requestMs: 5_000, bytes: 32 * 1024 * 1024 };
/** Objects whose refusal is looked at. */
const REFUSALS = 50;

/** Paths of the kinds that a host refuses. */
const KINDS: Readonly<Record<string, string>> = {
  Pod: "/api/v1/namespaces/{}/pods",
  Service: "/api/v1/namespaces/{}/services",
  Endpoints: "/api/v1/namespaces/{}/endpoints",
  Secret: "/api/v1/namespaces/{}/secrets",
  ConfigMap: "/api/v1/namespaces/{}/configmaps",
  ServiceAccount: "/api/v1/namespaces/{}/serviceaccounts",
  PersistentVolumeClaim: "/api/v1/namespaces/{}/persistentvolumeclaims",
  Ingress: "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
};

/** Reads what is inside the virtual cluster, as its administrator. */
export async function readInside(reader: Reader, subject: Subject): Promise<void> {
  const client = await administrator(reader, subject);
  if (client === undefined) return;
  await Promise.all([
    reader.part("insideNodes", () => listOf(client, "/api/v1/nodes"), true),
    reader.part("insideDns", () =>
      listOf(client, "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dvcluster-kube-dns"),
    ),
    reader.part("insideDnsDeployments", () =>
      listOf(client, "/apis/apps/v1/namespaces/kube-system/deployments?fieldSelector=metadata.name%3Dcoredns"),
    ),
    reader.part("insideIngressClasses", () => listOf(client, "/apis/networking.k8s.io/v1/ingressclasses"), true),
    reader.part("pendingPods", () => listOf(client, "/api/v1/pods?fieldSelector=status.phase%3DPending"), true),
    reader.part("refused", () => readRefused(client, reader.host, subject), true),
    reader.part(
      "copies",
      async () => {
        const { secrets, configMaps } = mappingsOf(reader.read.state?.values);
        const [ofSecrets, ofConfigMaps] = await Promise.all([
          copies(client, "secrets", secrets),
          copies(client, "configmaps", configMaps),
        ]);
        return { secrets: ofSecrets, configMaps: ofConfigMaps };
      },
      true,
    ),
  ]);
}

/** A client with the certificate in the control plane's Secret; undefined where the API does not take it. */
async function administrator(reader: Reader, { names }: Subject): Promise<HostClient | undefined> {
  if (reader.read.api === undefined || reader.read.certificates === undefined) {
    reader.leave("administrator", reader.unread.api?.reason ?? "the certificates could not be read");
    return undefined;
  }
  const secret = await reader.host.find<Secret>(`/api/v1/namespaces/${names.namespace}/secrets/${names.certificates}`);
  let client: HostClient | undefined;
  await reader.part(
    "administrator",
    async () => {
      const { authority, administrator: user } = parseCertificates(names, { ...secret?.data });
      client = new HostClient(
        {
          server: names.apiUrl,
          origin: "the control plane's certificates",
          proxied: false,
          cluster: { "certificate-authority-data": authority },
          user: { "client-certificate-data": user.certificate, "client-key-data": user.key },
        },
        LIMITS,
      );
      try {
        await client.get("/api/v1/namespaces/default");
        return {};
      } catch (error) {
        client = undefined;
        // Of everything else, the check through the ingress says more.
        if (error instanceof HostError && error.status === 401) return { rejected: reasonOf(error) };
        throw error;
      }
    },
    true,
  );
  return client;
}

async function copies(
  client: HostClient,
  resource: string,
  mappings: Readonly<Record<string, string>>,
): Promise<ReadonlySet<string>> {
  const targets = new Set(Object.values(mappings).map((value) => value.split("/")[0] ?? ""));
  const lists = await Promise.all(
    [...targets].map((namespace) => listOf(client, `/api/v1/namespaces/${namespace}/${resource}`, undefined, METADATA)),
  );
  return new Set(lists.flat().map((object) => `${namespaceOf(object)}/${nameOf(object)}`));
}

/** Events of refusals that still hold: the object is there, and its copy on the host is not. */
async function readRefused(client: HostClient, host: HostClient, { names }: Subject): Promise<Refused[]> {
  const events = await listOf(client, "/api/v1/events?fieldSelector=reason%3DSyncError");
  const latest = new Map<string, KubeObject>();
  for (const event of events.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))) {
    const { kind = "", namespace = "", name = "" } = map(event, "involvedObject");
    latest.set(`${kind} ${namespace}/${name}`, event);
  }
  const looked = await Promise.all(
    [...latest.values()].slice(-REFUSALS).map(async (event): Promise<Refused[]> => {
      const { kind = "", namespace = "", name = "" } = map(event, "involvedObject");
      const path = KINDS[kind];
      if (path === undefined) return [];
      const [inside, copy] = await Promise.all([
        client.find(`${path.replace("{}", namespace)}/${name}`),
        host.find(`${path.replace("{}", names.namespace)}/${syncedName(name, namespace, names.release)}`),
      ]);
      if (inside === undefined || copy !== undefined) return [];
      if (getPath(inside, "metadata.deletionTimestamp") !== undefined) return [];
      return [{ kind, namespace, name, message: text(event, "message") }];
    }),
  );
  return looked.flat();
}

/** Time of the last occurrence, in either of Kubernetes' APIs for events. */
function timeOf(event: KubeObject): string {
  return text(event, "series.lastObservedTime") || text(event, "lastTimestamp") || text(event, "eventTime");
}
