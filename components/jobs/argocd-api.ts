// A part of the programs beside it: `program.ts` puts it in. It finds the client in the folder of the stack.
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";

import type { ApplicationsInput } from "./applications";

/** An Application, as far as it is looked at. */
export interface Application extends KubernetesObject {
  readonly spec: { readonly destination: { readonly name?: string; readonly server?: string } };
  readonly operation?: unknown;
  readonly status?: {
    readonly sync?: { readonly status?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly operationState?: { readonly phase: string; readonly message?: string };
  };
}

const KIND = { group: "argoproj.io", version: "v1alpha1", plural: "applications" } as const;
const REQUEST_MS = 15_000;

/** The host cluster, as far as this program uses it. No request takes longer than {@link REQUEST_MS}. */
export class ArgocdApi {
  readonly server: string;
  private readonly core: CoreV1Api;
  private readonly custom: CustomObjectsApi;
  private problem: unknown;

  constructor(private readonly input: ApplicationsInput) {
    const config = kubeconfig(input.host);
    this.server = config.getCurrentCluster()?.server ?? "no cluster";
    this.core = config.makeApiClient(CoreV1Api);
    this.custom = config.makeApiClient(CustomObjectsApi);
  }

  /** Every Application of every namespace; of Argo CD's alone where we may not see more, which is said. */
  async applications(): Promise<Application[]> {
    const { namespace } = this.input;
    try {
      return items(await within(this.custom.listClusterCustomObject(KIND)));
    } catch (error) {
      if (codeOf(error) === 404) return []; // Argo CD is gone, and its kinds with it
      if (codeOf(error) !== 403) throw error;
      console.error(`Applications outside of ${namespace} are not looked at: ${errorMessage(error)}`);
      return items(await within(this.custom.listNamespacedCustomObject({ ...KIND, namespace })));
    }
  }

  async own(names: readonly string[]): Promise<Application[]> {
    const found: Application[] = [];
    for (const name of names) {
      const one: unknown = await optional<unknown>(this.custom.getNamespacedCustomObject(this.reference(name)));
      if (one !== undefined) found.push(one as Application);
    }
    return found;
  }

  async remove(name: string): Promise<void> {
    await optional(this.custom.deleteNamespacedCustomObject(this.reference(name)));
  }

  async patch(name: string, metadata: object): Promise<void> {
    const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    await optional(this.custom.patchNamespacedCustomObject({ ...this.reference(name), body: { metadata } }, options));
  }

  async secretUid(name: string): Promise<string | undefined> {
    const { namespace } = this.input;
    return (await optional(this.core.readNamespacedSecret({ name, namespace })))?.metadata?.uid;
  }

  async controlPlaneReady(): Promise<boolean> {
    const { namespace, release } = this.input.controlPlane;
    const labelSelector = `app=vcluster,release=${release}`;
    const pods = await within(this.core.listNamespacedPod({ namespace, labelSelector }));
    return pods.items.some(({ metadata, status }) => {
      const ready = status?.conditions?.some((one) => one.type === "Ready" && one.status === "True");
      return ready === true && metadata?.deletionTimestamp === undefined;
    });
  }

  /** What `read` gives, or undefined when it fails: whoever waits for something asks again. */
  async tryRead<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      const found = await read();
      this.problem = undefined;
      return found;
    } catch (error) {
      this.problem = error;
      return undefined;
    }
  }

  /** What the last {@link tryRead} request failed with, for the end of a message. */
  lastProblem(): string {
    return this.problem === undefined ? "" : `\nThe host at ${this.server} said last: ${errorMessage(this.problem)}`;
  }

  private reference(name: string) {
    return { ...KIND, namespace: this.input.namespace, name };
  }
}

function kubeconfig({ kubeconfig, context, cluster }: ApplicationsInput["host"]): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else if (existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
  else config.loadFromString(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  if (cluster !== undefined) {
    const current = config.getCurrentContext();
    config.contexts = config.contexts.map((one) => (one.name === current ? { ...one, cluster } : one));
  }
  return config;
}

function items(list: unknown): Application[] {
  return (list as { items: Application[] }).items;
}

/** What was asked for, or undefined where it does not exist. */
async function optional<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await within(request);
  } catch (error) {
    if (codeOf(error) === 404) return undefined;
    throw error;
  }
}

async function within<T>(request: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = sleep(REQUEST_MS, undefined, { signal: limit.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${REQUEST_MS / 1000} s`);
  });
  try {
    return await Promise.race([request, late]);
  } finally {
    late.catch(() => undefined);
    limit.abort();
  }
}

function codeOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** The words of an error; of an answer of the API only its message. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  try {
    return (JSON.parse(error.body as string) as { message: string }).message;
  } catch {
    return `the API answered ${error.code}`;
  }
}
