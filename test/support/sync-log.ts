import { KubeConfig, Watch } from "@kubernetes/client-node";

import type { Cluster } from "../../testing/cluster";
import type { Application } from "./argocd";

/** Everything that one Application said of its syncs while it was watched. */
export class SyncLog {
  /** How each sync ended, by its start. */
  readonly ended = new Map<string, string>();
  /** Conditions that report an error, and failed operations, in words. */
  readonly errors = new Set<string>();
  private abort: AbortController | undefined;
  private stopped = false;

  /** Watches the Application until {@link stop}; a watch that ends is started again. */
  async start(host: Cluster, namespace: string, name: string): Promise<void> {
    const config = new KubeConfig();
    config.loadFromString(host.kubeconfig);
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`;
    const seen = (_: string, application: Application) => {
      this.note(application);
    };
    const again = () => {
      if (!this.stopped) void this.start(host, namespace, name);
    };
    this.abort = await new Watch(config).watch(path, { fieldSelector: `metadata.name=${name}` }, seen, again);
  }

  stop(): void {
    this.stopped = true;
    this.abort?.abort();
  }

  private note({ status }: Application): void {
    const { operationState: operation, conditions = [] } = status ?? {};
    for (const { type, message } of conditions) if (type.endsWith("Error")) this.errors.add(`${type}: ${message}`);
    if (operation === undefined || operation.phase === "Running") return;
    this.ended.set(operation.startedAt, operation.phase);
    if (operation.phase !== "Succeeded") this.errors.add(`${operation.phase}: ${operation.message ?? ""}`);
  }
}
