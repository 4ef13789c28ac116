import { environmentNames } from "../components/names";
import { addHostNames } from "../local/hosts-file";
import { domain } from "../local/settings";
import { succeeded } from "../shared/exec";
import { EARLIER, earlierCheckout } from "../testing/earlier";
import { Stack, type StackOptions } from "../testing/pulumi";
import type { Contender } from "./candidate";

/** The program as it was at an earlier commit, so that both are measured in one run. */
export async function before(environment: string): ReturnType<typeof ours> {
  const checkout = await earlierCheckout(EARLIER);
  return { ...(await ours(environment, {}, checkout)), name: `pulumi up, as of ${EARLIER}` };
}

/** `pulumi up` of a stack with nothing configured, preview and policy pack included, and `pulumi destroy`. */
export async function ours(
  environment: string,
  config: NonNullable<StackOptions["config"]> = {},
  checkout?: string,
): Promise<Contender & { stack: Stack }> {
  addHostNames([environment]);
  const stack = await Stack.open(environment, { config, ...(checkout && { checkout }) });
  await stack.destroy(); // of a run that was killed, with its lock
  return {
    name: "pulumi up",
    names: environmentNames(environment, domain),
    stack,
    up: async () => {
      await stack.up();
    },
    down: async () => {
      succeeded(await stack.tryDestroy());
    },
  };
}
