import { Environment } from "./components/environment";
import { hostUid } from "./components/kubernetes/find-namespace";
import { randomIdentity } from "./components/kubernetes/ownership";
import { outputsOf } from "./components/outputs";
import { readConfig } from "./config";
import { HostClient } from "./host/client";
import { checkHost } from "./host/reachable";
import { checkAgainstHost } from "./preflight/preflight";
import { startProviders } from "./preflight/start-providers";

/** The stack: checks its configuration, then its host, and then declares its environment. */
export = async () => {
  const config = readConfig();
  const host = await checkHost();
  const api = host && new HostClient(host);
  // A credential plugin that fails has to be found before the provider runs it.
  if (host !== undefined && host.user["exec"] === undefined) startProviders();
  // Of the stack and not of the environment, which can get another name.
  const identity = randomIdentity("identity", api && hostUid(api));
  const { env, transformations } = await checkAgainstHost(config, api, identity);
  return outputsOf(new Environment(env.environment, { ...env, identity: identity.value }, { transformations }));
};
