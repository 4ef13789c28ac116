import { waitForApi } from "../../components/jobs/api-readiness";
import type { Pod, Secret } from "../../host/client";
import { waitFor } from "../../shared/wait";
import { reissue } from "../reissue-certificates";
import { type Environment, findEnvironment } from "../running-environment";
import type { Target } from "../target";
import { showExpiries } from "./expiry";
import { apply } from "./up";

const START_MS = 300_000;

/** Renews the certificates of the stack's virtual cluster, and prints when the new ones expire. */
export async function renewCertificates(target: Target): Promise<void> {
  await renew(await findEnvironment(target), console.log);
  // Updates the output kubeconfig and the other resources that contain the administrator's credentials.
  await apply(target);
  await showExpiries(target);
}

/**
 * Renews all certificates of a virtual cluster that its certificate authorities have signed, and restarts its control
 * plane. Its data, its authorities, and with them all other tokens and kubeconfigs, stay valid. Also works after they
 * have expired: only the host's API is used.
 *
 * The Secret is authoritative: the control plane reads it at every start, and never renews what it finds there
 * (`pkg/certs/ensure.go` of vCluster 0.26). Deleting it does not help: the files on the volume restore it.
 *
 * @param report gets a line for each step
 * @throws Error with the step that the control plane did not complete
 */
export async function renew(environment: Environment, report: (line: string) => void, now = new Date()): Promise<void> {
  const { host, names } = environment;
  const secretPath = `/api/v1/namespaces/${names.namespace}/secrets/${names.certificates}`;
  const secret = await host.get<Secret>(secretPath);
  const changed = await reissue(secret.data ?? {}, now);
  const data = { ...secret.data, ...changed };
  // With its resourceVersion: a concurrent change is refused.
  await host.replace(secretPath, { ...secret, data });
  report(`Renewed ${Object.keys(changed).length} entries of Secret ${names.namespace}/${names.certificates}`);

  const podPath = `/api/v1/namespaces/${names.namespace}/pods/${names.pod}`;
  const before = await host.find<Pod>(podPath);
  if (before !== undefined) await host.remove(podPath);
  report(`Restarting Pod ${names.namespace}/${names.pod}`);
  const restarted = async () => {
    const { metadata, status } = await host.get<Pod>(podPath);
    if (metadata?.uid === before?.metadata?.uid) throw new Error("the old pod is still there");
    if (status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True")) return true;
    const [container] = status?.containerStatuses ?? [];
    throw new Error(container === undefined ? "no container yet" : JSON.stringify(container.state));
  };
  await waitFor(restarted, { what: `pod ${names.namespace}/${names.pod} to be ready`, timeoutMs: START_MS });
  const ready = await waitForApi({
    host: names.apiHost,
    port: names.apiPort,
    caCertificate: data["ca.crt"] ?? "",
    timeoutSeconds: START_MS / 1000,
    route: `${names.namespace}/${names.ingress}`,
    pod: `--namespace ${names.namespace} ${names.pod}`,
  });
  report(ready);
}
