import { isLabel, isSubdomain } from "../rfc1123";

/** One line of a `sync.fromHost.*.mappings.byName` map. */
interface Mapping {
  /** Namespace on the host; empty for the environment's own. */
  readonly source: string;
  /** Target inside: `ns/*` or `ns/name`. */
  readonly target: string;
}

/** Host namespaces that mappings read from, sorted; the environment's own is not among them. */
export function sourceNamespaces(...maps: Record<string, string>[]): string[] {
  const sources = maps.flatMap((map) => Object.entries(map).map(([key, value]) => parseMapping(key, value).source));
  return [...new Set(sources)].filter((source) => source !== "").sort();
}

/** Precondition: the mapping is valid, or at least has a namespace before the first slash. */
export function parseMapping(key: string, value: string): Mapping {
  const [source = "", object = ""] = key.split("/");
  const [namespace = "", name] = value.split("/");
  const all = name === undefined || (name === "*" && (object === "*" || object === ""));
  return { source, target: `${namespace}/${all ? "*" : name === "*" ? object : name}` };
}

/** What is wrong with a mapping, and on which side of it. */
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
 * form, `pkg/syncer/translator/from_config_translator.go` for the meaning. The validation lets `/*` pass as a source, and
 * the translator then compares it with the name of each object, so it would map nothing: the own namespace is `""`.
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
    if (name !== "*" && !isSubdomain(name)) return "target: object";
  }
  return isLabel(target) ? undefined : "target: namespace";
}
