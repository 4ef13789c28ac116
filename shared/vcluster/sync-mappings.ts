import { isLabel, isSubdomain } from "../rfc1123";

/** Host namespaces that mappings read from, sorted; the environment's own is not among them. */
export function sourceNamespaces(...maps: Record<string, string>[]): string[] {
  const sources = maps.flatMap((map) => Object.keys(map).map(sourceNamespace));
  return [...new Set(sources)].filter((source) => source !== "").sort();
}

/** Namespace on the host that a mapping reads from; empty for the environment's own. */
export function sourceNamespace(key: string): string {
  return key.split("/")[0] ?? "";
}

/**
 * What a valid mapping writes in the virtual cluster, as `namespace/*` and `namespace/name`. Two mappings of one kind
 * must not share a target: the syncer looks sources up by the target, and finds one of the two.
 */
export function targetsOf(key: string, value: string): string[] {
  const [namespace = "", name = "*"] = value.split("/");
  const object = key.split("/")[1] ?? "*";
  return [...new Set([`${namespace}/${name}`, `${namespace}/${name === "*" ? object : name}`])];
}

/** What is wrong with a mapping, and on which side. */
export type MappingMistake =
  | "source: slashes"
  | "source: no slash"
  | "source: namespace"
  | "source: whole own namespace"
  | "source: object"
  | "target: slashes"
  | "target: no slash"
  | "target: one name for a namespace"
  | "target: object"
  | "target: namespace";

/**
 * The first mistake in a mapping, by the rules of the syncer. Sources: vCluster 0.26, `pkg/config/validation.go` for the
 * syntax, `pkg/syncer/translator/from_config_translator.go` for the meaning. The validation accepts three forms that the
 * translator cannot use: the source `/*` and the target `*` of a source `/name` are taken literally, and an empty object
 * name on either side matches nothing.
 */
export function mappingMistake(key: string, value: string): MappingMistake | undefined {
  const [source = "", object, ...moreSource] = key.split("/");
  const [target = "", name, ...moreTarget] = value.split("/");
  if (moreSource.length > 0) return "source: slashes";
  if (moreTarget.length > 0) return "target: slashes";
  if (key === "") {
    if (name !== undefined && name !== "*") return "target: one name for a namespace";
  } else {
    if (object === undefined) return "source: no slash";
    if (name === undefined) return "target: no slash";
    if (source !== "" && !isLabel(source)) return "source: namespace";
    if (source === "" && object === "*") return "source: whole own namespace";
    if (object !== "*" && !isSubdomain(object)) return "source: object";
    if (object === "*" && name !== "*") return "target: one name for a namespace";
    const star = name === "*" && source !== "";
    if (!star && !isSubdomain(name)) return "target: object";
  }
  return isLabel(target) ? undefined : "target: namespace";
}
