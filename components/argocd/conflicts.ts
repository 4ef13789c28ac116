import { type HostClient, HostError, type KubernetesObject, type Secret } from "../../host/client";
import { fromBase64 } from "../../shared/base64";
import { check, format, join, type Problem } from "../../shared/errors";
import { getIn, getPath, type JsonObject } from "../../shared/json";
import { ARGOCD_SECRET_TYPE, ENVIRONMENT_LABEL } from "../../shared/kubernetes";
import type { Settings } from "../config/defaults";
import { type Application, isOwnApplication } from "../jobs/argocd-api";
import { isMarked } from "../kubernetes/annotations";
import type { Attempt } from "../kubernetes/attempt";
import { applicationName, type Names } from "../names";

/** The cluster that Argo CD runs in, which is the environment's host, as destinations name it. */
export const HOST_IN_CLUSTER = "https://kubernetes.default.svc";

/** What Argo CD's namespace has under the environment's names. */
export interface ArgocdObjects {
  /** Argo CD's Secret of the cluster. */
  readonly argocdCluster: Secret | undefined;
  /** Other Secrets of clusters that have the cluster's name in them; undefined where those were not read. */
  readonly argocdNamesakes?: readonly string[] | undefined;
  readonly argocdProject: KubernetesObject | undefined;
  readonly argocdApplications: readonly Application[];
  /** The Application that installs the chart, with `delivery: argocd`. */
  readonly delivering: JsonObject | undefined;
}

/**
 * Objects of others in Argo CD's namespace: an update would overwrite them, and a destroy delete them, with what they
 * deployed.
 *
 * An Application is the environment's by its label, as one of another environment can have the same name. Of the others,
 * whose name is the environment's, every object that was made for it has our annotations. What leads to the environment's
 * cluster is its own in any case: it may be from before the marks, or left over from a namespace that was deleted by hand.
 */
export function argocdConflicts(env: Settings, found: ArgocdObjects): Problem[] {
  const { names, argocd, environment } = env;
  const { namespace } = names;
  const destination = getPath(found.delivering ?? {}, "spec.destination");
  const delivers = getIn(destination, "namespace") === namespace && isOwnCluster(destination);
  const delivery = clusterObject("Application", found.delivering, delivers, argocd.namespace, names.release);
  if (!argocd.register) return delivery;
  const cluster = { name: names.argocdCluster, server: names.inClusterUrl };
  const { argocdCluster, argocdProject } = found;
  const server = Buffer.from(argocdCluster?.data?.["server"] ?? "", "base64").toString();
  const destinations = getPath((argocdProject ?? {}) as JsonObject, "spec.destinations");
  const projectIsOwn =
    Array.isArray(destinations) &&
    destinations.length > 0 &&
    destinations.every((destination) => getIn(destination, "server") === cluster.server);
  const applications = Object.keys(env.applications).flatMap((key) => {
    const name = applicationName(key, environment);
    const application = found.argocdApplications.find(({ metadata }) => metadata?.name === name);
    if (application === undefined || isOwnApplication(application, environment, cluster)) return [];
    const other = application.metadata?.labels?.[ENVIRONMENT_LABEL];
    return [
      {
        path: join("applications", key),
        code: "argocd-object-in-use",
        problem:
          `the Application ${format(`${argocd.namespace}/${name}`)} on the host ` +
          (other === undefined ? "was not made by this environment" : `belongs to the environment ${format(other)}`),
        allowed: "a name that no other Application in Argo CD's namespace has",
        fix:
          "choose another name for the application. If `pulumi stack --show-urns` lists this one, first run " +
          "`pulumi state delete '<urn>' --target-dependents`, or the update deletes it with what it deployed. To give it to this " +
          `environment, run \`kubectl -n ${argocd.namespace} label application ${name} --overwrite ${ENVIRONMENT_LABEL}=${environment}\``,
      },
    ];
  });
  return [
    ...delivery,
    ...clusterObject("AppProject", argocdProject, projectIsOwn, argocd.namespace, cluster.name),
    ...clusterObject("Secret", argocdCluster, server === cluster.server, argocd.namespace, cluster.name),
    ...(found.argocdNamesakes ?? []).map((secret) => ({
      path: "environment",
      code: "argocd-object-in-use",
      problem:
        `the Secret ${format(`${argocd.namespace}/${secret}`)} on the host registers another cluster with the name ` +
        `${format(cluster.name)}: Argo CD deploys no Application by a name that two clusters have`,
      allowed: "a name that no other cluster in Argo CD has",
      fix: `choose another environment; or give that cluster another name: \`${renameCluster(argocd.namespace, secret)}\``,
    })),
    ...applications,
  ];
}

