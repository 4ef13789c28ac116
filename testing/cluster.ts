import * as fs from "node:fs";
import * as https from "node:https";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";

import {
  ApiException,
  CoreV1Api,
  Exec,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  type V1Pod,
  type V1Status,
} from "@kubernetes/client-node";

import { type Answer, answerTo } from "../shared/http";
import { type Wait, waitFor, within } from "../shared/wait";
import { fromBase64 } from "../shared/base64";

/** What names one object of a cluster. */
export interface Reference {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

export function reference(apiVersion: string, kind: string, name: string, namespace?: string): Reference {
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}

/** Printed after the output of a script, to see that it is whole. */
const END = "--end--";

/** A cluster as the tests use it: any object by its reference, and waiting that says what the cluster said. */
export class Cluster {
  readonly core: CoreV1Api;
  private readonly config = new KubeConfig();
  private readonly objects: KubernetesObjectApi;

  /** @param name as it appears in messages */
  constructor(
    readonly name: string,
    readonly kubeconfig: string,
  ) {
    this.config.loadFromString(kubeconfig);
    this.core = this.config.makeApiClient(CoreV1Api);
    this.objects = KubernetesObjectApi.makeApiClient(this.config);
  }

  /** The host cluster: the one that KUBECONFIG names. */
  static host(): Cluster {
    const file = process.env["KUBECONFIG"];
    if (!file) throw new Error('KUBECONFIG is not set: run eval "$(make env)" first');
    return new Cluster("the host", fs.readFileSync(file, "utf8"));
  }

  /** PEM of the authority that the kubeconfig trusts. */
  get authority(): string {
    const data = this.config.getCurrentCluster()?.caData;
    if (!data) throw new Error(`the kubeconfig of ${this.name} has no certificate-authority-data`);
    return fromBase64(data);
  }

  /** Creates the object or brings it to this form. */
  async apply<T extends KubernetesObject>(object: T): Promise<T> {
    return this.objects.patch(object, undefined, undefined, "e2e", true, PatchStrategy.ServerSideApply);
  }

  /** Sets an annotation; `null` removes it. */
  async annotate(object: Reference, key: string, value: string | null): Promise<void> {
    await this.merge(object, { metadata: { annotations: { [key]: value } } });
  }

  /** Changes what `patch` has of the object; `null` removes. */
  async merge(object: Reference, patch: { metadata?: object; spec?: object }): Promise<void> {
    const body: KubernetesObject = { ...object, ...patch, metadata: { ...object.metadata, ...patch.metadata } };
    await this.objects.patch(body, undefined, undefined, "e2e", undefined, PatchStrategy.MergePatch);
  }

