import { IDENTITY_ANNOTATION, STACK_ANNOTATION } from "../components/kubernetes/ownership";
import { environmentNames } from "../components/names";
import { type HostClient, HostError, type KubernetesObject } from "../host/client";
import { CodedError } from "../shared/coded";
import { ENVIRONMENT_LABEL } from "../shared/kubernetes";
import type { Resource, State } from "./state";
import type { Target } from "./target";

/**
 * Looks whether an environment's namespace is still there after a destroy: a run on another host may have dropped it from the
 * state, and Pulumi deletes, and reports, only what the state has.
 *
 * @param resources of the state before the destroy; afterwards it has no identity any more
 * @param retain the configuration's `persistence.retain`, for a namespace that is not in the state
 * @throws Error that names the namespace, and what to do
 */
export async function checkDestroyed(
  host: HostClient,
  { stack, environment }: Pick<Target, "stack" | "environment">,
  resources: readonly Resource[],
  retain: boolean,
  log: (line: string) => void = console.error,
): Promise<void> {
  const identities = resources.filter(({ type }) => type === RANDOM_STRING).map(({ outputs }) => outputs?.["result"]);
  const namespaces = resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
  const retained = namespaces.filter(({ retainOnDelete }) => retainOnDelete).map(({ id }) => id);
  const known = namespaces.map(({ id }) => id);
  const project = projectOf(resources);
  const isOwn = ({ metadata: { name, labels = {}, annotations = {}, deletionTimestamp } = {} }: KubernetesObject) => {
    if (deletionTimestamp !== undefined || retained.includes(name) || (retain && !known.includes(name))) return false;
    if (identities.length > 0) return identities.includes(annotations[IDENTITY_ANNOTATION]);
    const stackOf = annotations[STACK_ANNOTATION] ?? "";
    return labels[ENVIRONMENT_LABEL] === environment && stackOf.endsWith(`/${project}/${stack}`);
  };
  let left;
  try {
    const marked = `/api/v1/namespaces?labelSelector=${encodeURIComponent(ENVIRONMENT_LABEL)}`;
    left = (await host.list<KubernetesObject>(marked)).find(isOwn);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    log(`Whether the environment's namespace is gone was not checked: ${error.message}`);
    return;
  }
  if (left === undefined) return;
  const { name = "", labels = {} } = left.metadata ?? {};
  const { argocdCluster } = environmentNames(labels[ENVIRONMENT_LABEL] ?? environment, "");
  const doubt =
    identities.length > 0
      ? ""
      : " It is known by the stack's name only: make sure that no stack of another backend has it.";
  throw new CodedError(
    `Pulumi has nothing left to destroy, but the namespace ${name} of the stack ${stack} is still at ${host.server}, with its ` +
      `volume: the state had lost it, as after a run on another host.${doubt}\nFix: restore the version of the state before that run, ` +
      `from \`pulumi stack export --version\` or the backend's history, by \`pulumi stack import --stack ${stack}\`, and destroy ` +
      `again. Or delete it with all its data: \`kubectl delete namespace ${name}\`, and Argo CD's Secret ${argocdCluster}.`,
    "not-destroyed",
  );
}

/** What a state has of its environment; nothing for a stack that was destroyed before, or never brought up. */
export function resourcesIn({ deployment = {} }: State): Resource[] {
  return (deployment.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:"));
}

const RANDOM_STRING = "random:index/randomString:RandomString";

/** urn:pulumi:<stack>::<project>::<type>::<name> */
function projectOf(resources: readonly Resource[]): string {
  return resources.flatMap(({ urn }) => urn?.split("::")[1] ?? [])[0] ?? "";
}
