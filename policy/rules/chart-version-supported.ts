import { type Lists, textList, vclusterRule } from "../rule";

/** Last day of support of each minor version, from the vendor's lifecycle page. */
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

type Config = Lists<"acceptedVersions"> & { readonly today: string };

export const chartVersionSupported = vclusterRule<Config>({
  name: "chart-version-supported",
  description: "The chart's minor version still receives security fixes.",
  severity: "medium",
  remediationSteps: "Upgrade to a minor version that has not reached its end of life.",
  url: "https://www.vcluster.com/docs/vcluster/deploy/upgrade/supported_versions",
  configSchema: {
    acceptedVersions: textList(
      ["0.26"],
      "Minor versions accepted past their end of life; this project is tested with 0.26.",
    ),
    today: { type: "string", default: "", description: "Date to compare with, as YYYY-MM-DD. Empty: today." },
  },
  evenUnreadable: true,
  check: ({ chart }, { config, report }) => {
    const minor = /^v?(\d+\.\d+)\./.exec(chart.version ?? "")?.[1] ?? "";
    const end = END_OF_LIFE[minor];
    const today = config.today || new Date().toISOString().slice(0, 10);
    if (end === undefined || today <= end || config.acceptedVersions.includes(minor)) return;
    report({
      path: chart.versionPath,
      problem: `version ${minor} reached its end of life on ${end} and receives no security fixes`,
      value: chart.version,
      allowed: `a supported version, or one of acceptedVersions (${config.acceptedVersions.join(", ") || "none"})`,
      fix: "upgrade the chart, one minor version at a time",
    });
  },
});
