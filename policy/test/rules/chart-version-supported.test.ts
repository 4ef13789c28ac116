import { chartVersionSupported } from "../../rules/chart-version-supported";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

// The vendor's lifecycle page: minor version, last day, the day after.
const LIFE = [
  ["0.19", "2025-07-01", "2025-07-02"],
  ["0.20", "2025-02-14", "2025-02-15"],
  ["0.21", "2025-05-11", "2025-05-12"],
  ["0.22", "2025-06-18", "2025-06-19"],
  ["0.23", "2025-08-26", "2025-08-27"],
  ["0.24", "2025-09-14", "2025-09-15"],
  ["0.25", "2025-11-15", "2025-11-16"],
  ["0.26", "2025-12-26", "2025-12-27"],
  ["0.27", "2026-02-12", "2026-02-13"],
  ["0.28", "2026-03-08", "2026-03-09"],
  ["0.29", "2026-04-01", "2026-04-02"],
  ["0.30", "2026-04-28", "2026-04-29"],
  ["0.31", "2026-07-29", "2026-07-30"],
  ["0.32", "2026-08-18", "2026-08-19"],
  ["0.33", "2026-09-13", "2026-09-14"],
  ["0.34", "2026-10-29", "2026-10-30"],
  ["0.35", "2026-12-16", "2026-12-17"],
  ["0.36", "2027-01-22", "2027-01-23"],
  ["0.37", "2027-03-01", "2027-03-02"],
];

testRule(chartVersionSupported, {
  compliant: {
    "the version that this project is tested on": release(),
    "no version": release({}, { version: undefined }),
    "a text that holds a version": release({}, { version: "x0.19.0" }),
  },
  violating: {
    "an old version": {
      of: release({}, { version: "0.19.7" }),
      at: ["version"],
      says: ["version 0.19 reached its end of life on 2025-07-01", 'Found: "0.19.7"', "acceptedVersions (0.26)"],
    },
    "an old version with a v, in an Application": {
      of: application({}, { targetRevision: "v0.20.0" }),
      at: ["spec.source.targetRevision"],
    },
    "a version that is newer than the table": {
      of: release({}, { version: "0.99.0" }),
      at: ["version"],
      says: ["chart version 0.99 is not among the known ones (0.26 to 0.37)", "checked as those of 0.37"],
    },
    "a version that is older than all": {
      of: release({}, { version: "0.9.1" }),
      at: ["version"],
      says: ["checked as those of 0.26"],
    },
    "values in files": { of: release({}, { version: "0.19.0", valueYamlFiles: ["a"] }), at: ["version"] },
  },
  unknown: { "an unknown version": { of: release({}, { version: UNKNOWN }), at: "version" } },
  notApplicable: { "another chart": release({}, { chart: "nginx", version: "0.19.0" }), "another provider": BUCKET },
  configured: {
    "0.26 where it is not accepted": {
      of: release(),
      config: { acceptedVersions: [] },
      at: ["version"],
      says: ["acceptedVersions (none)"],
    },
    "an old version that is accepted": {
      of: release({}, { version: "0.19.0" }),
      config: { acceptedVersions: ["0.19"] },
      at: [],
    },
    "an unknown version that is accepted": {
      of: release({}, { version: "0.99.0" }),
      config: { acceptedVersions: ["0.99"] },
      at: [],
    },
    ...Object.fromEntries(
      LIFE.flatMap(([minor, last, after]) => [
        [
          `${minor} on its last day`,
          { of: release({}, { version: `${minor}.0` }), config: { acceptedVersions: [], today: last }, at: [] },
        ],
        [
          `${minor} the day after`,
          {
            of: release({}, { version: `${minor}.0` }),
            config: { acceptedVersions: [], today: after },
            at: ["version"],
          },
        ],
      ]),
    ),
  },
});
