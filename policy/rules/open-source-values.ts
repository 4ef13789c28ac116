import { proValues } from "../../shared/vcluster/pro-features";
import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

interface Config {
  readonly openSourceRepositories: readonly string[];
}

export const openSourceValues = vclusterRule<Config>({
  name: "open-source-values",
  description: "On the open source image no value asks for a paid feature, which it refuses or ignores.",
  severity: "critical",
  remediationSteps: "Remove the value, or run an image that has the feature.",
  url: VALUES_DOCS,
  configSchema: {
    openSourceRepositories: textList(
      ["loft-sh/vcluster-oss"],
      "Repositories, without the registry, of images without the paid features.",
    ),
  },
  check: (vcluster, { config, report }) => {
    const { values } = vcluster;
    const image = imagesOf(vcluster).find(({ path }) => path === CONTROL_PLANE_IMAGE)?.repository ?? "";
    if (!config.openSourceRepositories.includes(image)) return;
    for (const path of proValues((key) => values.get(key))) {
      report({
        path: values.where(path),
        problem: `${image} does not have this paid feature`,
        allowed: "values of open source features",
        fix: "remove the value, or choose an image that has the feature",
      });
    }
  },
});
