import { asObject } from "./json";
import type { Vcluster } from "./vcluster";

/** One entry of `mappings.byName`: host objects on the left appear in the virtual cluster as on the right. */
export interface Mapping {
  /** `secrets` or `configMaps`. */
  readonly kind: MappedKind;
  readonly source: string;
  readonly target: unknown;
  /** Property path of the entry. */
  readonly path: string;
  /** Host namespace of the source; undefined for the virtual cluster's own one. */
  readonly sourceNamespace: string | undefined;
}

const MAPPED_KINDS = ["secrets", "configMaps"] as const;
type MappedKind = (typeof MAPPED_KINDS)[number];

/** The kinds whose sync from the host is on. */
export function mappedKinds({ values }: Vcluster): MappedKind[] {
  return MAPPED_KINDS.filter((kind) => values.isOn(`sync.fromHost.${kind}.enabled`));
}

/** The mappings in force: those of kinds whose sync is off have no effect. */
export function mappingsOf(vcluster: Vcluster): Mapping[] {
  return mappedKinds(vcluster).flatMap((kind) => {
    const path = `sync.fromHost.${kind}.mappings.byName`;
    const byName = asObject(vcluster.values.get(path));
    return Object.keys(byName).map((source) => ({
      kind,
      source,
      target: byName[source],
      path: `${vcluster.values.where(path)}[${JSON.stringify(source)}]`,
      sourceNamespace: source.split("/")[0] || undefined,
    }));
  });
}
