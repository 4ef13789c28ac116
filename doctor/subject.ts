import { type Settings } from "../components/config/defaults";
import { type Names, virtualClusterNames } from "../components/names";
import { STACK_ANNOTATION } from "../components/kubernetes/ownership";
import type { HostClient, Secret } from "../host/client";
import { ARGOCD_SECRET_TYPE } from "../shared/kubernetes";
import { fromBase64 } from "../shared/base64";
import { map, nameOf } from "./objects";
import { readRoutes } from "./read/host";
import { Reader } from "./read/reader";
import { hostsOf, routes } from "./rows/ingress";
import type { Subject } from "./snapshot";

/** The environment of a stack, by its configuration. */
export function stackSubject(stack: string, expected: Settings): Subject {
  return { names: expected.names, expected, stack };
}

/**
 * A virtual cluster of which only namespace and release are known, however it was created: its API's host is that of its route, and
 * its name in Argo CD that of the Secret with its URL. Never rejects: what cannot be read stays unknown.
 */
export async function foundSubject(host: HostClient, namespace: string, release: string): Promise<Subject> {
  const reader = new Reader(host);
  const unknown = virtualClusterNames(namespace, release, "");
  const [found, all, secrets] = await Promise.all([
    reader.one(`/api/v1/namespaces/${namespace}`).catch(() => []),
    readRoutes(reader, namespace).catch(() => []),
    host
      .list<Secret>(`/api/v1/secrets?labelSelector=${encodeURIComponent(`${ARGOCD_SECRET_TYPE}=cluster`)}`)
      .catch(() => []),
  ]);
  const route = routes({ read: { routes: all }, names: unknown, now: new Date(), unread: {} })[0];
  const apiHost = (route === undefined ? [] : hostsOf(route))[0] ?? "";
  const names: Names = virtualClusterNames(namespace, release, apiHost);
  const inside = new RegExp(`^https://${release}[.]${namespace}([.]svc([.].*)?)?(:443)?/?$`);
  const cluster = secrets.find(({ data }) => inside.test(fromBase64(data?.["server"])));
  const stack = map(found[0], "metadata", "annotations")[STACK_ANNOTATION]?.split("/").at(-1);
  return {
    names: {
      ...names,
      ...(route !== undefined && { ingress: nameOf(route) }),
      ...(cluster !== undefined && { argocdCluster: cluster.metadata?.name ?? names.argocdCluster }),
    },
    stack,
  };
}
