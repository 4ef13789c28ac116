import { list, type Rule, text } from "./rule";

/** What copies belong to: the Service of the control plane, and Secrets with a token their pod (vCluster 0.26 to 0.37). */
const OWNERS = ["Pod", "Service"];

/** Keys by which Argo CD finds the objects of an application, unless they have an owner. */
const TRACKING = [
  ["annotations", "oldAnnotations", "argocd.argoproj.io/tracking-id"],
  ["labels", "oldLabels", "argocd.argoproj.io/instance"],
  ["labels", "oldLabels", "app.kubernetes.io/instance"],
] as const;

/** What objects may belong to, which Kubernetes' garbage collector and Argo CD go by. */
export function ownerRules(): Rule[] {
  const owners = (object: string) =>
    `(has(${object}.metadata.ownerReferences) ? size(${object}.metadata.ownerReferences) : 0)`;
  // Helm or Argo CD makes objects without an owner, which the control plane may change.
  const hadNone = `request.operation == 'UPDATE' && ${owners("oldObject")} == 0`;
  const tracked = TRACKING.map(([now, before, key]) => {
    const [all, old, name] = [`variables.${now}`, `variables.${before}`, text(key)];
    return `(!(${name} in ${all}) || (${hadNone} && ${name} in ${old} && ${old}[${name}] == ${all}[${name}]))`;
  });
  const known = `o.apiVersion == 'v1' && o.kind in ${list(OWNERS)}`;
  const ofCopies = `${known} && !(has(o.blockOwnerDeletion) && o.blockOwnerDeletion == true)`;
  return [
    {
      name: "owners",
      field: "metadata.ownerReferences",
      allows: `object.metadata.ownerReferences.all(o, ${ofCopies})`,
      refuses:
        "owners (metadata.ownerReferences) that vCluster gives no object, and owners that could not be deleted before the object (blockOwnerDeletion),",
      refused: `object.metadata.ownerReferences.filter(o, !(${ofCopies})).map(o, ${known} ? o.kind + ' with blockOwnerDeletion' : o.apiVersion + ' ' + o.kind)`,
      allowed: `owners of the kinds ${OWNERS.join(" and ")} without blockOwnerDeletion`,
      keys: [],
    },
    {
      // An object of the whole host cannot belong to the control plane's Service, so that vCluster gives it no owner. The API server
      // takes none into a namespace without this field.
      name: "tracking-without-owner",
      allows: `!has(object.metadata.namespace) || ${owners("object")} > 0 || (${tracked.join(" && ")})`,
      refuses: `objects without an owner that Argo CD takes for those of an application (${TRACKING.map(([, , key]) => key).join(", ")})`,
      allowed: "these keys on objects with an owner, which vCluster gives every copy",
      keys: [],
    },
  ];
}
