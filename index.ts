import { Environment } from "./components/environment";
import { readConfig } from "./config";

const { name, args } = readConfig();

/** The outputs of a stack are those of its environment. */
export const { apiUrl, inClusterUrl, kubeconfig, argocdCluster, namespace, release } = new Environment(name, args);
