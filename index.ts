import { Environment } from "./components/environment";
import { outputsOf } from "./components/outputs";
import { readConfig } from "./config";
import { checkHost } from "./host/reachable";
import { checkAgainstHost } from "./preflight/preflight";

/** The stack: its configuration is checked first, then its host, and then its environment is declared. */
export = async () => {
  const environment = readConfig();
  await checkAgainstHost(environment, await checkHost());
  return outputsOf(new Environment(environment.environment, environment));
};
