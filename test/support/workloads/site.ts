import type { KubernetesObject, V1Pod } from "@kubernetes/client-node";

import { syncedName } from "../../../components/names";
import { exec, type ExecResult, succeeded } from "../../../shared/exec";
import { waitFor, within } from "../../../shared/wait";
import { type Cluster, reference } from "../../../testing/cluster";
import type { Environment } from "../environments";

/** Longest time for one thing to come about: on two cores, dozens of programs start at the same time. */
const PATIENCE_MS = 300_000;

/** One program's place: its namespace in a virtual cluster, with what a user has at hand. */
export class Site {
  readonly cluster: Cluster;

  /** @param kubeconfig file with the environment's kubeconfig */
  constructor(
    readonly host: Cluster,
    readonly env: Environment,
    readonly kubeconfig: string,
    readonly namespace: string,
  ) {
    this.cluster = env.cluster;
  }

  /** Host name of the program on the ingress controller. */
  get hostName(): string {
    return `${this.namespace}.${this.env.apiHost}`;
  }

  /** Runs kubectl in the namespace, whatever becomes of it. */
  try(args: readonly string[], input = "", timeoutMs = 240_000): Promise<ExecResult> {
    return exec("kubectl", ["--kubeconfig", this.kubeconfig, "-n", this.namespace, ...args], { input, timeoutMs });
  }

  /** Runs kubectl in the namespace. @returns what it printed @throws Error where it fails */
  async kubectl(...args: string[]): Promise<string> {
    return succeeded(await this.try(args)).stdout.trim();
  }

  /** Creates objects as `kubectl apply` and Argo CD do by default: by POST. */
  async create(objects: readonly KubernetesObject[]): Promise<void> {
    const items = objects.map((object) => ({
      ...object,
      metadata: Object.assign({ namespace: this.namespace }, object.metadata),
    }));
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const args = ["--kubeconfig", this.kubeconfig, "apply", "-f", "-"];
    succeeded(await exec("kubectl", args, { input: list, timeoutMs: 120_000 }));
  }

  get<T extends KubernetesObject>(apiVersion: string, kind: string, name: string): Promise<T | undefined> {
    return this.cluster.get<T>(reference(apiVersion, kind, name, this.namespace));
  }

  /** The host's copy of an object. */
  onHost<T extends KubernetesObject>(apiVersion: string, kind: string, name: string): Promise<T | undefined> {
    const { release, namespace } = this.env;
    return this.host.get<T>(reference(apiVersion, kind, syncedName(name, this.namespace, release), namespace));
  }

  /** The error with what the pods and events of the namespace say, as a user would look for them. */
  async explained(error: unknown): Promise<Error> {
    const message = error instanceof Error ? error.message : String(error);
    const explanation = await within(60_000, this.cluster.explain(this.namespace, { ready: true })).catch(
      (reason: unknown) => `(no explanation: ${String(reason)})`,
    );
    return new Error(`${message}\n${explanation}`, { cause: error });
  }

  /** Waits until the condition holds. */
  until<T>(
    what: string,
    condition: () => Promise<T | undefined | false>,
    timeoutMs = PATIENCE_MS,
    everyMs = 1_500,
  ): Promise<T> {
    return waitFor(condition, { what: `${this.namespace}: ${what}`, timeoutMs, everyMs });
  }

  /** Pods with the label `app`, by their names. */
  async pods(app: string): Promise<V1Pod[]> {
    const { items } = await this.cluster.core.listNamespacedPod({
      namespace: this.namespace,
      labelSelector: `app=${app}`,
    });
    return items.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  }

  /** Waits for exactly so many ready pods with the label `app`. */
  ready(app: string, count = 1): Promise<V1Pod[]> {
    return this.until(`${count} ready pods of ${app}`, async () => {
      const pods = await this.pods(app);
      return pods.length === count && pods.every(isReady) && pods;
    });
  }

  /** Waits for a Job to complete. */
  completed(job: string): Promise<unknown> {
    return this.until(`Job ${job} to complete`, async () => {
      const printed = await this.kubectl("get", "job", job, "-o", "jsonpath={.status.conditions[*].type}");
      return printed.includes("Complete");
    });
  }

  /** Runs a script in the first ready pod with the label `app`. */
  async shell(app: string, script: string): Promise<string> {
    const [pod] = (await this.pods(app)).filter(isReady);
    if (pod === undefined) throw new Error(`${this.namespace} has no ready pod of ${app}`);
    return (await this.cluster.shell(this.namespace, nameOf(pod), script, 60_000)).trim();
  }

  /** Waits until what a script prints in a pod matches. */
  prints(app: string, script: string, expected: RegExp): Promise<unknown> {
    return this.until(`${app} to print ${String(expected)}`, async () => {
      const printed = await this.shell(app, script);
      if (!expected.test(printed)) throw new Error(printed);
      return true;
    });
  }
}

export function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? "";
}

function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
  return ready === true && metadata?.deletionTimestamp === undefined;
}
