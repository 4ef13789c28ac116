import { type Problem, format, join } from "../errors";
import { isLabel, isSubdomain } from "../rfc1123";

/** One line of a `sync.fromHost.*.mappings.byName` map. */
interface Mapping {
  /** Namespace on the host; empty for the environment's own. */
  readonly source: string;
  /** Target inside: `ns/*` or `ns/name`. */
  readonly target: string;
}

const FORMS =
  '"ns/*": "ns/*", "ns/name": "ns/name", "/name": "ns/name", or "": "ns" for the environment\'s own namespace';

/** Host namespaces that mappings read from, sorted; the environment's own is not among them. */
export function sourceNamespaces(...maps: Record<string, string>[]): string[] {
  const sources = maps.flatMap((map) => Object.entries(map).map(([key, value]) => parse(key, value).source));
  return [...new Set(sources)].filter((source) => source !== "").sort();
}

/**
 * Problems in one map, by the rules of the syncer (vCluster's `pkg/config/validation.go` and its translator).
 * `own` is the environment's own namespace, which is created and deleted separately.
 */
export function checkMappings(path: string, map: Record<string, string>, own: string): Problem[] {
  const targets = new Map<string, string>();
  return Object.entries(map).flatMap(([key, value]): Problem[] => {
    const here = join(path, key);
    const problem = checkMapping(key, value, own);
    if (problem !== undefined) {
      return [
        {
          path: here,
          code: "mapping-invalid",
          problem,
          allowed: FORMS,
          fix: "write source and target in one of these forms",
        },
      ];
    }
    const { target } = parse(key, value);
    const other = targets.get(target);
    targets.set(target, key);
    if (other === undefined) return [];
    return [
      {
        path: here,
        code: "mapping-target-duplicate",
        problem: `target ${format(target)} is also the target of ${format(other)}, and both would overwrite each other`,
        allowed: "one source for each target",
        fix: "map one of them to another namespace or name",
      },
    ];
  });
}

/** Precondition: the mapping is valid, or at least has a namespace before the first slash. */
function parse(key: string, value: string): Mapping {
  const [source = "", object = ""] = key.split("/");
  const [namespace = "", name] = value.split("/");
  const all = name === undefined || (name === "*" && (object === "*" || object === ""));
  return { source, target: `${namespace}/${all ? "*" : name === "*" ? object : name}` };
}

function checkMapping(key: string, value: string, own: string): string | undefined {
  const line = `${format(key)}: ${format(value)}`;
  const [source = "", object, ...moreSource] = key.split("/");
  const [target = "", name, ...moreTarget] = value.split("/");
  if (moreSource.length > 0 || moreTarget.length > 0) return `${line} has more than one slash on a side`;
  if (key === "") {
    if (name !== undefined && name !== "*") return `${line} maps a whole namespace to one name`;
  } else {
    if (object === undefined) return `source ${format(key)} has no slash`;
    if (name === undefined) return `target ${format(value)} has no slash`;
    if (source !== "" && !isLabel(source)) return `source namespace ${format(source)} is not a valid namespace name`;
    if (source === own) return `source namespace ${format(source)} is the environment's own, which cannot be a source`;
    if (source === "" && object === "*")
      return `source ${format(key)} selects the environment's whole namespace; write ""`;
    if (object !== "*" && !isSubdomain(object)) return `source object ${format(object)} is not a valid object name`;
    if (object === "*" && name !== "*") return `${line} maps a whole namespace to one name`;
    if (name !== "*" && !isSubdomain(name)) return `target object ${format(name)} is not a valid object name`;
  }
  return isLabel(target) ? undefined : `target namespace ${format(target)} is not a valid namespace name`;
}
