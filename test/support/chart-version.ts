import { TESTED_VERSION } from "../../shared/vcluster/versions";

/** Version of the chart of the environments in the suites that are run with several: `CHART=0.36.1`. */
export const CHART = process.env["CHART"] ?? TESTED_VERSION;

/** Name of a suite's result, which has the version where it is another than that of all other suites. */
export function resultOf(name: string): string {
  return CHART === TESTED_VERSION ? name : `${name}-${CHART}`;
}
