import { Environment } from "./components/environment";
import { readConfig } from "./config";
import { checkHost } from "./host/reachable";
import { checkAgainstHost } from "./preflight/preflight";

/** The stack: its configuration is checked first, then its host, and then its environment is declared. */
export = async () => {
  const environment = readConfig();
  await checkAgainstHost(environment, await checkHost());
  const { apiUrl, inClusterUrl, kubeconfig, argocdCluster, namespace, release } = new Environment(
    environment.environment,
    environment,
  );
  return { apiUrl, inClusterUrl, kubeconfig, argocdCluster, namespace, release };
};
