import { isExactVersion } from "../../shared/version";
import { TESTED_VERSION } from "../../shared/vcluster/versions";
import { vclusterRule } from "../rule";

export const chartVersionPinned = vclusterRule({
  name: "chart-version-pinned",
  description: "The chart version is exact, so that every run of a commit deploys the same chart.",
  severity: "high",
  remediationSteps: `Set the full chart version, for example ${TESTED_VERSION}.`,
  url: "https://helm.sh/docs/chart_best_practices/dependencies/#versions",
  evenUnreadable: true,
  check: ({ chart }, { report }) => {
    // Helm accepts a leading v.
    if (chart.versionedByPath || isExactVersion((chart.version ?? "").replace(/^v/, ""))) return;
    report({
      path: chart.versionPath,
      problem: "the repository decides which version is installed",
      value: chart.version,
      allowed: `a full version such as ${TESTED_VERSION}`,
      fix: "pin the version that was tested",
    });
  },
});
