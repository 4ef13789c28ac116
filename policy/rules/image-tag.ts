import { CONTROL_PLANE_IMAGE, imagesOf } from "../images";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

/** A full version such as 0.26.0, v1.34.4 or 3.5.21-0, or any tag with a digest. */
const PINNED = /^v?\d+\.\d+\.\d+([-+.].*)?$|@sha256:[0-9a-f]{64}$/;

export const imageTag = vclusterRule({
  name: "image-tag",
  description: "Image tags of the control plane are exact versions.",
  severity: "high",
  remediationSteps: "Set a full version, or remove the tag of the control plane image to use the chart's version.",
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  check: (vcluster, { reportValue }) => {
    for (const { path, tag } of imagesOf(vcluster)) {
      if (PINNED.test(tag) || (tag === "" && path === CONTROL_PLANE_IMAGE)) continue;
      reportValue(`${path}.tag`, {
        problem: "the tag is not an exact version, so a restart can pull another one",
        allowed: "a full version (1.2.3), with or without a digest",
        fix: "pin the version",
      });
    }
  },
});
