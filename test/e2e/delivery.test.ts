import { type Charts, chartsForArgocd, committed } from "../support/argocd-delivery";
import { Cluster } from "../support/cluster";
import { coreChecks, webChart } from "../support/core-checks";
import { environment } from "../support/environments";

describe("an environment of a committed stack", function () {
  this.timeout(300_000);
  let charts: Charts | undefined;

  before(async () => {
    charts = await chartsForArgocd(Cluster.host(), "e2e-delivery-charts", webChart);
  });
  after(() => charts?.remove());

  for (const [delivery, stack] of [
    ["helm", "dev"],
    ["argocd", "staging"],
  ] as const) {
    describe(`${stack}, delivered by ${delivery}`, () => {
      const config = { ...committed(stack), delivery };
      const name = `e2e-by-${delivery}`;
      // Helm takes the chart that the host's overlay names.
      const env = () => (delivery === "argocd" ? charts?.env : undefined);
      coreChecks({
        name,
        config,
        bring: () => environment(name, config, env()),
        charts: () => charts?.url ?? "",
      });
    });
  }
});
