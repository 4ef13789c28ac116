import { chartVersionPinned } from "../../rules/chart-version-pinned";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(chartVersionPinned, {
  compliant: {
    "a full version": release(),
    "a full version with a v and a suffix": release({}, { version: "v0.27.0-rc.1" }),
    "a chart in a folder": release({}, { chart: "./charts/vcluster", version: undefined }),
    "a chart in an archive": release({}, { chart: "charts/vcluster-0.26.0.tgz", version: undefined }),
    "an absolute path": release({}, { chart: "/charts/vcluster", version: undefined }),
    "a chart from Git": application({}, { chart: undefined, path: "charts/vcluster", targetRevision: "main" }),
  },
  violating: {
    "no version": { of: release({}, { version: undefined }), at: ["version"], says: ["Found: nothing"] },
    ...Object.fromEntries(
      ["0.26", "*", "^0.26.0", "0.26.x", ">=0.26.0", "latest", "0.26.0 - 0.27.0", "0.26.0-"].map((version) => [
        version,
        { of: release({}, { version }), at: ["version"], says: [`Found: ${JSON.stringify(version)}`] },
      ]),
    ),
    "a chart by OCI": {
      of: release({}, { chart: "oci://ghcr.io/loft-sh/charts/vcluster", version: "" }),
      at: ["version"],
    },
    "an Application": { of: application({}, { targetRevision: "0.*" }), at: ["spec.source.targetRevision"] },
    "an Application by OCI": {
      of: application(
        {},
        { chart: undefined, repoURL: "oci://ghcr.io/loft-sh/charts/vcluster", path: ".", targetRevision: "*" },
      ),
      at: ["spec.source.targetRevision"],
    },
    "values in files": { of: release({}, { version: "*", valueYamlFiles: ["a"] }), at: ["version"] },
  },
  unknown: { "an unknown version": { of: release({}, { version: UNKNOWN }), at: "version" } },
  notApplicable: { "another chart": release({}, { chart: "nginx", version: "*" }), "another provider": BUCKET },
});
