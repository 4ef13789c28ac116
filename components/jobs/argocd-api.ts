import { type HostClient, HostError, isReady, type KubernetesObject, type Pod, type Secret } from "../../host/client";
import type { ApplicationsInput } from "./applications-input";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** An Application, as far as the job reads it. */
export interface Application extends KubernetesObject {
  readonly spec: {
    readonly destination: { readonly name?: string; readonly server?: string; readonly namespace?: string };
  };
  readonly operation?: unknown;
  readonly status?: {
    readonly sync?: { readonly status?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    /** Objects of the Application. */
    readonly resources?: readonly { readonly namespace?: string }[];
    readonly operationState?: { readonly phase: string; readonly message?: string };
  };
}

/** A cluster of Argo CD, as the destinations of Applications name it. */
type Cluster = Pick<ApplicationsInput["cluster"], "name" | "server">;

export function pointsAt({ spec }: Application, cluster: Cluster): boolean {
  const { name, server } = spec.destination;
  return name === cluster.name || server?.replace(/\/+$/, "") === cluster.server;
}

/** Whether an Application with a name of the environment's is its own, even where one of the two marks was changed by hand. */
export function isOwnApplication(application: Application, environment: string, cluster: Cluster): boolean {
  return application.metadata?.labels?.[ENVIRONMENT_LABEL] === environment || pointsAt(application, cluster);
}

const KIND = "/apis/argoproj.io/v1alpha1";

/** Argo CD and the environment's control plane on the host cluster. */
export class ArgocdApi {
  readonly server: string;
  private problem: unknown;

  constructor(
    private readonly host: HostClient,
    private readonly input: Pick<ApplicationsInput, "namespace" | "controlPlane">,
    private readonly log: (line: string) => void = console.error,
  ) {
    this.server = host.server;
  }

  /** Applications of all namespaces; only of Argo CD's, with a line in the log, where the user may not list others. */
  async applications(): Promise<Application[]> {
    const { namespace } = this.input;
    try {
      return await this.host.list(`${KIND}/applications`);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.status === 404) return []; // Argo CD is gone, and its kinds with it
      if (error.status !== 403) throw error;
      this.log(`Applications outside of ${namespace} are not checked: ${error.message}`);
      return this.host.list(`${KIND}/namespaces/${namespace}/applications`);
    }
  }

  async own(names: readonly string[]): Promise<Application[]> {
    const existing: Application[] = [];
    for (const name of names) {
      const application = await this.host.find<Application>(this.path(name));
      if (application !== undefined) existing.push(application);
    }
    return existing;
  }

  async remove(name: string): Promise<void> {
    await unlessGone(this.host.remove(this.path(name)));
  }

  async patch(name: string, metadata: object): Promise<void> {
    await unlessGone(this.host.patch(this.path(name), { metadata }));
  }

  /** A Secret in Argo CD's namespace. */
  async secret(name: string): Promise<Secret | undefined> {
    return this.host.find(`/api/v1/namespaces/${this.input.namespace}/secrets/${name}`);
  }

  async controlPlaneReady(): Promise<boolean> {
    const { namespace, release } = this.input.controlPlane;
    const selector = encodeURIComponent(`app=vcluster,release=${release}`);
    const pods = await this.host.list<Pod>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`);
    return pods.some(isReady);
  }

  /** What `read` returns, or undefined when it fails: a caller that waits tries again. */
  async tryRead<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await read();
      this.problem = undefined;
      return result;
    } catch (error) {
      this.problem = error;
      return undefined;
    }
  }

  /** What the last {@link tryRead} failed with, for the end of a message. */
  lastProblem(): string {
    if (this.problem === undefined) return "";
    const message = this.problem instanceof Error ? this.problem.message : "unknown error";
    return `\nThe last request to the host at ${this.server} failed: ${message}`;
  }

  private path(name: string): string {
    return `${KIND}/namespaces/${this.input.namespace}/applications/${name}`;
  }
}

async function unlessGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof HostError) || error.status !== 404) throw error;
  }
}
