import { SECTIONS, type Row } from "./model";
import { argocdRows } from "./rows/argocd";
import { capacityRows } from "./rows/capacity";
import { controlPlaneRows } from "./rows/control-plane";
import { credentialRows } from "./rows/credentials";
import { fromHostRows } from "./rows/from-host";
import { hostRows } from "./rows/host";
import { ingressRows } from "./rows/ingress";
import { isolationRows } from "./rows/isolation";
import { namespaceRows } from "./rows/namespaces";
import { releaseRows } from "./rows/release";
import { serviceRows } from "./rows/service";
import { tlsRows } from "./rows/tls";
import { toHostRows } from "./rows/to-host";
import { versionRows } from "./rows/versions";
import { volumeRows } from "./rows/volume";

/** Every check, in the order of the sections. */
export const ROWS: readonly Row[] = [
  ...hostRows,
  ...namespaceRows,
  ...controlPlaneRows,
  ...volumeRows,
  ...serviceRows,
  ...releaseRows,
  ...fromHostRows,
  ...toHostRows,
  ...ingressRows,
  ...tlsRows,
  ...argocdRows,
  ...isolationRows,
  ...capacityRows,
  ...credentialRows,
  ...versionRows,
];

/** Rows of each section. */
export function bySection<T extends { readonly row: Row } | Row>(all: readonly T[]): [string, T[]][] {
  const sectionOf = (one: T) => ("row" in one ? one.row.section : one.section);
  return Object.entries(SECTIONS)
    .map(([section, title]): [string, T[]] => [title, all.filter((one) => sectionOf(one) === section)])
    .filter(([, some]) => some.length > 0);
}
