import { type ArgocdObjects, readArgocdObjects } from "../components/argocd/conflicts";
import type { Settings } from "../components/config/defaults";
import { findNamespace } from "../components/kubernetes/find-namespace";
import { type FoundNamespace, isIdentified, isOwn, type Owner } from "../components/kubernetes/ownership";
import { configSecretName, environmentNames, type Names, volumeClaims } from "../components/names";
import { type HostClient, HostError, isTransient } from "../host/client";
import { getIn, getPath, isPlainObject, type JsonObject } from "../shared/json";
import { minorOf } from "../shared/vcluster/versions";
import type { RunningState } from "./changes";
import { type DeletedClaim, type HostnameClaim, hostsOfRule } from "./conflicts";
import { configIn, readRelease, type RecordProblems, type ReleaseState } from "./release";
import { ENVIRONMENT_LABEL } from "../shared/kubernetes";

/** What the host has of an environment before anything is changed. */
export interface HostState extends RunningState, ArgocdObjects {
  /** Host names that ingresses and routes of the whole host have. */
  readonly claims: readonly HostnameClaim[];
  /** What Argo CD reports of an Application that delivers the control plane and is not Synced and Healthy. */
  readonly unhealthyApplications: readonly string[];
  /** Claims of volumes with the virtual cluster's objects that have been deleted and are there as long as their pods. */
  readonly deletedClaims: readonly DeletedClaim[];
  /** Helm's release; undefined where there is none. */
  readonly release: ReleaseState | undefined;
  /** What Helm would see instead; undefined where Helm does not deliver the control plane, or its records were not read. */
  readonly records?: RecordProblems | undefined;
  /** Whether the Secret that the control plane writes its certificates to is there; undefined where that is not known. */
  readonly hasCertificates: boolean | undefined;
  /** The namespace that the host has under the environment's name, regardless of its owner. */
  readonly found: FoundNamespace;
  /** Whether any environment's namespace has the owner's identity, such as under the environment's name before. */
  readonly identified: boolean;
  /** Minor version of the host's Kubernetes; undefined where it is not known. */
  readonly kubernetes: string | undefined;
  /** What could not be read, each with the status of the answer. */
  readonly unreadable: readonly string[];
  /** Of that, what is needed and no lack of permission: the host's API is overloaded or faulty. */
  readonly unanswered: readonly string[];
  /** False for a user who may not read Secrets in the environment's namespace, such as a preview's in CI. */
  readonly mayReadSecrets: boolean;
}

/** What `unreadable` calls the environment's namespace. */
export const NAMESPACE = "the namespace";
/** What `unreadable` calls the claims of volumes. */
export const VOLUME_CLAIM = "the volume claim";
/** What `unreadable` calls the release. */
const RELEASE = "the Helm release";
/** What names the Secret with the running values. */
const VALUES = "the running values";

/** A kind of object that claims host names. */
interface Route {
  readonly kind: string;
  readonly path: string;
  readonly hosts: (spec: JsonObject) => unknown[];
}

/** A host without one of these kinds answers 404, and has none of them. */
const ROUTES: readonly Route[] = [
  {
    kind: "Ingress",
    path: "/apis/networking.k8s.io/v1/ingresses",
    hosts: (spec) => items(spec, "rules").map((rule) => rule["host"]),
  },
  {
    kind: "IngressRouteTCP",
    path: "/apis/traefik.io/v1alpha1/ingressroutetcps",
    hosts: (spec) => items(spec, "routes").flatMap((route) => hostsOfRule(String(route["match"]))),
  },
  ...["v1", "v1alpha3", "v1alpha2"].map((version) => ({
    kind: "TLSRoute",
    path: `/apis/gateway.networking.k8s.io/${version}/tlsroutes`,
    hosts: (spec: JsonObject) => (Array.isArray(spec["hostnames"]) ? (spec["hostnames"] as unknown[]) : []),
  })),
];

