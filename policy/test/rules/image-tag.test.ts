import { imageTag } from "../../rules/image-tag";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const IMAGE = "controlPlane.statefulSet.image";

testRule(imageTag, {
  compliant: {
    "the chart's tags": release(),
    ...Object.fromEntries(
      ["0.26.0", "v1.34.4", "3.5.21-0", "1.2.3+build", "1.2.3.4", `x@sha256:${"0a".repeat(32)}`].map((tag) => [
        tag,
        release({ [`${IMAGE}.tag`]: tag, "controlPlane.distro.k8s.image.tag": tag }),
      ]),
    ),
  },
  violating: {
    ...Object.fromEntries(
      ["latest", "0.26", "1", "v1.34", "1.2.3rc", "x1.2.3", "sha256:0a", `@sha256:${"0a".repeat(32)}0`, "1.2.3\n"].map(
        (tag) => [
          JSON.stringify(tag),
          {
            of: release({ [`${IMAGE}.tag`]: tag }),
            at: [`values.${IMAGE}.tag`],
            says: [`Found: ${JSON.stringify(tag)}`],
          },
        ],
      ),
    ),
    "no tag of Kubernetes": {
      of: application({ "controlPlane.distro.k8s.image.tag": null }),
      at: ["spec.source.helm.valuesObject.controlPlane.distro.k8s.image.tag"],
      says: ["Found: nothing"],
    },
  },
  unknown: { "an unknown tag": { of: release({ [`${IMAGE}.tag`]: UNKNOWN }), at: `values.${IMAGE}.tag` } },
  notApplicable: {
    "another chart": release({ [`${IMAGE}.tag`]: "latest" }, { chart: "nginx" }),
    "another provider": BUCKET,
  },
});
