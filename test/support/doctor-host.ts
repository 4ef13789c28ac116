/** Faults of a host before the first update, by what was read. */
import type { Fault } from "./doctor-faults";
import { type Loose, workload } from "./doctor-snapshot";

/** A host whose class `nginx` is that of ingress-nginx, with a controller of this image. */
export function runsController(s: Loose, image: string): void {
  s.read.ingressClasses = [{ metadata: { name: "nginx" }, spec: { controller: "k8s.io/ingress-nginx" } }];
  s.read.ingressWorkloads = [
    {
      ...workload("Deployment", "controller", "ingress-nginx"),
      spec: { replicas: 1, template: { spec: { containers: [{ name: "controller", image }] } } },
    },
  ];
}

export const FAULTS_BEFORE: readonly Fault[] = [
  {
    code: "rights-for-up-missing",
    name: "a user of one namespace",
    breaks: (s) => {
      s.read.ownRights = [{ namespace: "", right: "create clusterroles" }];
    },
  },
  {
    code: "storage-class-missing",
    name: "none is the default",
    breaks: (s) => {
      s.read.storageClasses = [{ metadata: { name: "standard" } }];
    },
  },
  {
    code: "storage-class-does-not-expand",
    name: "local volumes",
    breaks: (s) => {
      s.read.storageClasses = s.read.storageClasses.map((one) => ({ ...one, allowVolumeExpansion: false }));
    },
  },
  {
    code: "ingress-class-of-configuration-missing",
    name: "only that of another controller",
    breaks: (s) => {
      s.read.ingressClasses = [{ metadata: { name: "traefik" } }];
      s.read.passthrough = { problem: "a certificate of the controller" };
    },
    follows: ["passthrough-not-effective"],
  },
  {
    code: "passthrough-not-effective",
    name: "ingress-nginx without its flag",
    breaks: (s) => {
      s.read.passthrough = { problem: "a certificate for nobody, issued by Fake" };
    },
  },
  {
    code: "ingress-nginx-ended",
    name: "its pods, and not only its class",
    breaks: (s) => {
      runsController(
        s,
        "registry.k8s.io/ingress-nginx/controller:v1.13.0@sha256:1f7eaeb01933e719c8a9f4acd8181e555e582330c7d50f24484fb64d2ba9b2ef",
      );
    },
  },
  {
    code: "argocd-not-installed",
    name: "no workload",
    breaks: (s) => {
      s.read.argocdWorkloads = [];
    },
  },
  {
    code: "argocd-version-untested",
    name: "3.5",
    breaks: (s) => {
      const image = "quay.io/argoproj/argocd:v3.5.0";
      s.read.argocdWorkloads = [
        {
          ...workload("StatefulSet", "argocd-application-controller", "argocd"),
          spec: { template: { spec: { containers: [{ image }] } } },
        },
      ];
    },
  },
  {
    code: "ingress-controller-down",
    name: "as later",
    breaks: (s) => {
      s.read.ingressWorkloads = [workload("DaemonSet", "traefik", "ingress-nginx", 0)];
      s.read.passthrough = { problem: "connect ECONNREFUSED" };
    },
    follows: ["passthrough-not-effective"],
  },
];
