import { connect } from "../../host/client";
import type { ApplicationsInput } from "./applications-input";
import { ArgocdApi } from "./argocd-api";
import { deleteApplications } from "./delete-applications";
import { run } from "./run";
import { waitForApplications } from "./wait-for-applications";

/** Makes `destroy` go on where it would stop, see delete-applications.ts. */
const FORCE = "VCLUSTER_ENVIRONMENTS_FORCE_DESTROY";
const REQUEST_MS = 15_000;

/** Job: waits for the environment's Applications, or deletes them unless others point at the environment. */
export async function main(input: ApplicationsInput): Promise<void> {
  const api = () => new ArgocdApi(connect({ ...input.host, env: process.env }, { requestMs: REQUEST_MS }), input);
  const force = ["1", "true"].includes(process.env[FORCE] ?? "");
  await run({
    "wait-for-applications": () => waitForApplications(api(), input),
    "delete-applications": () => deleteApplications(api(), input, force),
  });
}
