import {
  chartOf,
  EARLIER_ENDS,
  knownChart,
  minorOf,
  TESTED_VERSION,
  unknownChart,
} from "../../shared/vcluster/versions";
import { type Lists, textList, vclusterRule } from "../rule";

const TESTED = chartOf(TESTED_VERSION).minor;

type Config = Lists<"acceptedVersions"> & { readonly today: string };

export const chartVersionSupported = vclusterRule<Config>({
  name: "chart-version-supported",
  description: "The chart's minor version is known to this pack, and still receives security fixes.",
  severity: "medium",
  remediationSteps: "Upgrade to a minor version that has not reached its end of life.",
  url: "https://www.vcluster.com/docs/vcluster/deploy/upgrade/supported_versions",
  configSchema: {
    acceptedVersions: textList(
      [TESTED],
      `Minor versions accepted past their end of life, or unknown; this project is tested with ${TESTED}.`,
    ),
    today: { type: "string", default: "", description: "Date to compare with, as YYYY-MM-DD. Empty: today." },
  },
  evenUnreadable: true,
  check: ({ chart }, { config, report }) => {
    const { version } = chart;
    const minor = minorOf(version) ?? "";
    if (config.acceptedVersions.includes(minor)) return;
    const end = knownChart(version)?.endOfLife ?? EARLIER_ENDS[minor];
    const today = config.today || new Date().toISOString().slice(0, 10);
    const accepted = `one of acceptedVersions (${config.acceptedVersions.join(", ") || "none"})`;
    const found = { path: chart.versionPath, value: chart.version };
    const unknown = unknownChart(version);
    if (end !== undefined && today > end) {
      report({
        ...found,
        problem: `version ${minor} reached its end of life on ${end} and receives no security fixes`,
        allowed: `a supported version, or ${accepted}`,
        fix: "upgrade the chart, one minor version at a time",
      });
    } else if (end === undefined && unknown !== undefined) {
      report({
        ...found,
        problem: unknown,
        allowed: `a known version, or ${accepted}`,
        fix: "use a known version, or try this one where nothing can be lost",
      });
    }
  },
});
