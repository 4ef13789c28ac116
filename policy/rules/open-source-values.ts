import { isOpenSource, OPEN_SOURCE_REPOSITORY } from "../../shared/vcluster/open-source";
import { proValues } from "../../shared/vcluster/versions";
import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { type Lists, textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const openSourceValues = vclusterRule<Lists<"openSourceRepositories">>({
  name: "open-source-values",
  description: "With the open source image, no value enables a Pro feature, which the image rejects or ignores.",
  severity: "critical",
  remediationSteps: "Remove the value, or use an image with the feature.",
  url: VALUES_DOCS,
  configSchema: {
    openSourceRepositories: textList(
      [OPEN_SOURCE_REPOSITORY],
      "Repositories of images without Pro features. Mirrors count, by the last part of the name.",
    ),
  },
  check: (vcluster, { config, report }) => {
    const { values } = vcluster;
    const image = imagesOf(vcluster).find(({ path }) => path === CONTROL_PLANE_IMAGE)?.repository ?? "";
    if (!isOpenSource(image, config.openSourceRepositories)) return;
    for (const path of proValues(vcluster.chart.version, (key) => values.get(key))) {
      report({
        path: values.where(path),
        problem: `${image} does not include this Pro feature`,
        allowed: "open source features",
        fix: "remove the value, or use an image with the feature",
      });
    }
  },
});
