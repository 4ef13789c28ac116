import { isEnabled, getPath, type JsonObject } from "../../shared/json";
import { sourceNamespaces } from "../../shared/vcluster/sync-mappings";
import { map } from "../objects";
import type { Snapshot, Subject } from "../snapshot";
import { listOf, METADATA, type Reader } from "./reader";

/** Mappings that the control plane runs with. */
export interface Mappings {
  readonly secrets: Readonly<Record<string, string>>;
  readonly configMaps: Readonly<Record<string, string>>;
}

/** By the values that the control plane runs with; none where they are unknown. */
export function mappingsOf(values: JsonObject | undefined): Mappings {
  const of = (kind: string) =>
    isEnabled(getPath(values ?? {}, `sync.fromHost.${kind}.enabled`))
      ? map(values, "sync", "fromHost", kind, "mappings", "byName")
      : {};
  return { secrets: of("secrets"), configMaps: of("configMaps") };
}

/** Whether a switch of the chart is on in the values that the control plane runs with. */
export function isOn({ read }: Pick<Snapshot, "read">, path: string): boolean {
  return isEnabled(getPath(read.state?.values ?? {}, path));
}

/** Reads the namespaces that the mappings read from, the environment's own among them. */
export async function readSources(reader: Reader, { names }: Subject): Promise<void> {
  if (reader.read.state?.values === undefined) {
    reader.leave("sources", "the values that the control plane runs with are unknown");
    return;
  }
  const { secrets, configMaps } = mappingsOf(reader.read.state.values);
  const own = [...Object.keys(secrets), ...Object.keys(configMaps)].some((key) => key === "" || key.startsWith("/"));
  const namespaces = [...sourceNamespaces({ ...secrets }, { ...configMaps }), ...(own ? [names.namespace] : [])];
  await reader.part("sources", () =>
    Promise.all(
      namespaces.map(async (name) => {
        const path = `/api/v1/namespaces/${name}`;
        const [found, ofSecrets, ofConfigMaps] = await Promise.all([
          reader.one(path),
          listOf(reader.host, `${path}/secrets`, undefined, METADATA),
          listOf(reader.host, `${path}/configmaps`, undefined, METADATA),
        ]);
        return { name, exists: found.length > 0, secrets: ofSecrets, configMaps: ofConfigMaps };
      }),
    ),
  );
}

/** Where a mapping writes an object of a namespace, as `namespace/name`; undefined for one that it does not copy. */
export function targetOf(
  mappings: Readonly<Record<string, string>>,
  namespace: string,
  name: string,
  own: string,
): string | undefined {
  for (const [key, value] of Object.entries(mappings)) {
    const [source = "", object = "*"] = key.split("/");
    const [target = "", renamed = "*"] = value.split("/");
    if ((source === "" ? own : source) !== namespace || (object !== "*" && object !== name)) continue;
    return `${target}/${renamed === "*" ? name : renamed}`;
  }
  return undefined;
}
