import { missingValues } from "../../shared/vcluster/versions";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const valuesInChart = vclusterRule({
  name: "values-in-chart",
  description: "The chart's version has every value that is set; it refuses to render with those that it lost.",
  severity: "high",
  remediationSteps: "Remove the value, or use what took its place.",
  url: VALUES_DOCS,
  check: ({ chart, values }, { report }) => {
    for (const { path, charts, instead } of missingValues(chart.version, (key) => values.get(key))) {
      report({
        path: values.where(path),
        problem: "the chart's version has no such value",
        allowed: `this value in ${charts}`,
        fix: instead === undefined ? "remove it" : `remove it, or use ${instead}`,
      });
    }
  },
});
