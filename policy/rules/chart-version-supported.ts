import { textList, vclusterRule } from "../rule";

/** Last day of each minor version, as the vendor's lifecycle page gives them. */
export const END_OF_LIFE: Readonly<Record<string, string>> = {
  "0.19": "2025-07-01",
  "0.20": "2025-02-14",
  "0.21": "2025-05-11",
  "0.22": "2025-06-18",
  "0.23": "2025-08-26",
  "0.24": "2025-09-14",
  "0.25": "2025-11-15",
  "0.26": "2025-12-26",
  "0.27": "2026-02-12",
  "0.28": "2026-03-08",
  "0.29": "2026-04-01",
  "0.30": "2026-04-28",
  "0.31": "2026-07-29",
  "0.32": "2026-08-18",
  "0.33": "2026-09-13",
  "0.34": "2026-10-29",
};

interface Config {
  readonly acceptedVersions: readonly string[];
  readonly today: string;
}

export const chartVersionSupported = vclusterRule<Config>({
  name: "chart-version-supported",
  description: "The chart's minor version still gets security fixes.",
  severity: "medium",
  remediationSteps: "Upgrade to a minor version that has not reached its end of life.",
  url: "https://www.vcluster.com/docs/vcluster/deploy/upgrade/supported_versions",
  configSchema: {
    acceptedVersions: textList(
      ["0.26"],
      "Minor versions whose end of life is accepted; 0.26 is the one that this project is tested on.",
    ),
    today: { type: "string", default: "", description: "The day to compare with, as YYYY-MM-DD. Empty: the real one." },
  },
  evenUnreadable: true,
  check: ({ chart }, { config, report }) => {
    const minor = /^v?(\d+\.\d+)\./.exec(chart.version ?? "")?.[1] ?? "";
    const end = END_OF_LIFE[minor];
    const today = config.today || new Date().toISOString().slice(0, 10);
    if (end === undefined || today <= end || config.acceptedVersions.includes(minor)) return;
    report({
      path: chart.versionPath,
      problem: `version ${minor} reached its end of life on ${end} and gets no security fixes`,
      value: chart.version,
      allowed: `a version with support, or one of acceptedVersions (${config.acceptedVersions.join(", ") || "none"})`,
      fix: "upgrade the chart, one minor version at a time",
    });
  },
});
