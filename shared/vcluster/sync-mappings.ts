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

/** The forms of a mapping, for messages. */
export const MAPPING_FORMS =
  '"ns/*": "ns/*", "ns/name": "ns/name", "/name": "ns/name", or "": "ns" for the environment\'s own namespace';

/**
 * The first mistake in a mapping, by the rules of the syncer; without its names, which the pack must not show where the
 * values are secret. Sources: vCluster 0.26, `pkg/config/validation.go` for the syntax,
 * `pkg/syncer/translator/from_config_translator.go` for the meaning. The validation accepts three forms that the
 * translator cannot use: the source `/*` and the target `*` of a source `/name` are taken literally, and an empty object
 * name on either side matches nothing.
 */
export function mappingMistake(key: string, value: string): string | undefined {
  const [source = "", object, ...moreSource] = key.split("/");
  const [target = "", name, ...moreTarget] = value.split("/");
  if (moreSource.length > 0) return "the source has more than one slash";
  if (moreTarget.length > 0) return "the target has more than one slash";
  if (key === "") {
    if (name !== undefined && name !== "*") return "the source is a whole namespace and the target one name";
  } else {
    if (object === undefined) return "the source has no slash";
    if (name === undefined) return "the target has no slash";
    if (source !== "" && !isLabel(source)) return "the source's namespace is not a valid name";
    if (source === "" && object === "*")
      return 'the source is the environment\'s whole namespace, which is written as ""';
    if (object !== "*" && !isSubdomain(object)) return "the source's object is not a valid name";
    if (object === "*" && name !== "*") return "the source is a whole namespace and the target one name";
    const star = name === "*" && source !== "";
    if (!star && !isSubdomain(name)) return "the target's object is not a valid name";
  }
  return isLabel(target) ? undefined : "the target's namespace is not a valid name";
}
