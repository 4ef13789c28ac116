import type { CoreV1Api } from "@kubernetes/client-node";

import { environmentNames, type Names } from "../components/names";
import { checkoutDir } from "../shared/checkout";
import { run } from "../shared/exec";
import { hostOf } from "./host-client";
import type { Target } from "./interrupted-runs";

/** A running environment and its host, as its stack tells of them. */
export interface Environment {
  readonly names: Names;
  /** Core API of the host cluster. */
  readonly host: CoreV1Api;
  /** The stack's output. Secret. */
  readonly kubeconfig: string;
  /** False where it is not registered with Argo CD. */
  readonly registered: boolean;
}

/**
 * Finds an environment by its stack's outputs. Needs `pulumi`, and no kubectl.
 *
 * @throws Error where the stack has no environment
 */
export async function findEnvironment(target: Target): Promise<Environment> {
  const { stack, env } = target;
  const show = ["stack", "output", "--json", "--show-secrets", "--stack", stack, "--non-interactive"];
  const outputs = JSON.parse(await run("pulumi", show, { cwd: checkoutDir, env })) as Record<string, unknown>;
  const text = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const [namespace, apiUrl, kubeconfig] = [text("namespace"), text("apiUrl"), text("kubeconfig")];
  if (namespace === undefined || apiUrl === undefined || kubeconfig === undefined) {
    throw new Error(`stack ${stack} has no environment: it lacks outputs. Fix: \`pulumi up --stack ${stack}\` first.`);
  }
  const apiHost = new URL(apiUrl).hostname;
  return {
    names: environmentNames(namespace.replace(/-vcluster$/, ""), apiHost.slice(apiHost.indexOf(".") + 1)),
    host: await hostOf(target),
    kubeconfig,
    registered: text("argocdCluster") !== undefined,
  };
}
