import type { Vcluster } from "./vcluster";

/** An image of the control plane. */
export interface Image {
  /** Dotted path of the image in the chart's values. */
  readonly path: string;
  /** Empty: the container runtime's default, which is Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  /** Empty: the chart's version. */
  readonly tag: string;
}

/** The vCluster image. */
export const CONTROL_PLANE_IMAGE = "controlPlane.statefulSet.image";

/** The images that the chart uses with these values. */
export function imagesOf(vcluster: Vcluster): Image[] {
  const { values } = vcluster;
  const paths = [
    CONTROL_PLANE_IMAGE,
    values.isOn("controlPlane.distro.k3s.enabled") ? "controlPlane.distro.k3s.image" : "controlPlane.distro.k8s.image",
  ];
  if (values.isOn("controlPlane.backingStore.etcd.deploy.enabled")) {
    paths.push("controlPlane.backingStore.etcd.deploy.statefulSet.image");
  }
  const everywhere = values.text("controlPlane.advanced.defaultImageRegistry");
  return paths.map((path) => ({
    path,
    registry: everywhere ?? values.text(`${path}.registry`) ?? "",
    repository: values.text(`${path}.repository`) ?? "",
    tag: values.text(`${path}.tag`) ?? "",
  }));
}
