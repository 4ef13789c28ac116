import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { OPEN_SOURCE_REPOSITORY } from "../../shared/vcluster/open-source";
import { type Lists, textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const imageRepository = vclusterRule<Lists<"allowedRepositories">>({
  name: "image-repository",
  description: "The control plane runs the open source image or another allowed one.",
  severity: "high",
  remediationSteps: `Set controlPlane.statefulSet.image.repository to ${OPEN_SOURCE_REPOSITORY}.`,
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  configSchema: {
    allowedRepositories: textList(
      [OPEN_SOURCE_REPOSITORY],
      "Repositories of the control plane image, without the registry.",
    ),
  },
  check: (vcluster, { config, reportValue }) => {
    const repository = imagesOf(vcluster).find(({ path }) => path === CONTROL_PLANE_IMAGE)?.repository ?? "";
    if (config.allowedRepositories.includes(repository)) return;
    reportValue(`${CONTROL_PLANE_IMAGE}.repository`, {
      problem: "this image is not allowed (the chart's default is the commercial one)",
      allowed: config.allowedRepositories.join(", "),
      fix: "set it to an allowed repository",
    });
  },
});