  /** @returns the object, or `undefined` when there is none */
  async get<T extends KubernetesObject>(object: Reference): Promise<T | undefined> {
    try {
      return await this.objects.read<T & Reference>(object);
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Deletes the objects that exist and waits until all are gone. */
  async remove(...references: Reference[]): Promise<void> {
    for (const object of references) {
      if (await this.get(object)) {
        await this.objects.delete(object, undefined, undefined, 0, undefined, "Background").catch((error: unknown) => {
          if (!(error instanceof ApiException && error.code === 404)) throw error;
        });
      }
    }
    for (const object of references) {
      const { name, namespace = "" } = object.metadata;
      await this.waitFor(async () => (await this.get(object)) === undefined, {
        what: `${object.kind} ${namespace}/${name} to be gone from ${this.name}`,
        timeoutMs: 60_000,
        namespace: object.kind === "Namespace" ? name : namespace,
      });
    }
  }

  /** Like the function of the same name; at a timeout the error also carries {@link Cluster.explain}. */
  async waitFor<T>(
    condition: () => Promise<T | undefined | false>,
    wait: Omit<Wait, "explain"> & { namespace: string },
  ): Promise<T> {
    return waitFor(condition, { ...wait, explain: () => this.explain(wait.namespace) });
  }

  /** Waits until the pod is there and ready, and is not the one with the given uid. */
  async podReady(namespace: string, name: string, timeoutMs: number, notUid?: string): Promise<V1Pod> {
    return this.waitFor(
      async () => {
        const pod = await this.get<V1Pod>(reference("v1", "Pod", name, namespace));
        return pod && pod.metadata?.uid !== notUid && isReady(pod) && pod;
      },
      { what: `pod ${namespace}/${name} of ${this.name} to be ready`, timeoutMs, namespace },
    );
  }

  /**
   * What the cluster says about a namespace: its pods, the last lines of those not ready, its last events.
   *
   * @param options.ready the last lines of ready pods as well
   * @param options.pods only these pods, and the events of no others. Default: all
   */
  async explain(namespace: string, options: { ready?: boolean; pods?: readonly string[] } = {}): Promise<string> {
    const { ready = false, pods } = options;
    const lines: string[] = [];
    for (const pod of (await this.core.listNamespacedPod({ namespace })).items) {
      const name = pod.metadata?.name ?? "";
      if (pods?.includes(name) === false) continue;
      lines.push(`pod ${namespace}/${name}: ${pod.status?.phase ?? "?"}${isReady(pod) ? ", ready" : ""}`);
      if (isReady(pod) && !ready) continue;
      for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
        // The state before is the one with the exit code, where the container was restarted.
        const before = status.lastState?.terminated ? `, before ${JSON.stringify(status.lastState)}` : "";
        lines.push(`  ${status.name}: restarts ${status.restartCount}, ${JSON.stringify(status.state)}${before}`);
        const log = await this.core
          .readNamespacedPodLog({ namespace, name, container: status.name, tailLines: 15 })
          .catch(() => "");
        lines.push(
          ...log
            .trimEnd()
            .split("\n")
            .map((line) => `    ${line}`),
        );
      }
    }
    const events = (await this.core.listNamespacedEvent({ namespace })).items.filter(
      ({ involvedObject }) => pods?.includes(involvedObject.name ?? "") ?? true,
    );
    for (const event of events.slice(-15)) {
      lines.push(`event ${event.involvedObject.name ?? ""}: ${event.reason ?? ""}: ${event.message ?? ""}`);
    }
    return `${this.name} says about namespace ${namespace}:\n${lines.join("\n")}`;
  }

  /**
   * Runs a shell script in the pod's only container and returns its output. On a busy host, an exec stream sometimes succeeds without
   * the output: the script is run again then, so it has to be idempotent.
   *
   * @throws Error when it fails
   */
  async shell(namespace: string, pod: string, script: string, timeoutMs: number): Promise<string> {
    const marked = `(${script}\n) && echo ${END}`;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const output = await this.stream(namespace, pod, marked, timeoutMs);
      if (output.endsWith(`${END}\n`)) return output.slice(0, -END.length - 1);
    }
    throw new Error(`${namespace}/${pod}: three streams ended without the end of what was printed`);
  }

  private async stream(namespace: string, pod: string, script: string, timeoutMs: number): Promise<string> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const printed = Promise.all([text(stdout), text(stderr)]);
    const ended = new Promise<V1Status>((resolve, reject) => {
      new Exec(this.config)
        .exec(namespace, pod, "", ["sh", "-c", script], stdout, stderr, null, false, (status) => {
          stdout.end();
          stderr.end();
          resolve(status);
        })
        .catch(reject);
    });
    const status = await within(timeoutMs, ended);
    const [output, errors] = await printed;
    if (status.status !== "Success")
      throw new Error(`${namespace}/${pod}: ${status.message ?? ""}: ${errors.slice(-500)}`);
    return output;
  }

  /** Reads a path of the API, with the media type that the caller wants. */
  async getJson<T>(path: string, accept = "application/json"): Promise<T> {
    const { status, body } = await this.send("GET", path, undefined, { accept });
    if (status !== 200) throw new Error(`${this.name}: GET ${path}: ${status} ${body.slice(0, 300)}`);
    return JSON.parse(body) as T;
  }

  /** One request to the API, whatever the answer. With `token` it comes from that account. */
  async send(
    method: string,
    path: string,
    content?: object,
    headers: Record<string, string> = {},
    token?: string,
  ): Promise<Answer> {
    const options: https.RequestOptions = { method };
    const server = this.config.getCurrentCluster()?.server ?? "";
    if (token === undefined) await this.config.applyToHTTPSOptions(options);
    else options.ca = this.authority;
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    options.headers = {
      "content-type": type,
      ...headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = https.request(`${server}${path}`, options);
    return within(30_000, answerTo(request, content && JSON.stringify(content)));
  }
}

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
