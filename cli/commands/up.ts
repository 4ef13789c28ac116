import { environmentNames } from "../../components/names";
import { collectDiagnostics } from "../../local/diagnostics";
import { addHostNames } from "../../local/hosts-file";
import { domain } from "../../local/settings";
import { checkEnvironment, notLookedAt } from "../check-environment";
import { recover } from "../interrupted-runs";
import { policyPack, pulumi } from "../pulumi";
import { findEnvironment } from "../running-environment";
import type { Target } from "../target";

/**
 * Brings the environment up, looks whether it works, and prints what to do next with it.
 *
 * @param refresh see {@link apply}
 */
export async function up(target: Target, refresh?: boolean): Promise<void> {
  const local = target.existingCluster === undefined;
  if (!local) console.log(`Using the cluster of ${target.existingCluster}.`);
  await apply(target, refresh);
  const environment = await findEnvironment(target);
  const pending = await checkEnvironment(environment);
  console.log(
    `\nEnvironment ${target.environment} is ready${notLookedAt(environment)}.${local ? ` Next steps:\n${nextSteps(target)}` : ""}`,
  );
  if (pending !== "") console.warn(pending);
}

/**
 * Brings the environment to its configuration.
 *
 * @param refresh clears what a killed run left, and refreshes the state first: it may list objects that are gone.
 * Default: only on the local host.
 */
export async function apply(target: Target, refresh = target.existingCluster === undefined): Promise<void> {
  if (target.existingCluster === undefined) addHostNames([target.environment]);
  if (refresh) await recover(target);
  try {
    pulumi(target, ["up", "--yes", ...(refresh ? ["--skip-preview", "--refresh"] : [])], policyPack);
  } catch (error) {
    if (target.existingCluster === undefined) {
      // Helm reports only that it waited, not what for.
      console.error(await collectDiagnostics(environmentNames(target.environment, domain).namespace));
    }
    throw error;
  }
}

function nextSteps({ stack, environment }: Target): string {
  const shell = `eval "$(make -s env)"`;
  const file = `${stack}.kubeconfig`;
  return `
  use the virtual cluster, through the ingress:
    ${shell} && (umask 077; pulumi stack output kubeconfig --show-secrets --stack ${stack} >${file}) && kubectl --kubeconfig ${file} get nodes,namespaces
  show its outputs:
    ${shell} && pulumi stack output --stack ${stack}
  show its pods on the host:
    ${shell} && kubectl get pods --namespace ${environmentNames(environment, domain).namespace}
`;
}
