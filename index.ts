import { Environment } from "./components/environment";
import { hostUid } from "./components/kubernetes/find-namespace";
import { randomIdentity } from "./components/kubernetes/ownership";
import { outputsOf } from "./components/outputs";
import { readConfig } from "./config";
import { HostClient } from "./host/client";
import { checkHost } from "./host/reachable";
import { checkAgainstHost } from "./preflight/preflight";

/** The stack: checks its configuration, then its host, and then declares its environment. */
export = async () => {
  const config = readConfig();
  const host = await checkHost();
  const api = host && new HostClient(host);
  // Of the stack and not of the environment, which can get another name.
  const identity = randomIdentity("identity", api && hostUid(api));
  const { env, transformations } = await checkAgainstHost(config, api, identity);
  return outputsOf(new Environment(env.environment, { ...env, identity: identity.value }, { transformations }));
};
