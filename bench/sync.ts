import { setTimeout as delay } from "node:timers/promises";

import { KubeConfig, type KubernetesObject, Watch } from "@kubernetes/client-node";

import { syncedName } from "../components/names";
import { Cluster } from "../testing/cluster";
import { within } from "../shared/wait";
import type { Bench, Measured, Options } from "./bench";
import { ours } from "./environment";
import { fromBase64 } from "../shared/base64";

const CHANGES = 200;
const MARK = "kubernetes.io/change-cause";
const NAME = "bench-change";
/** A namespace of the host that every environment has the Secrets of. */
const SOURCE = "backstage";

export const sync: Bench = { name: "sync", title: "From a change to its copy", run: measure };

async function measure({ quick, progress }: Options): Promise<Measured> {
  const environment = await ours("bench-ours");
  const host = Cluster.host();
  const changes = quick ? 20 : CHANGES;
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: NAME, namespace: SOURCE } };
  try {
    await environment.up();
    const { kubeconfig } = await environment.stack.outputs();
    const virtual = new Cluster("the virtual cluster", String(kubeconfig));

    const down = await latencies(changes, virtual, `/api/v1/namespaces/${SOURCE}/secrets`, NAME, (mark) =>
      host.apply({ ...secret, metadata: { ...secret.metadata }, stringData: { mark } }),
    );
    progress("Secrets are done");

    const backend = { service: { name: "nobody", port: { number: 80 } } };
    const paths = [{ path: "/", pathType: "Prefix", backend }];
    const ingress = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: NAME, namespace: "default" },
      spec: { rules: [{ host: `change.${environment.names.apiHost}`, http: { paths } }] },
    };
    const { namespace, release } = environment.names;
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
    const up = await latencies(changes, host, path, syncedName(NAME, "default", release), (mark) =>
      virtual.apply({ ...ingress, metadata: { ...ingress.metadata, annotations: { [MARK]: mark } } }),
    );
    return {
      tables: [
        {
          title: "Latency",
          unit: "ms",
          series: [
            { name: "Secret of the host, into the virtual cluster", values: down },
            { name: "Ingress of the virtual cluster, onto the host", values: up },
          ],
        },
      ],
      targets: [],
      notes: [
        `${changes} changes of each, one after the other at random distances under 100 ms; from the request that changes the object ` +
          "until a watch of the other cluster shows the change.",
      ],
    };
  } finally {
    await host.remove(secret);
    await environment.down();
  }
}

/** Changes an object again and again, and gives the milliseconds until a watch at the other end has shown each change. */
async function latencies(
  changes: number,
  at: Cluster,
  path: string,
  name: string,
  change: (mark: string) => Promise<unknown>,
): Promise<number[]> {
  const seen = new Set<string>();
  let wake = (): void => undefined;
  const config = new KubeConfig();
  config.loadFromString(at.kubeconfig);
  const watch = await new Watch(config).watch(
    path,
    {},
    (_: string, object: KubernetesObject & { data?: Record<string, string> }) => {
      if (object.metadata?.name !== name) return;
      seen.add(object.metadata.annotations?.[MARK] ?? fromBase64(object.data?.["mark"]));
      wake();
    },
    () => undefined,
  );
  try {
    const found: number[] = [];
    for (let i = -1; i < changes; i += 1) {
      const mark = `${Date.now()}-${i}`;
      const begin = performance.now();
      const shown = new Promise<number>((resolve) => {
        wake = () => {
          if (seen.has(mark)) resolve(performance.now() - begin);
        };
      });
      await change(mark);
      wake();
      const milliseconds = await within(30_000, shown).catch(() => {
        throw new Error(`change ${i} of ${name} did not come to ${path} within 30 s`);
      });
      if (i >= 0) found.push(milliseconds); // the first one makes the object
      await delay(Math.random() * 100);
    }
    return found;
  } finally {
    watch.abort();
  }
}
