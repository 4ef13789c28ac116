import type { HostClient, KubernetesObject, Secret } from "../../host/client";
import { check, format, join, type Problem } from "../../shared/errors";
import { getIn, getPath, type JsonObject } from "../../shared/json";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";
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

/** What `unreadable` calls Argo CD's Secret of the cluster. */
export const ARGOCD_CLUSTER = "Argo CD's cluster";

interface ReadSettings {
  readonly names: Pick<Names, "argocdCluster">;
  readonly argocd: { readonly namespace: string; readonly register?: boolean };
  readonly environment?: string;
  readonly applications?: Settings["applications"];
}

/** Reads, at the same time, what Argo CD's namespace has under the environment's names, but for what installs the chart. */
export async function readArgocdObjects(
  api: HostClient,
  { names, argocd, environment, applications = {} }: ReadSettings,
  attempt: Attempt,
): Promise<Omit<ArgocdObjects, "delivering">> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${argocd.namespace}`;
  const own = argocd.register && environment !== undefined ? Object.keys(applications) : [];
  const [argocdCluster, argocdProject, argocdApplications] = await Promise.all([
    attempt(ARGOCD_CLUSTER, api.find<Secret>(`/api/v1/namespaces/${argocd.namespace}/secrets/${names.argocdCluster}`)),
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
    argocdProject,
    argocdApplications: argocdApplications.filter((application) => application !== undefined),
  };
}
