import { connect } from "../../host/client";
import { type ApplicationsInput, RECONNECTED, reconnectedNow } from "./applications-input";
import { ArgocdApi } from "./argocd-api";
import { checkHost } from "./check-host";
import { deleteApplications } from "./delete-applications";
import { isForced, REQUEST_MS } from "./force";
import { run } from "./run";
import { PACE, waitForApplications } from "./wait-for-applications";

/** Job: waits for the environment's Applications, or deletes them unless others point at the environment. */
export async function main(input: ApplicationsInput): Promise<void> {
  const reconnected = reconnectedNow(process.env[RECONNECTED]);
  const host = () => connect({ ...input.host, env: process.env }, { requestMs: REQUEST_MS });
  await run({
    "wait-for-applications": () => waitForApplications(new ArgocdApi(host(), input), input, PACE, reconnected),
    "delete-applications": async () => {
      const client = host();
      await checkHost(client, input.environment, isForced());
      return deleteApplications(new ArgocdApi(client, input), input, isForced());
    },
  });
}
