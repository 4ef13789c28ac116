import { format, join, type Problem } from "../../shared/errors";
import { HOST_NAMESPACE_PATTERNS, HOST_NAMESPACES, namespaceOwner } from "../../shared/vcluster/host-namespaces";
import { mappingMistake, type MappingMistake, sourceNamespace, targetsOf } from "../../shared/vcluster/sync-mappings";

const FORMS =
  '"ns/*": "ns/*", "ns/name": "ns/name", "/name": "ns/name", or "": "ns" for the environment\'s own namespace';

/**
 * Problems in one map of `sync.secrets` or `sync.configMaps`.
 * @param own the environment's own namespace, which is created and deleted separately
 * @param others further namespaces that hold Secrets of the host, with what they belong to
 */
export function checkMappings(
  path: string,
  map: Record<string, string>,
  own: string,
  others: Readonly<Record<string, string>> = {},
): Problem[] {
  const reserved = { ...HOST_NAMESPACES, ...others };
  const targets = new Map<string, string>();
  return Object.entries(map).flatMap(([key, value]): Problem[] => {
    const here = join(path, key);
    const problem = checkMapping(key, value, own);
    if (problem !== undefined) {
      const fix = "write source and target in one of these forms";
      return [{ path: here, code: "mapping-invalid", problem, allowed: FORMS, fix }];
    }
    const source = sourceNamespace(key);
    const owner = namespaceOwner(source, reserved);
    if (owner !== undefined) {
      return [
        {
          path: here,
          code: "mapping-source-reserved",
          problem: `namespace ${format(source)} holds Secrets of ${owner}, which tenants could read`,
          allowed: `a namespace other than ${[...Object.keys(reserved), ...HOST_NAMESPACE_PATTERNS].join(", ")}`,
          fix: "copy what environments need into a namespace made for sharing, and map that",
        },
      ];
    }
    const written = targetsOf(key, value);
    const target = written.find((item) => targets.has(item));
    if (target === undefined) {
      for (const item of written) targets.set(item, key);
      return [];
    }
    return [
      {
        path: here,
        code: "mapping-target-duplicate",
        problem: `target ${format(target)} is also the target of ${format(targets.get(target))}, and both would overwrite each other`,
        allowed: "one source for each target",
        fix: "map one of them to another namespace or name",
      },
    ];
  });
}

function checkMapping(key: string, value: string, own: string): string | undefined {
  const mistake = mappingMistake(key, value);
  if (mistake !== undefined) return describe(mistake, key, value);
  const source = sourceNamespace(key);
  if (source === "" || source !== own) return undefined;
  return `source namespace ${format(source)} is the environment's own, which cannot be a source`;
}

function describe(mistake: MappingMistake, key: string, value: string): string {
  const mapping = `${format(key)}: ${format(value)}`;
  const [source, object] = key.split("/");
  const [target, name] = value.split("/");
  const descriptions: Record<MappingMistake, string> = {
    "source: slashes": `${mapping} has more than one slash on a side`,
    "target: slashes": `${mapping} has more than one slash on a side`,
    "source: no slash": `source ${format(key)} has no slash`,
    "target: no slash": `target ${format(value)} has no slash`,
    "source: namespace": `source namespace ${format(source)} is not a valid namespace name`,
    "source: whole own namespace": `source ${format(key)} selects the environment's whole namespace; write ""`,
    "source: object": `source object ${format(object)} is not a valid object name`,
    "target: one name for a namespace": `${mapping} maps a whole namespace to one name`,
    "target: object": `target object ${format(name)} is not a valid object name`,
    "target: namespace": `target namespace ${format(target)} is not a valid namespace name`,
  };
  return descriptions[mistake];
}
