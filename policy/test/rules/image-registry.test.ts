import { imageRegistry } from "../../rules/image-registry";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const IMAGE = "controlPlane.statefulSet.image";

testRule(imageRegistry, {
  compliant: {
    "the chart's registries": release(),
    "an etcd from the chart's registry": release({ "controlPlane.backingStore.etcd.deploy.enabled": true }),
    "one registry for all": release({ "controlPlane.advanced.defaultImageRegistry": "ghcr.io/mirror" }),
    "a registry in the repository": release({
      [IMAGE]: { registry: "", repository: "ghcr.io/loft-sh/vcluster-oss" },
    }),
  },
  violating: {
    "another registry": {
      of: release({ [`${IMAGE}.registry`]: "quay.io" }),
      at: [`values.${IMAGE}.registry`],
      says: ["would be pulled from quay.io", 'Found: "quay.io"', "Allowed: ghcr.io, registry.k8s.io"],
    },
    "another registry with a port and a path": {
      of: release({ [`${IMAGE}.registry`]: "mirror:5000/x" }),
      at: [`values.${IMAGE}.registry`],
      says: ["would be pulled from mirror:5000"],
    },
    "this machine": {
      of: release({ [`${IMAGE}.registry`]: "localhost" }),
      at: [`values.${IMAGE}.registry`],
      says: ["would be pulled from localhost"],
    },
    "no registry": {
      of: release({ [`${IMAGE}.registry`]: null }),
      at: [`values.${IMAGE}.registry`],
      says: ["would be pulled from docker.io"],
    },
    "a bare name": {
      of: release({ [IMAGE]: { registry: null, repository: "ghcr.io" } }),
      at: [`values.${IMAGE}.registry`],
      says: ["would be pulled from docker.io"],
    },
    k3s: {
      of: release({ "controlPlane.distro.k3s.enabled": true }),
      at: ["values.controlPlane.distro.k3s.image.registry"],
      says: ["would be pulled from docker.io"],
    },
    "Kubernetes and etcd": {
      of: application({
        "controlPlane.distro.k8s.image.registry": "a.example",
        "controlPlane.backingStore.etcd.deploy.enabled": true,
        "controlPlane.backingStore.etcd.deploy.statefulSet.image.registry": "b.example",
      }),
      at: [
        "spec.source.helm.valuesObject.controlPlane.distro.k8s.image.registry",
        "spec.source.helm.valuesObject.controlPlane.backingStore.etcd.deploy.statefulSet.image.registry",
      ],
    },
    "one registry for all that is another": {
      of: release({ "controlPlane.advanced.defaultImageRegistry": "quay.io" }),
      at: [`values.${IMAGE}.registry`, "values.controlPlane.distro.k8s.image.registry"],
    },
  },
  unknown: {
    "an unknown registry": { of: release({ [`${IMAGE}.registry`]: UNKNOWN }), at: `values.${IMAGE}.registry` },
  },
  notApplicable: {
    "another chart": release({ [`${IMAGE}.registry`]: "quay.io" }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
  configured: {
    "registries of an organisation": {
      of: release({ [`${IMAGE}.registry`]: "quay.io" }),
      config: { allowedRegistries: ["quay.io"] },
      at: ["values.controlPlane.distro.k8s.image.registry"],
      says: ["Allowed: quay.io"],
    },
  },
});
