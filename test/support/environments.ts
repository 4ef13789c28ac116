import { addHostNames } from "../../local/hosts-file";
import { Cluster } from "../../testing/cluster";
import { Stack, type StackOptions } from "../../testing/pulumi";
import { environmentNames, type Names } from "../../components/names";
import { domain } from "../../local/settings";

/** A running environment with its names, which test/unit/components/names.test.ts compares with the design. */
export interface Environment extends Names {
  stack: Stack;
  /** The stack's output: a kubeconfig that works through the ingress. */
  kubeconfig: string;
  /** The virtual cluster, through that kubeconfig. */
  cluster: Cluster;
}

/** Names of an environment on the local host. */
export function namesOf(name: string): Names {
  return environmentNames(name, domain);
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
    ...namesOf(name),
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
