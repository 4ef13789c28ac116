import { gzipSync } from "node:zlib";

import type { HostClient, Secret } from "../../host/client";
import { parseObject } from "../../shared/json";
import type { Report } from "../model";
import { containers, nameOf, text } from "../objects";
import { placesOf } from "../places";
import { asJson } from "../print/json";
import { reasonOf } from "../read/reader";
import { planePods } from "../rows/plane-pods";
import type { Snapshot } from "../snapshot";
import { masked, secretsOf } from "./mask";
import { withoutData } from "./objects";

/** Lines of each log. */
const LINES = 300;

/**
 * What a maintainer needs to understand a report: the report, the objects that it was made of and the control plane's logs, as
 * compressed JSON. Data of Secrets is left out, and what any Secret of the environment holds is masked wherever else it is.
 */
export async function bundle(host: HostClient, snapshot: Snapshot, report: Report): Promise<Buffer> {
  const known = await readSecrets(host, snapshot);
  // Logs are masked by the values of Secrets, so there are none without those.
  const logs = known === undefined ? {} : await readLogs(host, snapshot);
  const { read, unread, names, stack, expected } = snapshot;
  const content = {
    made: { at: report.at, node: process.version, platform: process.platform, secretsRead: known !== undefined },
    report: parseObject(asJson(report)),
    names,
    stack,
    settings: withoutData(expected && { ...expected, values: undefined }),
    objects: withoutData(read),
    unread,
    logs,
  };
  return gzipSync(masked(JSON.stringify(content, undefined, 2), known ?? []));
}

/** The end of the log of each container of the control plane, and of its run before. */
async function readLogs(host: HostClient, snapshot: Snapshot): Promise<Record<string, string>> {
  const wanted = planePods(snapshot).flatMap((pod) =>
    containers(pod).flatMap((container) => {
      const path = `/api/v1/namespaces/${snapshot.names.namespace}/pods/${nameOf(pod)}/log?container=${text(container, "name")}&tailLines=${LINES}`;
      const title = `${nameOf(pod)} ${text(container, "name")}`;
      const restarted = text(container, "restartCount") !== "0";
      return [[title, path] as const, ...(restarted ? [[`${title} before`, `${path}&previous=true`] as const] : [])];
    }),
  );
  const entries = await Promise.all(
    wanted.map(async ([title, path]) => [title, await host.text(path).catch(reasonOf)] as const),
  );
  return Object.fromEntries(entries);
}

/** Everything that is secret in the environment's namespace and in Argo CD's Secret; undefined where it may not be read. */
async function readSecrets(host: HostClient, snapshot: Snapshot): Promise<string[] | undefined> {
  const { names } = snapshot;
  try {
    const [own, cluster] = await Promise.all([
      host.list<Secret>(`/api/v1/namespaces/${names.namespace}/secrets`),
      host.find<Secret>(`/api/v1/namespaces/${placesOf(snapshot).argocdNamespace}/secrets/${names.argocdCluster}`),
    ]);
    return secretsOf([...own, ...(cluster === undefined ? [] : [cluster])]);
  } catch {
    return undefined;
  }
}
