// A Pulumi program with that many environments, for the local host: what its overlay says, and requests so small that the
// scheduler is not what limits their number.
import { readFileSync } from "node:fs";

import type { EnvironmentArgs } from "../../components/config/args";
import { Environment } from "../../components/environment";
import { domain } from "../../local/settings";
import { OVERLAY } from "../../config";

const overlay = JSON.parse(readFileSync(process.env[OVERLAY] ?? "", "utf8")) as Partial<EnvironmentArgs>;
const names = (process.env["BENCH_ENVIRONMENTS"] ?? "").split(",");

export = () => {
  for (const name of names) {
    new Environment(name, {
      ...overlay,
      domain,
      controlPlane: { requests: { cpu: "10m", memory: "64Mi" }, startTimeoutSeconds: 500 },
      readiness: { timeoutSeconds: 500 },
    });
  }
};