type ReadSettings = Pick<Settings, "names" | "delivery"> &
  Partial<Pick<Settings, "environment" | "applications">> & {
    readonly argocd: { readonly namespace: string; readonly register?: boolean };
    readonly controlPlane: { readonly replicas: number };
  };

/**
 * Reads from the host, everything at once, what concerns the environment and the other environments of the owner.
 *
 * @param env with `argocd.register`, the environment's objects in Argo CD are read as well
 * @param known the owner, who need not be known before all that does not depend on it is read
 */
export async function readHost(
  api: HostClient,
  { environment, names, delivery, argocd, applications: configured = {}, controlPlane: { replicas } }: ReadSettings,
  known: Owner | Promise<Owner>,
): Promise<HostState> {
  const unreadable: string[] = [];
  const unanswered: string[] = [];
  const attempt = async <T>(what: string, reading: Promise<T>, required = true): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof HostError)) {
        if (required) throw error;
        // An odd object of a tenant. No message: it may quote the object.
        unreadable.push(`${what} (${error instanceof Error ? error.name : "error"})`);
        return undefined;
      }
      const busy = isTransient(error);
      if (error.status === undefined && (required || !busy)) throw error;
      unreadable.push(`${what} (${error.status ?? error.code})`);
      if (required && busy) unanswered.push(`${what} (${error.status}: ${error.message})`);
      return undefined;
    }
  };
  const read = (what: string, path: string) => attempt(what, api.find(path));
  const own = `/api/v1/namespaces/${names.namespace}`;
  const [
    found,
    namespaces,
    statefulSet,
    config,
    helm,
    volumes,
    hasCertificates,
    argocdObjects,
    applications,
    storageClasses,
    version,
    ...routes
  ] = await Promise.all([
    attempt(NAMESPACE, findNamespace(api, names.namespace)),
    read("namespaces", `/api/v1/namespaces?labelSelector=${encodeURIComponent(ENVIRONMENT_LABEL)}`),
    read("the StatefulSet", statefulSetPath(names)),
    read(VALUES, `${own}/secrets/${configSecretName(names.release)}`),
    delivery === "helm" ? attempt(RELEASE, readRelease(api, names)) : undefined,
    Promise.all(
      // A majority of etcd's volumes has every object.
      volumeClaims(names, replicas)
        .slice(0, replicas)
        .map((claim) => read(VOLUME_CLAIM, `${own}/persistentvolumeclaims/${claim}`)),
    ),
    attempt(
      "the certificates",
      api.find(`${own}/secrets/${names.certificates}`).then((found) => found !== undefined),
    ),
    readArgocdObjects(api, { names, argocd, applications: configured, ...(environment && { environment }) }, attempt),
    delivery === "argocd" ? read("Applications", applicationsPath(names)) : undefined,
    read("storage classes", "/apis/storage.k8s.io/v1/storageclasses"),
    read("the host's version", "/version"),
    // Of the whole host, which may have any number of them. A kind whose conversion webhook is broken never answers.
    ...ROUTES.map((route) => attempt(`${route.kind} objects`, readClaims(api, route), false)),
  ]);

  // As Helm wrote them: what others have changed in the Secret is drift, which an update restores.
  const values = helm?.release?.running ?? configIn(config);
  const unparsed = helm?.release?.unparsed;
  if (unparsed !== undefined) unreadable.push(`${RELEASE} (no YAML: the manifest in ${unparsed})`);
  if (config !== undefined && values === undefined) unreadable.push(`${VALUES} (no YAML)`);
  const owner = await known;
  const labelled = items(namespaces, "items");
  const ofStack = labelled.filter(
    (other) => isOwn(other, owner) && getPath(other, "metadata.name") !== names.namespace,
  );
  const others = await Promise.all(
    ofStack.map(async ({ metadata }) => {
      const environment = String(getIn(metadata, "labels", ENVIRONMENT_LABEL));
      const path = statefulSetPath(environmentNames(environment, ""));
      return (await read("another StatefulSet", path)) === undefined ? [] : [environment];
    }),
  );
  const delivering = items(applications, "items");
  const volumeClaim = volumes.find((claim) => claim !== undefined);
  return {
    others: others.flat(),
    statefulSet,
    values,
    expandable: isExpandable(volumeClaim, storageClasses),
    release: helm?.release,
    records: helm?.records,
    volumeClaim,
    deletedClaims: volumes.flatMap((claim) => {
      const since = getPath(claim ?? {}, "metadata.deletionTimestamp");
      return typeof since === "string" ? [{ name: String(getPath(claim ?? {}, "metadata.name")), since }] : [];
    }),
    hasCertificates,
    ...argocdObjects,
    delivering: delivering.find((application) => getPath(application, "metadata.namespace") === argocd.namespace),
    found: found ?? { namespace: undefined, contents: [] },
    identified: labelled.some((other) => isIdentified(other, owner.identity)),
    applicationsIn: delivering.map((application) => String(getPath(application, "metadata.namespace"))),
    unhealthyApplications: delivering.flatMap(describeHealth),
    claims: routes.flatMap((claims = []) => claims),
    kubernetes: minorOf(String(version?.["gitVersion"])),
    unreadable: [...new Set(unreadable)],
    unanswered: [...new Set(unanswered)],
    mayReadSecrets: !unreadable.includes(`${VALUES} (403)`),
  };
}

