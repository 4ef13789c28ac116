/**
 * Namespaces of a host that hold its own Secrets, by their usual names, with what holds them. A mapping brings what is in
 * them to every tenant of the environment, and gives the syncer the right to read all of it.
 */
export const HOST_NAMESPACES: Readonly<Record<string, string>> = {
  argocd: "Argo CD",
  "cert-manager": "cert-manager",
  "external-dns": "ExternalDNS",
  "external-secrets": "the External Secrets Operator",
  "haproxy-controller": "an ingress controller",
  "ingress-controller": "an ingress controller",
  "ingress-nginx": "an ingress controller",
  kong: "an ingress controller",
  kyverno: "Kyverno",
  "nginx-ingress": "an ingress controller",
  projectcontour: "an ingress controller",
  traefik: "an ingress controller",
  vault: "Vault",
  velero: "Velero",
};

/** What a namespace is by the form of its name. */
const FORMS: readonly (readonly [form: RegExp, owner: string])[] = [
  [/-vcluster$/, "an environment"],
  [/^kube-/, "Kubernetes"],
  [/-system$/, "an operator of the host"],
];

/** Patterns of {@link namespaceOwner}, for messages. */
export const HOST_NAMESPACE_PATTERNS = ["*-vcluster", "kube-*", "*-system"];

/**
 * Whose Secrets a namespace of the host holds, where its name says it; undefined for one that may be mapped.
 * @param names further names, or others than the usual ones
 */
export function namespaceOwner(namespace: string, names = HOST_NAMESPACES): string | undefined {
  if (Object.hasOwn(names, namespace)) return names[namespace];
  return FORMS.find(([form]) => form.test(namespace))?.[1];
}
