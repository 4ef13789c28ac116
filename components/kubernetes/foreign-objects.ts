import type { HostClient, KubernetesObject } from "../../host/client";
import { format, type Problem } from "../../shared/errors";
import type { ResolvedEnvironment } from "../config/resolved";
import { isMarked, OWNED_LAST } from "./annotations";
import type { Attempt } from "./attempt";
import { owned } from "./owned-by";

/**
 * Objects of others under the names of those that the environment's namespace owns, but for Argo CD's, which have a check of
 * their own: an update would overwrite them, and Kubernetes delete them after the namespace. The environment's own have its marks,
 * of which those of version 0.1.0 have one, or the namespace as their owner where the marks were changed by hand.
 */
export async function foreignObjects(api: HostClient, env: ResolvedEnvironment, attempt: Attempt): Promise<Problem[]> {
  const found = await Promise.all(
    owned(env)
      .filter(({ kind, made }) => made && kind !== "AppProject")
      .map(async (place) => {
        const object = await attempt(`the ${place.kind}`, api.find<KubernetesObject>(place.path));
        if (object === undefined || isMarked(object, OWNED_LAST) || isOwnedBy(object, env.names.namespace)) return [];
        return [place];
      }),
  );
  return found.flat().map(({ kind, name, namespace }) => ({
    path: "environment",
    code: "host-object-in-use",
    problem: `the ${kind} ${format(namespace === undefined ? name : `${namespace}/${name}`)} on the host was not made by this environment`,
    allowed: "a name that no such object on the host has",
    fix:
      "choose another environment; or, if nothing uses it any more, run " +
      `\`kubectl ${namespace === undefined ? "" : `-n ${namespace} `}delete ${kind.toLowerCase()} ${name}\``,
  }));
}

/** What to say of objects that could not be read. */
export function uncheckedWarning(unreadable: readonly string[]): string {
  const what = [...new Set(unreadable)].join(", ");
  return `Could not read ${what} on the host: whether another owner has objects of these names was not checked.`;
}

function isOwnedBy({ metadata }: KubernetesObject, namespace: string): boolean {
  return (metadata?.ownerReferences ?? []).some(({ kind, name }) => kind === "Namespace" && name === namespace);
}
