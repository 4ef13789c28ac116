import { HostClient, type Limits, type Secret } from "../../host/client";
import { refusalIn } from "../../host/refusal";
import { fromBase64 } from "../../shared/base64";
import { getIn, parseObject } from "../../shared/json";
import type { Application } from "./argocd-api";

/** An event, with its time as in either of Kubernetes' APIs for events. */
interface Event {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

/** An object of the virtual cluster that its host refused. */
interface Refusal {
  /** Kind, namespace and name. */
  readonly object: string;
  /** Of the last attempt, in RFC 3339. */
  readonly time: string;
  readonly reason: string;
}

/** vCluster's reason for what it could not copy. */
const SELECTOR = "reason=SyncError";
/** Bounds of what a virtual cluster can bring into the message of a run: it belongs to its tenant, events included. */
const SHOWN = 10;
const LINE_LENGTH = 1000;
const LIMITS: Limits = { requestMs: 5_000, bytes: 4 * 1024 * 1024 };

/**
 * What the host refused of Applications: objects of them, and others in their namespaces, such as the pods of a Deployment.
 * From the events that tenants see, with Argo CD's access to the virtual cluster.
 *
 * @param secret Argo CD's Secret of the cluster
 * @returns lines for the end of a message, with the reason where events cannot be read; empty where nothing was refused
 */
export async function refusalsOf(
  applications: readonly Application[],
  apiUrl: string,
  secret: Secret,
): Promise<string> {
  const named = applications.flatMap(({ spec, status }) => [spec.destination, ...(status?.resources ?? [])]);
  const namespaces = new Set(named.flatMap(({ namespace }) => namespace ?? []));
  const api = virtualCluster(apiUrl, secret);
  // One by one: the credential may be for some namespaces only.
  const lists = await Promise.allSettled([...namespaces].map((namespace) => refusalsIn(api, namespace)));
  const failed = lists.find((list) => list.status === "rejected");
  return (
    format(lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []))) +
    (failed === undefined
      ? ""
      : line(
          "\n",
          `What the host refused cannot be read in the events at ${apiUrl}: ${(failed.reason as Error).message}`,
        ))
  );
}

function virtualCluster(server: string, secret: Secret): HostClient {
  const config = parseObject(fromBase64(secret.data?.["config"]));
  const cluster = { "certificate-authority-data": getIn(config, "tlsClientConfig", "caData") };
  const user = { token: getIn(config, "bearerToken") };
  return new HostClient({ server, origin: "Argo CD's Secret", proxied: false, cluster, user }, LIMITS);
}

async function refusalsIn(api: HostClient, namespace: string): Promise<Refusal[]> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=${SELECTOR}&limit=500`;
  const { items = [] } = await api.get<{ items?: Event[] }>(path);
  return items.flatMap(({ involvedObject: { kind = "", name = "" } = {}, message = "", ...times }) => {
    const reason = refusalIn(message);
    if (reason === undefined) return [];
    const time = times.series?.lastObservedTime ?? times.lastTimestamp ?? times.eventTime ?? "";
    return { object: `${kind} ${namespace}/${name}`, time, reason };
  });
}

/** A line of bounded length, whatever is in it. */
function line(start: string, content: string): string {
  return start + content.replace(/[\s\p{Cc}]+/gu, " ").slice(0, LINE_LENGTH);
}

/** Each object once, what was refused last first. */
function format(refusals: Refusal[]): string {
  if (refusals.length === 0) return "";
  const latest = new Map<string, string>();
  for (const { object, time, reason } of refusals.sort((a, b) => (a.time < b.time ? 1 : -1))) {
    if (latest.has(object)) continue;
    latest.set(object, line("\n  - ", `${object} (${time}): ${reason}`));
  }
  const rest = latest.size - SHOWN;
  const more = rest > 0 ? `\n  - and ${rest} more: kubectl get events -A --field-selector ${SELECTOR}` : "";
  const lines = [...latest.values()].slice(0, SHOWN).join("");
  return `\nRefused by the host, by the last event of each object in the virtual cluster:${lines}${more}`;
}
