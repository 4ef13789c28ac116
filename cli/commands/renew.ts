import type { V1Pod } from "@kubernetes/client-node";

import { waitForApi } from "../../components/jobs/api-readiness";
import { API_PORT } from "../../components/names";
import { waitFor } from "../../shared/exec";
import { reissue } from "../reissue-certificates";
import type { Environment } from "../running-environment";

const START_MS = 300_000;

/**
 * Renews all certificates of a virtual cluster that its authorities have signed, and restarts its control plane. Its
 * data, its authorities, and so all tokens and kubeconfigs of others, stay valid. Also works when they have expired:
 * only the host is asked.
 *
 * What is in the Secret counts: the control plane reads it at every start, and never renews what it finds there
 * (`pkg/certs/ensure.go` of vCluster 0.26). Deleting it would not help: it would be made anew of the files on the volume.
 *
 * @param report gets a line for each step
 * @throws Error that says what the control plane did not do
 */
export async function renew(environment: Environment, report: (line: string) => void, now = new Date()): Promise<void> {
  const { host, names } = environment;
  const where = { name: names.certificates, namespace: names.namespace };
  const secret = await host.readNamespacedSecret(where);
  const changed = await reissue(secret.data ?? {}, now);
  secret.data = { ...secret.data, ...changed };
  // With its resourceVersion: somebody else's change in between is refused.
  await host.replaceNamespacedSecret({ ...where, body: secret });
  report(`${Object.keys(changed).length} entries of Secret ${where.namespace}/${where.name} are new`);

  const pod = { name: names.pod, namespace: names.namespace };
  const before = await host.readNamespacedPod(pod).catch(() => undefined);
  if (before !== undefined) await host.deleteNamespacedPod(pod);
  report(`Pod ${pod.namespace}/${pod.name} starts anew with them`);
  await waitFor(`pod ${pod.namespace}/${pod.name} to be ready`, START_MS, async () => {
    const found = await host.readNamespacedPod(pod);
    if (found.metadata?.uid === before?.metadata?.uid) throw new Error("the old pod is still there");
    if (isReady(found)) return true;
    const [container] = found.status?.containerStatuses ?? [];
    throw new Error(container === undefined ? "no container yet" : JSON.stringify(container.state));
  });
  const caCertificate = secret.data["ca.crt"] ?? "";
  const ready = await waitForApi({
    host: names.apiHost,
    port: API_PORT,
    caCertificate,
    timeoutSeconds: START_MS / 1000,
    route: `${names.namespace}/${names.ingress}`,
    pod: `--namespace ${names.namespace} ${names.pod}`,
  });
  report(ready);
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}
