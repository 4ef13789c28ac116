import { format, join, type Problem } from "../../shared/errors";
import { mappingMistake, type MappingMistake, parseMapping } from "../../shared/vcluster/sync-mappings";

const FORMS =
  '"ns/*": "ns/*", "ns/name": "ns/name", "/name": "ns/name", or "": "ns" for the environment\'s own namespace';

/**
 * Problems in one map of `sync.secrets` or `sync.configMaps`.
 * `own` is the environment's own namespace, which is created and deleted separately.
 */
export function checkMappings(path: string, map: Record<string, string>, own: string): Problem[] {
  const targets = new Map<string, string>();
  return Object.entries(map).flatMap(([key, value]): Problem[] => {
    const here = join(path, key);
    const problem = checkMapping(key, value, own);
    if (problem !== undefined) {
      const fix = "write source and target in one of these forms";
      return [{ path: here, code: "mapping-invalid", problem, allowed: FORMS, fix }];
    }
    const { target } = parseMapping(key, value);
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

function checkMapping(key: string, value: string, own: string): string | undefined {
  const mistake = mappingMistake(key, value);
  if (mistake !== undefined) return describe(mistake, key, value);
  const { source } = parseMapping(key, value);
  if (source === "" || source !== own) return undefined;
  return `source namespace ${format(source)} is the environment's own, which cannot be a source`;
}

function describe(mistake: MappingMistake, key: string, value: string): string {
  const line = `${format(key)}: ${format(value)}`;
  const [source, object] = key.split("/");
  const [target, name] = value.split("/");
  switch (mistake) {
    case "source: slashes":
    case "target: slashes":
      return `${line} has more than one slash on a side`;
    case "source: no slash":
      return `source ${format(key)} has no slash`;
    case "target: no slash":
      return `target ${format(value)} has no slash`;
    case "source: namespace":
      return `source namespace ${format(source)} is not a valid namespace name`;
    case "source: whole own namespace":
      return `source ${format(key)} selects the environment's whole namespace; write ""`;
    case "source: object":
      return `source object ${format(object)} is not a valid object name`;
    case "target: one name for a namespace":
      return `${line} maps a whole namespace to one name`;
    case "target: object":
      return `target object ${format(name)} is not a valid object name`;
    case "target: namespace":
      return `target namespace ${format(target)} is not a valid namespace name`;
  }
}
