import { hostUid } from "../components/kubernetes/find-namespace";
import { SHARED_NAMESPACE } from "../components/kubernetes/annotations";
import {
  hasIdentity,
  hostProblems,
  IDENTITY_ANNOTATION,
  ownershipProblems,
  STACK_ANNOTATION,
} from "../components/kubernetes/ownership";
import type { HostClient, KubernetesObject } from "../host/client";
import { throwIfAny } from "../shared/errors";
import { getIn } from "../shared/json";
import type { Resource, State } from "./state";

/**
 * Namespaces of a state that the host has, and that are the state's own. A namesake on another host has their names too: names
 * alone are no reason to change anything.
 *
 * One without an identity, from before there were any, counts where its uid is the state's.
 *
 * @throws ConfigurationError `other-host` or `namespace-in-use`, as an update would
 */
export async function ownNamespaces(
  host: Pick<HostClient, "find">,
  stack: string,
  { deployment: { resources = [] } = {} }: State,
): Promise<string[]> {
  const randoms = resources.filter(({ type }) => type === "random:index/randomString:RandomString");
  const madeOn = randoms.map(({ outputs }) => getIn(outputs, "keepers", "host")).find(isText);
  const namespaces = resources.filter(isEnvironments);
  if (madeOn === undefined && namespaces.length === 0) return [];
  throwIfAny(stack, hostProblems(madeOn, await hostUid(host as HostClient)));
  const own: string[] = [];
  for (const { id = "", inputs, outputs } of namespaces) {
    const namespace = await host.find<KubernetesObject>(`/api/v1/namespaces/${id}`);
    if (namespace === undefined) continue;
    const marks = getIn(inputs, "metadata", "annotations");
    const identities = [getIn(marks, IDENTITY_ANNOTATION), ...randoms.map((random) => random.outputs?.["result"])];
    const found = namespace.metadata?.annotations?.[IDENTITY_ANNOTATION];
    const identity = found !== undefined && identities.includes(found) ? found : "";
    const madeBy = getIn(marks, STACK_ANNOTATION);
    const owner = { stack: isText(madeBy) ? madeBy : "", identity };
    throwIfAny(stack, ownershipProblems(id, { namespace: { ...namespace }, contents: [] }, owner));
    const { uid } = namespace.metadata ?? {};
    if (hasIdentity({ ...namespace }) || (uid !== undefined && uid === getIn(outputs, "metadata", "uid"))) own.push(id);
  }
  return own;
}

/** Not a namespace that environments copy from, which may be another environment's. */
function isEnvironments({ type, external = false, inputs }: Resource): boolean {
  const labels = getIn(inputs, "metadata", "labels");
  return type === "kubernetes:core/v1:Namespace" && !external && getIn(labels, SHARED_NAMESPACE) === undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
