import { markdownTable } from "../shared/table";
import {
  CHART_VALUES,
  CHART_VERSIONS,
  type ChartVersion,
  chartOf,
  corednsTag,
  isPro,
  PRO_VALUES,
  TESTED_VERSION,
} from "../shared/vcluster/versions";

/** What docs/versions.md has of the table of versions. */
export function versionTables(): string {
  return [
    markdownTable([
      ["chart", "newest release", "end of life", "Kubernetes", "run by the tests", "what an upgrade to it brings"],
      ...CHART_VERSIONS.map((chart) => [
        chart.minor,
        chart.latest,
        chart.endOfLife,
        chart.kubernetes,
        chart.minor === chartOf(TESTED_VERSION).minor ? TESTED_VERSION : "",
        (chart.changes ?? []).join("; "),
      ]),
    ]),
    "## Values",
    markdownTable([
      ["value", "charts", "instead"],
      ...Object.entries(CHART_VALUES).map(([path, { from, until, instead }]) => [
        `\`${path}\`${isPro(path) ? " (Pro)" : ""}`,
        [from === undefined ? "" : `from ${from} on`, until === undefined ? "" : `before ${until}`]
          .filter((part) => part !== "")
          .join(", "),
        instead === undefined ? "" : `\`${instead}\``,
      ]),
    ]),
    "## Values of the Pro image",
    "The open source image rejects or ignores these, in the versions that have them, and `patches` of every synced kind:",
    `${PRO_VALUES.map((path) => `\`${path}\``).join(", ")}.`,
    "## Defaults and images",
    markdownTable([
      ["what", ...releases().map(({ contents }) => contents.release)],
      ...Object.entries(ROWS).map(([what, cell]) => [what, ...releases().map(cell)]),
    ]),
  ].join("\n\n");
}

/** The releases that were read, each once. */
function releases(): ChartVersion[] {
  return CHART_VERSIONS.filter(
    ({ contents }, index) => CHART_VERSIONS[index - 1]?.contents.release !== contents.release,
  );
}

const ROWS: Readonly<Record<string, (chart: ChartVersion) => string>> = {
  "`loft-sh/kubernetes`": ({ contents }) => contents.kubernetesTag,
  etcd: ({ contents }) => contents.etcdTag,
  CoreDNS: ({ kubernetes, contents }) => corednsTag(contents.release, kubernetes),
  "init container for `rewriteHosts`": ({ contents }) => contents.hostsImage,
  "image with kine and helm": ({ contents }) => `loft-sh/${contents.programs.image}`,
  "memory limit of the control plane": ({ contents }) => contents.resources.limits["memory"] ?? "",
  "ephemeral storage, request and limit": ({ contents: { resources } }) =>
    `${resources.requests["ephemeral-storage"]}, ${resources.limits["ephemeral-storage"]}`,
};
