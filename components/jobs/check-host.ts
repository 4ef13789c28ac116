import { type HostClient, HostError, type KubernetesObject } from "../../host/client";
import { CodedError } from "../../shared/coded";
import { RESTORE_STATE } from "../../shared/restore-state";

/** The environment's namespace on its host, as the last `up` has seen it. */
export interface NamespaceInput {
  readonly name: string;
  readonly uid: string;
}

/**
 * Stops a destroy unless the host is the environment's: its namespace is there, and not another one of the same name.
 *
 * With `force`, a namespace that is missing does not stop it. One with another uid always does.
 *
 * @returns whether the namespace is there
 * @throws Error with the host and what to do
 */
export async function checkHost(
  host: HostClient,
  { name, uid }: NamespaceInput,
  force: boolean,
  log: (line: string) => void = console.error,
): Promise<boolean> {
  let found;
  try {
    found = await host.find<KubernetesObject>(`/api/v1/namespaces/${name}`);
  } catch (error) {
    if (!(error instanceof HostError) || error.status !== undefined) throw error;
    throw new CodedError(unreachableMessage(host, error), "host-unreachable", { cause: error });
  }
  if (found?.metadata?.uid === uid) return true;
  const missing = `The namespace "${name}" of this environment does not exist at ${host.server}`;
  if (found === undefined && force) {
    log(`${missing}. Going on (force).`);
    return false;
  }
  const problem =
    found === undefined ? missing : `The namespace "${name}" at ${host.server} is not the one that this stack created`;
  throw new CodedError(
    `${problem}: it is another host, or the namespace was deleted by hand. Nothing was deleted.\nFix: choose the cluster of this ` +
      `environment by KUBECONFIG or by kubernetes:kubeconfig and kubernetes:context. ${RESTORE_STATE}. ` +
      (found === undefined
        ? "If it is the right host, set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on."
        : "If it is the right host, `pulumi up` first, or delete that namespace."),
    found === undefined ? "host-lacks-namespace" : "host-has-other-namespace",
  );
}

function unreachableMessage({ server }: HostClient, { message }: HostError): string {
  return (
    `The host at ${server} does not answer: ${message}. Nothing was deleted.\nFix: destroy again when it answers. If it is ` +
    "gone for good, empty the stack by `make forget STACK=<stack>`, or without this program's checkout by " +
    "`pulumi state delete --all --force --stack <stack>`; both delete nothing on the host."
  );
}
