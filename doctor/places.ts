import type { Subject } from "./snapshot";

/** Where things are on the host, by the configuration or as this program has it by default. */
export function placesOf({ expected }: Pick<Subject, "expected">) {
  return {
    argocdNamespace: expected?.argocd.namespace ?? "argocd",
    ingressNamespace: expected?.isolation.ingressNamespace ?? "ingress-nginx",
  };
}
