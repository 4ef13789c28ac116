import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { refusalIn } from "../../host/refusal";
import { getIn, type JsonObject } from "../../shared/json";
import { table } from "../../shared/table";
import { hostOf } from "../host-client";
import { type Environment, findEnvironment } from "../running-environment";
import type { StackAccess } from "../target";

/** An object of the host that its syncer could not create today. */
export interface RefusedObject {
  readonly kind: string;
  readonly name: string;
  /** As the host words it; for what could not be checked, why. */
  readonly reason: string;
}

type Listed = KubernetesObject & { readonly spec?: JsonObject };

/** Kinds that the syncer copies, by their paths; Services before their Endpoints. */
const KINDS: Readonly<Record<string, string>> = {
  Pod: "/api/v1/pods",
  Service: "/api/v1/services",
  Endpoints: "/api/v1/endpoints",
  EndpointSlice: "/apis/discovery.k8s.io/v1/endpointslices",
  Secret: "/api/v1/secrets",
  ConfigMap: "/api/v1/configmaps",
  ServiceAccount: "/api/v1/serviceaccounts",
  PersistentVolumeClaim: "/api/v1/persistentvolumeclaims",
  Ingress: "/apis/networking.k8s.io/v1/ingresses",
  PodDisruptionBudget: "/apis/policy/v1/poddisruptionbudgets",
  VolumeSnapshot: "/apis/snapshot.storage.k8s.io/v1/volumesnapshots",
};

/** Fields that Kubernetes has filled in, and takes from nobody who creates the object. */
const ASSIGNED = ["clusterIP", "clusterIPs", "ephemeralContainers", "healthCheckNodePort", "volumeName"];
/** Requests under way at a time. */
const AT_ONCE = 8;

/** Lists what stays of the time before the bounds of the environment were narrowed. Sets exit code 1 when there is something. */
export async function showRefused(target: StackAccess): Promise<void> {
  const environment = await findEnvironment(target);
  const account = await syncerOf(environment);
  const found = await refusedObjects(environment, await hostOf(target, undefined, account));
  if (found.length === 0) {
    console.log("The host would take every object of the environment today.");
    return;
  }
  console.log(
    table([["kind", "name", "refused because"], ...found.map(({ kind, name, reason }) => [kind, name, reason])]),
  );
  console.error(
    "They stay as they are until they are made again. Fix: delete or change them inside, or widen the key that is named.",
  );
  process.exitCode = 1;
}

/** User name of the service account that the control plane's pods have. */
export async function syncerOf({ host, names }: Pick<Environment, "host" | "names">): Promise<string> {
  const set = await host.get(`/apis/apps/v1/namespaces/${names.namespace}/statefulsets/${names.release}`);
  const account = getIn(set, "spec", "template", "spec", "serviceAccountName");
  return `system:serviceaccount:${names.namespace}:${typeof account === "string" ? account : names.syncer}`;
}

/**
 * Objects in the environment's namespace that its syncer could not create as they are, by a dry run for each of them.
 *
 * @param syncer the host for the syncer's account
 */
export async function refusedObjects(
  { host, names }: Pick<Environment, "host" | "names">,
  syncer: Pick<HostClient, "create">,
): Promise<RefusedObject[]> {
  const selector = encodeURIComponent(`vcluster.loft.sh/managed-by=${names.release}`);
  const list = (kind: string, path: string) =>
    host.list<Listed>(`${path}?labelSelector=${selector}`).catch((error: unknown) => {
      // Not every host has this kind.
      if (kind === "VolumeSnapshot" && error instanceof HostError && error.status === 404) return [];
      throw error;
    });
  const found: RefusedObject[] = [];
  let selecting: string[] = [];
  for (const [kind, at] of Object.entries(KINDS)) {
    const path = at.replace(/[^/]+$/, `namespaces/${names.namespace}/$&`);
    const all = await list(kind, path);
    if (kind === "Service") selecting = all.filter(({ spec }) => spec?.["selector"]).map(nameOf);
    const objects = all.filter((object) => !isOfHost(kind, object, selecting));
    for (let start = 0; start < objects.length; start += AT_ONCE) {
      const some = objects.slice(start, start + AT_ONCE);
      const reasons = await Promise.all(some.map((object) => refusal(syncer, path, object)));
      found.push(
        ...some.flatMap((object, index) => {
          const reason = reasons[index];
          return reason === undefined ? [] : [{ kind, name: nameOf(object), reason }];
        }),
      );
    }
  }
  return found;
}

/** True for what controllers of the host make of synced objects, whose labels and annotations they copy. */
function isOfHost(kind: string, object: Listed, selecting: readonly string[]): boolean {
  // Of a Service with a selector.
  if (kind === "Endpoints") return selecting.includes(nameOf(object));
  const copied = object.metadata?.annotations?.["vcluster.loft.sh/object-kind"] ?? "";
  return kind === "EndpointSlice" && !copied.endsWith("Kind=EndpointSlice");
}

async function refusal(
  syncer: Pick<HostClient, "create">,
  path: string,
  object: KubernetesObject,
): Promise<string | undefined> {
  try {
    await syncer.create(`${path}?dryRun=All`, asNew(object));
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // Who comes this far has passed every check: the name is taken, or the quota is used up.
    if (error.status === 409 || error.message.includes("exceeded quota")) return undefined;
    return refusalIn(error.message) ?? error.message;
  }
}

/** The object as it would be created. */
function asNew(object: Listed): object {
  const { name, namespace, labels, annotations, ownerReferences } = object.metadata ?? {};
  const metadata = { name, namespace, labels, annotations, ownerReferences };
  const whole = { ...object, metadata, status: undefined };
  if (object.spec === undefined) return whole;
  const spec = Object.entries(object.spec).filter(([key]) => !ASSIGNED.includes(key));
  const unassigned = spec.map(([key, value]) => [key, key === "ports" ? withoutNodePorts(value) : value]);
  return { ...whole, spec: Object.fromEntries(unassigned) as JsonObject };
}

function withoutNodePorts(ports: unknown): unknown {
  return Array.isArray(ports) ? ports.map((port: JsonObject) => ({ ...port, nodePort: undefined })) : ports;
}

function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? "";
}
