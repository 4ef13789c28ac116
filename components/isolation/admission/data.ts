import type { Settings } from "../../config/defaults";
import { ifSet, list, type Rule, text, when } from "./rule";

const CLAIMS = ["persistentvolumeclaims"];

/** Types of Secrets that Kubernetes does not fill in itself: a service account token would be one of the host. */
const SECRET_TYPES = [
  "Opaque",
  "kubernetes.io/basic-auth",
  "kubernetes.io/dockercfg",
  "kubernetes.io/dockerconfigjson",
  "kubernetes.io/ssh-auth",
  "kubernetes.io/tls",
  "helm.sh/release.v1",
];

/** What claims, snapshots, Secrets and ConfigMaps may be. */
export function dataRules(env: Settings): Rule[] {
  const { allow, objectLimits } = env.isolation;
  // The second form is that of a name that the syncer had to shorten.
  const synced = text(`(-x-${env.names.release}|^.{52}-[0-9a-f]{10})$`);
  const source = (field: string, more = "") => ({
    kinds: CLAIMS,
    onCreate: true,
    allows: ifSet(
      `object.spec.${field}`,
      `object.spec.${field}.kind in ['PersistentVolumeClaim', 'VolumeSnapshot'] && object.spec.${field}.name.matches(${synced})${more}`,
    ),
    message: "claims are filled from claims and snapshots of the virtual cluster",
  });
  const types = [...SECRET_TYPES, ...allow.secretTypes];
  const bytes = (field: string) =>
    `(has(object.${field}) ? object.${field}.map(k, size(object.${field}[k])).sum() : 0)`;
  return [
    {
      name: "claim-volume",
      kinds: CLAIMS,
      field: "spec.volumeName",
      allows: "object.spec.volumeName == ''",
      message: "claims do not name their volume: any of the host could be meant",
    },
    {
      name: "claim-selector",
      kinds: CLAIMS,
      onCreate: true,
      allows: "!has(object.spec.selector)",
      message: "claims do not select among volumes of the host",
    },
    { name: "claim-source", ...source("dataSource") },
    { name: "claim-source-reference", ...source("dataSourceRef", " && !has(object.spec.dataSourceRef.namespace)") },
    ...when(allow.storageClasses.length > 0, {
      name: "claim-storage-class",
      kinds: CLAIMS,
      onCreate: true,
      allows: `has(object.spec.storageClassName) && object.spec.storageClassName in ${list(allow.storageClasses)}`,
      message: `claims have the storage class ${allow.storageClasses.join(" or ")}`,
      key: "isolation.allow.storageClasses",
    }),
    {
      name: "snapshot-content",
      kinds: ["snapshot.storage.k8s.io/volumesnapshots"],
      onCreate: true,
      allows: "!has(object.spec.source.volumeSnapshotContentName)",
      message: "snapshots are of claims: contents of the host are others' snapshots",
    },
    {
      name: "secret-type",
      kinds: ["secrets"],
      onCreate: true,
      allows: ifSet("object.type", `object.type in ${list(types)}`),
      message: `secrets are of the types ${types.join(", ")}`,
      key: "isolation.allow.secretTypes",
    },
    {
      name: "data-size",
      kinds: ["secrets", "configmaps"],
      allows: `${bytes("data")} + ${bytes("binaryData")} <= ${objectLimits.dataBytes}`,
      message: `secrets and configmaps have at most ${objectLimits.dataBytes} bytes, as they stand in JSON`,
      key: "isolation.objectLimits.dataBytes",
    },
  ];
}
