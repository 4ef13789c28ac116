import { sourceNamespace } from "../shared/vcluster/sync-mappings";
import { asObject } from "./json";
import type { Vcluster } from "./vcluster";

/** One entry of `mappings.byName`: the host objects `source` are copied to `target` in the virtual cluster. */
export interface Mapping {
  /** `secrets` or `configMaps`. */
  readonly kind: MappedKind;
  readonly source: string;
  readonly target: unknown;
  /** Property path of the entry. */
  readonly path: string;
  /** Host namespace of the source; undefined for the environment's own. */
  readonly sourceNamespace: string | undefined;
}

const MAPPED_KINDS = ["secrets", "configMaps"] as const;
type MappedKind = (typeof MAPPED_KINDS)[number];

/** The kinds whose sync from the host is enabled. */
export function mappedKinds({ values }: Vcluster): MappedKind[] {
  return MAPPED_KINDS.filter((kind) => values.isOn(`sync.fromHost.${kind}.enabled`));
}

/** The mappings of these kinds; others have no effect. */
export function mappingsOf(vcluster: Vcluster): Mapping[] {
  return mappedKinds(vcluster).flatMap((kind) => {
    const path = `sync.fromHost.${kind}.mappings.byName`;
    const byName = asObject(vcluster.values.get(path));
    return Object.keys(byName).map((source) => ({
      kind,
      source,
      target: byName[source],
      path: `${vcluster.values.where(path)}[${JSON.stringify(source)}]`,
      sourceNamespace: sourceNamespace(source) || undefined,
    }));
  });
}