function statefulSetPath({ namespace, release }: Names): string {
  return `/apis/apps/v1/namespaces/${namespace}/statefulsets/${release}`;
}

/** Argo CD is in any namespace. */
function applicationsPath({ release }: Names): string {
  return `/apis/argoproj.io/v1alpha1/applications?fieldSelector=${encodeURIComponent(`metadata.name=${release}`)}`;
}

/** Sync and health of an Application; none for one that is Synced and Healthy, or that Argo CD has not compared yet. */
function describeHealth(application: JsonObject): string[] {
  const { status } = application;
  if (!isPlainObject(status)) return [];
  const state = [getPath(status, "sync.status"), getPath(status, "health.status")].map(String).join(", ");
  if (state === "Synced, Healthy") return [];
  const messages = [
    getPath(status, "operationState.message"),
    ...items(status, "conditions").map(({ message }) => message),
  ];
  const reported = messages.filter((message) => typeof message === "string").join("; ");
  return [`${qualifiedName(application)}: ${state}. ${reported}`];
}

/** Whether the storage class of a claim lets it grow; undefined where that is not known. */
function isExpandable(claim: JsonObject | undefined, classes: JsonObject | undefined): boolean | undefined {
  if (claim === undefined || classes === undefined) return undefined;
  const name = getPath(claim, "spec.storageClassName");
  const found = items(classes, "items").find((one) => getPath(one, "metadata.name") === name);
  return found?.["allowVolumeExpansion"] === true;
}

/** The objects of a kind that the host does not have. */
function noneOf(error: unknown): JsonObject[] {
  if (error instanceof HostError && error.status === 404) return [];
  throw error;
}

/** The host names that the objects of a kind claim. */
async function readClaims(api: HostClient, route: Route): Promise<HostnameClaim[]> {
  const objects = await api.list(route.path).catch(noneOf);
  return objects.flatMap((object) => {
    const hosts = isPlainObject(object["spec"]) ? route.hosts(object["spec"]) : [];
    const namespace = String(getPath(object, "metadata.namespace"));
    return hosts
      .filter((host) => typeof host === "string" && host !== "")
      .map((host) => ({ host: String(host), namespace, by: `${route.kind} ${qualifiedName(object)}` }));
  });
}

function qualifiedName(object: JsonObject): string {
  return `${String(getPath(object, "metadata.namespace"))}/${String(getPath(object, "metadata.name"))}`;
}

/** The objects in a list; none where there is no list. */
function items(tree: JsonObject | undefined, key: string): JsonObject[] {
  const list = getIn(tree, key);
  return Array.isArray(list) ? list.filter(isPlainObject) : [];
}
