import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

interface Config {
  readonly allowedRepositories: readonly string[];
}

export const imageRepository = vclusterRule<Config>({
  name: "image-repository",
  description: "The control plane runs the open source image, or another one that is allowed.",
  severity: "high",
  remediationSteps: "Set controlPlane.statefulSet.image.repository to loft-sh/vcluster-oss.",
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  configSchema: {
    allowedRepositories: textList(
      ["loft-sh/vcluster-oss"],
      "Repositories of the control plane's image, without the registry.",
    ),
  },
  check: (vcluster, { config, report }) => {
    const repository = imagesOf(vcluster).find(({ path }) => path === CONTROL_PLANE_IMAGE)?.repository ?? "";
    if (config.allowedRepositories.includes(repository)) return;
    report({
      path: vcluster.values.where(`${CONTROL_PLANE_IMAGE}.repository`),
      problem: "this image is not among those allowed (the chart's default is the paid one)",
      value: repository,
      allowed: config.allowedRepositories.join(", "),
      fix: "set it to an allowed repository",
    });
  },
});
