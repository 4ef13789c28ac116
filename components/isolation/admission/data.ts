import type { Settings } from "../../config/defaults";
import { ifSet, isUnchanged, list, type Rule, text, when } from "./rule";

const CLAIMS = ["persistentvolumeclaims"];

/** Class of a claim: empty for none, also where it is missing. */
const CLASS = "(has(object.spec.storageClassName) ? object.spec.storageClassName : '')";

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
    refuses: `other sources of claims (spec.${field})`,
    allowed: "claims and snapshots of the virtual cluster",
    keys: [],
  });
  const classes = allow.storageClasses.filter((name) => name !== "");
  const noClass = allow.storageClasses.includes("");
  const types = [...SECRET_TYPES, ...allow.secretTypes];
  const bytes = (field: string) =>
    `(has(object.${field}) ? object.${field}.map(k, size(object.${field}[k])).sum() : 0)`;
  const size = `${bytes("data")} + ${bytes("binaryData")}`;
  return [
    {
      name: "claim-volume",
      kinds: CLAIMS,
      field: "spec.volumeName",
      allows: "object.spec.volumeName == ''",
      refuses: "claims that name their volume (spec.volumeName), which may be another's,",
      refused: "[object.spec.volumeName]",
      allowed: "claims by class and size",
      keys: [],
    },
    {
      name: "claim-selector",
      kinds: CLAIMS,
      onCreate: true,
      allows: "!has(object.spec.selector)",
      refuses: "claims that select their volume by labels (spec.selector), which may be another's,",
      allowed: "claims by class and size",
      keys: [],
    },
    { name: "claim-source", ...source("dataSource") },
    { name: "claim-source-reference", ...source("dataSourceRef", " && !has(object.spec.dataSourceRef.namespace)") },
    // Kubernetes binds a claim without a class to any volume of the host that has none either and is free and large enough. A default
    // class is filled in by now, except for a claim whose class is the empty string.
    ...when(classes.length > 0, {
      ...ofClass(`${CLASS} in ${list([...classes, ...(noClass ? [""] : [])])}`),
      refuses: "other storage classes of claims",
      refused: `[${CLASS} == '' ? 'none' : ${CLASS}]`,
      allowed: [...classes, ...(noClass ? ["none"] : [])].join(", "),
    }),
    ...when(classes.length === 0 && !noClass, {
      ...ofClass(`${CLASS} != ''`),
      refuses: "claims without a storage class",
      allowed: "any class, by its name",
    }),
    {
      name: "snapshot-content",
      kinds: ["snapshot.storage.k8s.io/volumesnapshots"],
      onCreate: true,
      allows: "!has(object.spec.source.volumeSnapshotContentName)",
      refuses: "snapshots of existing contents (spec.source.volumeSnapshotContentName), which may be another's,",
      allowed: "snapshots of claims",
      keys: [],
    },
    {
      name: "secret-type",
      kinds: ["secrets"],
      onCreate: true,
      allows: ifSet("object.type", `object.type in ${list(types)}`),
      refuses: "secrets of other types",
      refused: "[object.type]",
      allowed: types.join(", "),
      keys: ["isolation.allow.secretTypes"],
    },
    {
      // Helm finds its records by these labels, not by name, and deletes at the next upgrade what the newest one lists. Where
      // HELM_DRIVER is configmap, they are ConfigMaps.
      name: "helm-record",
      kinds: ["secrets", "configmaps"],
      allows:
        `!object.metadata.name.matches(${text("^sh[.]helm[.]release[.]v1[.].*[.]v[0-9]+$")}) && ` +
        `!('owner' in variables.labels && variables.labels['owner'] == 'helm' && 'name' in variables.labels && ` +
        `variables.labels['name'] == ${text(env.names.release)})`,
      refuses: "Helm's records of the virtual cluster's own release",
      allowed: "records of releases with other names",
      keys: [],
    },
    {
      name: "data-size",
      kinds: ["secrets", "configmaps"],
      allows: `${size} <= ${objectLimits.dataBytes}`,
      refuses: "larger secrets and configmaps",
      refused: `[string(${size})]`,
      allowed: `up to ${objectLimits.dataBytes} bytes, as they stand in JSON`,
      keys: ["isolation.objectLimits.dataBytes"],
    },
  ];
}

function ofClass(passes: string) {
  return {
    name: "claim-storage-class",
    kinds: CLAIMS,
    allows: `(request.operation == 'UPDATE' && ${isUnchanged("spec.storageClassName")}) || ${passes}`,
    keys: ["isolation.allow.storageClasses"],
  };
}
