import { addHostNames } from "../../local/hosts-file";
import { Cluster } from "../../testing/cluster";
import { Stack, type StackOptions } from "../../testing/pulumi";

/** A running environment. Its names are written out as the design states them, not taken from the program. */
export interface Environment {
  stack: Stack;
  /** Namespace on the host. */
  namespace: string;
  release: string;
  /** The pod of the control plane, in that namespace. */
  pod: string;
  apiHost: string;
  /** The stack's output: a kubeconfig that works through the ingress. */
  kubeconfig: string;
  /** The virtual cluster, through that kubeconfig. */
  cluster: Cluster;
}

const stacks = new Map<string, Promise<Stack>>();
const running = new Map<string, Promise<Environment>>();

/**
 * The environment of that name, brought up by `pulumi up` at the first call and shared by all that follow. What an
 * earlier run left is destroyed first, so the tests always see a new one.
 *
 * @param config the program's keys, looked at by the first call; default: the committed file of that stack
 * @param env the environment of its commands, looked at by the first call; default: this process's
 */
export async function environment(
  name: string,
  config?: StackOptions["config"],
  env?: NodeJS.ProcessEnv,
): Promise<Environment> {
  let found = running.get(name);
  if (!found) running.set(name, (found = up(name, { config, ...(env && { env }) })));
  return found;
}

/** Destroys the environment if this run, or an aborted one before it, has brought it up. */
export async function destroy(name: string): Promise<void> {
  const stack = await cleanStack(name);
  if (running.delete(name)) await stack.destroy();
}

async function up(name: string, options: StackOptions): Promise<Environment> {
  const stack = await cleanStack(name, options);
  // What the world's DNS says of the name does not reach every machine, and `up` looks through the ingress.
  addHostNames([name]);
  await stack.up();
  const { kubeconfig } = await stack.outputs();
  if (typeof kubeconfig !== "string") throw new Error(`stack ${name} has no output "kubeconfig" of type string`);
  return {
    stack,
    namespace: `${name}-vcluster`,
    release: `vcluster-${name}-helm`,
    pod: `vcluster-${name}-helm-0`,
    apiHost: `${name}-vcluster.cnoe.localtest.me`,
    kubeconfig,
    cluster: new Cluster(`virtual cluster ${name}`, kubeconfig),
  };
}

async function cleanStack(name: string, options: StackOptions = {}): Promise<Stack> {
  let found = stacks.get(name);
  if (!found) {
    found = Stack.open(name, options).then(async (stack) => {
      await stack.destroy();
      return stack;
    });
    stacks.set(name, found);
  }
  return found;
}
