import { vclusterRule } from "../rule";

const EXACT = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

export const chartVersionPinned = vclusterRule({
  name: "chart-version-pinned",
  description: "The chart has one exact version, so that two runs of one commit give the same cluster.",
  severity: "high",
  remediationSteps: "Give the full version of the chart, for example 0.26.0.",
  url: "https://helm.sh/docs/chart_best_practices/dependencies/#versions",
  evenUnreadable: true,
  check: ({ chart }, { report }) => {
    if (chart.versionedByPath || EXACT.test(chart.version ?? "")) return;
    report({
      path: chart.versionPath,
      problem: "the version is left to the repository at the time of the run",
      value: chart.version,
      allowed: "a full version such as 0.26.0",
      fix: "write the version that was tested",
    });
  },
});
