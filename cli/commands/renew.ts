import { waitForApi } from "../../components/jobs/api-readiness";
import { podLabels } from "../../components/names";
import { type HostClient, isReady, type Pod, type Secret } from "../../host/client";
import { waitFor } from "../../shared/wait";
import { reissue } from "../reissue-certificates";
import { type Environment, findEnvironment, versionsOf } from "../running-environment";
import type { Target } from "../target";
import { renewalOf, showExpiries } from "./expiry";
import { apply } from "./up";

const START_MS = 300_000;

/** Renews the certificates of the stack's virtual cluster, and prints when the new ones expire. */
export async function renewCertificates(target: Target): Promise<void> {
  const environment = await findEnvironment(target);
  console.log(renewalOf((await versionsOf(environment)).chart));
  await renew(environment, console.log);
  // Updates the output kubeconfig and the other resources that contain the administrator's credentials.
  await apply(target);
  await showExpiries(target);
}

/**
 * Renews all certificates of a virtual cluster that its certificate authorities have signed, and restarts its control
 * plane, with etcd where it has one. Its data, its authorities, and with them all other tokens and kubeconfigs, stay valid. Also works after they
 * have expired: only the host's API is used.
 *
 * The Secret is authoritative: the control plane reads it at every start, and renews what it finds there only in newer
 * versions, 90 days before it expires (`pkg/certs/ensure.go` and `watcher.go` of vCluster; `renewsCertificates`). Deleting it
 * does not help: the files on the volume restore it.
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

  await restartPods(environment, report);
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

/**
 * Replaces the pods of the control plane one after another, those of etcd first, so that with several replicas each has its
 * majority all the time.
 */
export async function restartPods(
  { host, names }: { host: Pick<HostClient, "list" | "get" | "remove">; names: Environment["names"] },
  report: (line: string) => void,
  timeoutMs = START_MS,
): Promise<void> {
  const pods = `/api/v1/namespaces/${names.namespace}/pods`;
  for (const { app, release } of [podLabels(names).etcd, podLabels(names).controlPlane]) {
    const selector = encodeURIComponent(`app=${app},release=${release}`);
    for (const { metadata } of await host.list<Pod>(`${pods}?labelSelector=${selector}`)) {
      const name = metadata?.name ?? "";
      await host.remove(`${pods}/${name}`);
      report(`Restarting Pod ${names.namespace}/${name}`);
      const restarted = async () => {
        const pod = await host.get<Pod>(`${pods}/${name}`);
        if (pod.metadata?.uid === metadata?.uid) throw new Error("the old pod is still there");
        if (isReady(pod)) return true;
        const [container] = pod.status?.containerStatuses ?? [];
        throw new Error(container === undefined ? "no container yet" : JSON.stringify(container.state));
      };
      await waitFor(restarted, { what: `pod ${names.namespace}/${name} to be ready`, timeoutMs });
    }
  }
}
