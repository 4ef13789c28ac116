import type { Row } from "../model";
import { items, type KubeObject, map, nameOf, text, title } from "../objects";
import { argocdRows } from "../rows/argocd";
import { hostRows } from "../rows/host";
import { ingressRows } from "../rows/ingress";
import { versionRows } from "../rows/versions";
import type { Snapshot } from "../snapshot";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const LOCAL_PATH =
  "https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.30/deploy/local-path-storage.yaml";
const INGRESS_NGINX =
  "https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.13.0/deploy/static/provider/kind/deploy.yaml";
const ARGOCD = "https://raw.githubusercontent.com/argoproj/argo-cd/v3.1.16/manifests/install.yaml";
/** Images of ingress-nginx: its own, and those of mirrors and distributions. Not of NGINX's own controller, `nginx-ingress`. */
const INGRESS_NGINX_IMAGE = /(^|[/-])(ingress-nginx[/-]controller|nginx-ingress-controller)(-chroot)?([:@]|$)/;
/** Versions of Argo CD that this program is tested with. */
const TESTED_ARGOCD = /^v3\.1\./;

/** Rows of their own for a host without the environment, with commands that bring what is missing to a laptop's host. */
export const BEFORE_ROWS: readonly Row[] = [
  {
    code: "rights-for-up-missing",
    section: "before",
    severity: "error",
    healthy: "the user may do on the host what an update does",
    cause:
      "the kubeconfig's user may not make everything that an environment consists of; an update would stop half-way",
    fix: "kubectl create clusterrolebinding vcluster-environments --clusterrole cluster-admin --user <user>",
    page: "README.md",
    needs: ["ownRights"],
    find: ({ read: { ownRights = [] } }) =>
      ownRights.map(({ namespace, right }) => ({
        what: "the kubeconfig's user",
        seen: `it may not ${right} ${namespace === "" ? "on the host" : `in ${namespace}`}`,
      })),
  },
  {
    code: "storage-class-missing",
    section: "before",
    severity: "error",
    healthy: "there is a StorageClass for the volume",
    cause:
      "the host has no default StorageClass, or not the one that persistence.storageClass names: the volume stays unbound",
    fix: `kubectl apply -f ${LOCAL_PATH} && kubectl patch storageclass local-path -p '{"metadata":{"annotations":{"${DEFAULT_CLASS}":"true"}}}'`,
    page: "docs/configuration.md#persistence",
    needs: ["storageClasses"],
    find: (snapshot) => {
      if (storageClass(snapshot) !== undefined) return [];
      const named = snapshot.expected?.persistence.storageClass;
      const known = (snapshot.read.storageClasses ?? []).map(nameOf).join(", ") || "none";
      return [
        {
          what: named === undefined ? "default StorageClass" : `StorageClass ${named}`,
          seen: `not found (there are: ${known})`,
        },
      ];
    },
  },
  {
    code: "storage-class-does-not-expand",
    section: "before",
    severity: "warning",
    healthy: "volumes can grow",
    cause: "the StorageClass of the volume does not expand volumes: persistence.size is chosen once",
    fix: "kubectl patch storageclass {class} -p '{\"allowVolumeExpansion\":true}'",
    page: "docs/configuration.md#persistence",
    needs: ["storageClasses"],
    find: (snapshot) => {
      const found = storageClass(snapshot);
      if (found === undefined || found["allowVolumeExpansion"] === true) return [];
      return [
        {
          what: `StorageClass ${nameOf(found)}`,
          seen: "allowVolumeExpansion is not true",
          names: { class: nameOf(found) },
        },
      ];
    },
  },
  {
    code: "ingress-class-of-configuration-missing",
    section: "before",
    severity: "error",
    healthy: "the configured IngressClass exists",
    cause:
      "the host has no IngressClass of the name in ingress.className: there is no controller, or it has another class",
    fix: `kubectl apply -f ${INGRESS_NGINX} && kubectl -n ingress-nginx patch deployment ingress-nginx-controller --type json -p '[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--enable-ssl-passthrough"}]'`,
    page: "docs/configuration.md#ingress",
    needs: ["ingressClasses"],
    applies: ({ expected }) => expected?.ingress.className !== undefined,
    find: ({ read: { ingressClasses = [] }, expected }) => {
      const known = ingressClasses.map(nameOf);
      const wanted = expected?.ingress.className ?? "";
      if (known.includes(wanted)) return [];
      return [{ what: `IngressClass ${wanted}`, seen: `not found (there are: ${known.join(", ") || "none"})` }];
    },
  },
  {
    code: "passthrough-not-effective",
    section: "before",
    severity: "error",
    healthy: "the ingress controller passes TLS through",
    cause:
      "a route with passthrough to the host's own API server does not lead to that server's certificate: passthrough is off in the controller, or something before it ends TLS",
    fix: `kubectl -n {ingressNamespace} patch deployment ingress-nginx-controller --type json -p '[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--enable-ssl-passthrough"}]'`,
    page: "docs/configuration.md#ingress",
    needs: ["passthrough"],
    follows: [
      "ingress-class-of-configuration-missing",
      "ingress-namespace-empty",
      "ingress-controller-down",
      "api-host-unresolvable",
      "ingress-port-closed",
    ],
    find: ({ read: { passthrough }, names }) =>
      passthrough?.problem === undefined ? [] : [{ what: `route at port ${names.apiPort}`, seen: passthrough.problem }],
  },
  {
    code: "ingress-nginx-ended",
    section: "before",
    severity: "warning",
    healthy: "the ingress controller is maintained",
    cause:
      "the ingress controller is ingress-nginx, which was retired in March 2026 and gets no security fixes any more: a new host should have Traefik, which reads the same annotations, or a Gateway",
    fix: "kubectl get ingress -A && kubectl -n {ingressNamespace} get deployment,daemonset -o wide",
    page: "docs/ingress.md",
    needs: ["ingressClasses", "ingressWorkloads"],
    applies: ({ expected }) => expected?.ingress.controller === "nginx",
    find: ({ read: { ingressClasses = [], ingressWorkloads = [] }, expected }) => {
      const configured = ingressClasses.find((one) => nameOf(one) === expected?.ingress.className);
      if (!text(configured, "spec.controller").endsWith("ingress-nginx")) return [];
      // Traefik serves a class of this controller as well, so that only the image tells.
      return ingressWorkloads.flatMap((workload) =>
        items(workload, "spec.template.spec.containers")
          .map((one) => text(one, "image"))
          .filter((image) => INGRESS_NGINX_IMAGE.test(image))
          .map((image) => ({ what: title(workload.kind ?? "Deployment", workload), seen: `its image is ${image}` })),
      );
    },
  },
  {
    code: "argocd-not-installed",
    section: "before",
    severity: "error",
    healthy: "Argo CD is on the host",
    cause: "the host has no Argo CD in argocd.namespace, with which the environment is to be registered",
    fix: `kubectl create namespace {argocdNamespace} && kubectl apply -n {argocdNamespace} --server-side -f ${ARGOCD}`,
    page: "docs/configuration.md#argocd",
    needs: ["argocdWorkloads"],
    applies: ({ expected }) => expected?.argocd.register === true || expected?.delivery === "argocd",
    find: ({ read: { argocdWorkloads = [] }, expected }) =>
      argocdWorkloads.some((workload) => /application-controller/.test(nameOf(workload)))
        ? []
        : [{ what: `Namespace ${expected?.argocd.namespace ?? ""}`, seen: "it has no application controller" }],
  },
  {
    code: "argocd-version-untested",
    section: "before",
    severity: "warning",
    healthy: "Argo CD has a tested version",
    cause: "this program is tested with Argo CD 3.1; other versions are likely to work",
    fix: `kubectl apply -n {argocdNamespace} --server-side -f ${ARGOCD}`,
    page: "README.md",
    needs: ["argocdWorkloads"],
    find: ({ read: { argocdWorkloads = [] } }) =>
      argocdWorkloads
        .filter((workload) => /application-controller/.test(nameOf(workload)))
        .flatMap((workload) => {
          const image = items(workload, "spec.template.spec.containers").map((one) => text(one, "image"))[0] ?? "";
          const tag = /:(v[^:/@]+)(@|$)/.exec(image)?.[1];
          return tag === undefined || TESTED_ARGOCD.test(tag)
            ? []
            : [{ what: `image ${image}`, seen: `version ${tag}` }];
        }),
  },
];

/** Rows for a host as a whole, which hold before and after. */
const OF_HOST = [
  ...hostRows,
  ...versionRows.filter(({ code }) => ["host-version-unsupported", "kubelet-skew"].includes(code)),
  ...ingressRows.filter(({ code }) =>
    [
      "ingress-namespace-empty",
      "ingress-controller-down",
      "hostname-in-use",
      "api-host-unresolvable",
      "ingress-port-closed",
    ].includes(code),
  ),
  ...argocdRows.filter(({ code }) => code === "argocd-down"),
];

/** What is looked at before the first update. */
export const ROWS_BEFORE: readonly Row[] = [...OF_HOST, ...BEFORE_ROWS];

/** The configured StorageClass, or the default one. */
function storageClass({ read: { storageClasses = [] }, expected }: Snapshot): KubeObject | undefined {
  const named = expected?.persistence.storageClass;
  return storageClasses.find((one) =>
    named === undefined ? map(one, "metadata", "annotations")[DEFAULT_CLASS] === "true" : nameOf(one) === named,
  );
}