/** Whether a destination is the cluster that Argo CD runs in, whose name is `in-cluster` unless Argo CD is told another one. */
function isOwnCluster(destination: unknown): boolean {
  const server = getIn(destination, "server");
  return server === HOST_IN_CLUSTER || (server === undefined && getIn(destination, "name") === "in-cluster");
}

/** An object in Argo CD's namespace whose name contains the environment's. */
function clusterObject(
  kind: string,
  object: KubernetesObject | undefined,
  own: boolean,
  namespace: string,
  name: string,
): Problem[] {
  return check(object === undefined || own || isMarked(object), {
    path: "environment",
    code: "argocd-object-in-use",
    problem: `the ${kind} ${format(`${namespace}/${name}`)} on the host was not made by this environment`,
    allowed: "a name that nothing else in Argo CD's namespace has",
    fix: `choose another environment; or, if nothing uses it any more, run \`kubectl -n ${namespace} delete ${kind.toLowerCase()} ${name}\``,
  });
}

/** Command that gives a cluster in Argo CD the name of its Secret, which is unique. */
export function renameCluster(namespace: string, secret: string): string {
  return `kubectl -n ${namespace} patch secret ${secret} --type merge -p '{"stringData":{"name":"${secret}"}}'`;
}

/** What `unreadable` calls Argo CD's Secret of the cluster. */
export const ARGOCD_CLUSTER = "Argo CD's cluster";
/** The same of the Secrets of all clusters. Not a longer form of the other: those who look for one by its start find only that. */
const ARGOCD_CLUSTERS = "all clusters of Argo CD";

interface ReadSettings {
  readonly names: Pick<Names, "argocdCluster">;
  readonly argocd: { readonly namespace: string; readonly register?: boolean };
  readonly environment?: string;
  readonly applications?: Settings["applications"];
}

/**
 * Names of the Secrets in Argo CD's namespace that register a cluster with the environment's name, but for its own. Argo CD goes
 * by the name in the data, which Kubernetes does not keep unique.
 */
export async function readNamesakes(
  api: HostClient,
  { argocdCluster }: Pick<Names, "argocdCluster">,
  namespace: string,
): Promise<string[]> {
  const selector = encodeURIComponent(`${ARGOCD_SECRET_TYPE}=cluster`);
  const secrets = await api.list<Secret>(`/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`);
  return secrets
    .filter(({ data }) => fromBase64(data?.["name"]) === argocdCluster)
    .map(({ metadata }) => metadata?.name ?? "")
    .filter((name) => name !== argocdCluster);
}

/** The same; undefined where an account may read the one Secret and not all of them. */
async function readNamesakesIfAllowed(...args: Parameters<typeof readNamesakes>): Promise<string[] | undefined> {
  try {
    return await readNamesakes(...args);
  } catch (error) {
    if (error instanceof HostError && [403, 404].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

/** Reads, at the same time, what Argo CD's namespace has under the environment's names, but for what installs the chart. */
export async function readArgocdObjects(
  api: HostClient,
  { names, argocd, environment, applications = {} }: ReadSettings,
  attempt: Attempt,
): Promise<Omit<ArgocdObjects, "delivering">> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${argocd.namespace}`;
  const own = argocd.register && environment !== undefined ? Object.keys(applications) : [];
  const [argocdCluster, argocdNamesakes, argocdProject, argocdApplications] = await Promise.all([
    attempt(ARGOCD_CLUSTER, api.find<Secret>(`/api/v1/namespaces/${argocd.namespace}/secrets/${names.argocdCluster}`)),
    argocd.register ? attempt(ARGOCD_CLUSTERS, readNamesakesIfAllowed(api, names, argocd.namespace)) : undefined,
    argocd.register
      ? attempt("the AppProject", api.find<KubernetesObject>(`${path}/appprojects/${names.argocdCluster}`))
      : undefined,
    Promise.all(
      own.map((key) =>
        attempt(
          "the environment's Applications",
          api.find<Application>(`${path}/applications/${applicationName(key, environment ?? "")}`),
        ),
      ),
    ),
  ]);
  return {
    argocdCluster,
    argocdNamesakes,
    argocdProject,
    argocdApplications: argocdApplications.filter((application) => application !== undefined),
  };
}
