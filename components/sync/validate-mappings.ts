import { format, join, type Problem } from "../../shared/errors";
import { HOST_NAMESPACE_PATTERNS, HOST_NAMESPACES, namespaceOwner } from "../../shared/vcluster/host-namespaces";
import { MAPPING_FORMS, mappingMistake, sourceNamespace, targetsOf } from "../../shared/vcluster/sync-mappings";

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
    const source = sourceNamespace(key);
    const mistake =
      mappingMistake(key, value) ??
      (source === own ? "the source's namespace is the environment's own, which cannot be a source" : undefined);
    if (mistake !== undefined) {
      const problem = `${format(key)}: ${format(value)} is not a mapping: ${mistake}`;
      const fix = "write source and target in one of these forms";
      return [{ path: here, code: "mapping-invalid", problem, allowed: MAPPING_FORMS, fix }];
    }
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
