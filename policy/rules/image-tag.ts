import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

/** A full version such as 0.26.0, v1.34.4 or 3.5.21-0, or any name beside a digest. */
const PINNED = /^v?\d+\.\d+\.\d+([-+.].*)?$|@sha256:[0-9a-f]{64}$/;

export const imageTag = vclusterRule({
  name: "image-tag",
  description: "Image tags of the control plane name one version.",
  severity: "high",
  remediationSteps: "Give a full version, or for the control plane's own image none, which means the chart's.",
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  check: (vcluster, { report }) => {
    for (const { path, tag } of imagesOf(vcluster)) {
      if (PINNED.test(tag) || (tag === "" && path === CONTROL_PLANE_IMAGE)) continue;
      report({
        path: vcluster.values.where(`${path}.tag`),
        problem: "the tag does not name one version, so a restart can bring another one",
        value: tag,
        allowed: "a full version (1.2.3), with a digest or without",
        fix: "pin the version",
      });
    }
  },
});
