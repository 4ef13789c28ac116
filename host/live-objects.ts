import type { HostClient, KubernetesObject } from "./client";
import type { JsonObject } from "../shared/json";

/** A kind in the discovery of a group's version. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** An object as it is declared. */
export interface ManifestObject extends KubernetesObject, JsonObject {}

/** An object as the host has it. */
export interface LiveObject {
  /** Where the API has it. */
  readonly url: string;
  readonly live: JsonObject;
}

/** Finds objects on the host; undefined for one that does not exist. The kinds are read once. */
export function liveObjects(api: HostClient, defaultNamespace: string) {
  const served = new Map<string, Promise<{ resources?: Resource[] } | undefined>>();
  return async ({ apiVersion = "v1", kind, metadata }: ManifestObject): Promise<LiveObject | undefined> => {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!served.has(root)) served.set(root, api.find(root));
    const { resources = [] } = (await served.get(root)) ?? {};
    const resource = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (resource === undefined) return undefined;
    const place = resource.namespaced ? `/namespaces/${metadata?.namespace ?? defaultNamespace}` : "";
    const url = `${root}${place}/${resource.name}/${metadata?.name ?? ""}`;
    const live = await api.find(url);
    return live && { url, live };
  };
}
