import { Environment } from "./components/environment";
import { readConfig } from "./config";
import { checkHost } from "./host/reachable";
import { checkAgainstHost } from "./preflight/preflight";

/** The stack: its configuration is checked first, then its host, and then its environment is declared. */
export = async () => {
  const { name, args } = readConfig();
  await checkAgainstHost(name, args, await checkHost());
  const { apiUrl, inClusterUrl, kubeconfig, argocdCluster, namespace, release } = new Environment(name, args);
  return { apiUrl, inClusterUrl, kubeconfig, argocdCluster, namespace, release };
};
