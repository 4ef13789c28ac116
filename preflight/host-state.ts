import { load } from "js-yaml";

import { ENVIRONMENT_LABEL, STACK_ANNOTATION } from "../components/kubernetes/ownership";
import { environmentNames, type Names } from "../components/names";
import { type HostClient, HostError } from "../host/client";
import { getIn, getPath, isPlainObject, type JsonObject } from "../shared/json";
import type { RunningState } from "./changes";
import { type HostnameClaim, hostsOfRule } from "./conflicts";

/** What the host says about an environment before anything is changed. */
export interface HostState extends RunningState {
  /** Host names that ingresses and routes of the whole host have. */
  readonly claims: readonly HostnameClaim[];
  /** Stack that the environment's namespace is marked with. */
  readonly owner?: string | undefined;
  /** What Argo CD says of an Application that brings the control plane and is not Synced and Healthy. */
  readonly unhealthyApplications: readonly string[];
  /** What could not be looked at, and why: `Ingresses (403)`. */
  readonly unreadable: readonly string[];
}

/** Kinds that claim host names, and where an object has them. A host without a kind answers 404, and none is missed. */
const ROUTES: readonly { kind: string; path: string; hosts: (spec: JsonObject) => unknown[] }[] = [
  {
    kind: "Ingress",
    path: "/apis/networking.k8s.io/v1/ingresses",
    hosts: (spec) => items(spec, "rules").map((rule) => rule["host"]),
  },
  {
    kind: "IngressRouteTCP",
    path: "/apis/traefik.io/v1alpha1/ingressroutetcps",
    hosts: (spec) => items(spec, "routes").flatMap((route) => hostsOfRule(String(route["match"]))),
  },
  ...["v1", "v1alpha3", "v1alpha2"].map((version) => ({
    kind: "TLSRoute",
    path: `/apis/gateway.networking.k8s.io/${version}/tlsroutes`,
    hosts: (spec: JsonObject) => (Array.isArray(spec["hostnames"]) ? (spec["hostnames"] as unknown[]) : []),
  })),
];

/** Asks the host, everything at once, for what the environment of `names` and the stack `stack` have to do with. */
export async function readHost(api: HostClient, names: Names, stack: string, delivery: string): Promise<HostState> {
  const unseen: string[] = [];
  const read = async (what: string, path: string): Promise<JsonObject | undefined> => {
    try {
      return await api.find(path);
    } catch (error) {
      if (!(error instanceof HostError) || error.status === undefined) throw error;
      unseen.push(`${what} (${error.status})`);
      return undefined;
    }
  };
  const [namespaces, statefulSet, values, applications, ...routes] = await Promise.all([
    read("namespaces", `/api/v1/namespaces?labelSelector=${encodeURIComponent(ENVIRONMENT_LABEL)}`),
    read("the StatefulSet", statefulSetPath(names)),
    read("the running values", `/api/v1/namespaces/${names.namespace}/secrets/vc-config-${names.release}`),
    delivery === "argocd" ? read("Applications", applicationsPath(names)) : undefined,
    ...ROUTES.map(({ kind, path }) => read(`${kind} objects`, path)),
  ]);

  const marked = items(namespaces ?? {}, "items").map((one) => ({
    environment: String(getIn(one, "metadata", "labels", ENVIRONMENT_LABEL)),
    name: getIn(one, "metadata", "name"),
    stack: getIn(one, "metadata", "annotations", STACK_ANNOTATION),
  }));
  const mine = marked.filter((one) => one.stack === stack && one.name !== names.namespace);
  const running = await Promise.all(
    mine.map(async ({ environment }) => {
      const other = environmentNames(environment, "");
      return (await read("another StatefulSet", statefulSetPath(other))) === undefined ? [] : [environment];
    }),
  );
  const delivering = items(applications ?? {}, "items");
  const owner = marked.find(({ name }) => name === names.namespace)?.stack;
  return {
    others: running.flat(),
    statefulSet,
    values: runningValues(values),
    applicationsIn: delivering.map((one) => String(getPath(one, "metadata.namespace"))),
    unhealthyApplications: delivering.flatMap(describeHealth),
    claims: routes.flatMap((list, index) => claimsOf(list ?? {}, ROUTES[index])),
    owner: typeof owner === "string" ? owner : undefined,
    unreadable: unseen,
  };
}

function statefulSetPath({ namespace, release }: Names): string {
  return `/apis/apps/v1/namespaces/${namespace}/statefulsets/${release}`;
}

/** Argo CD is in any namespace. */
function applicationsPath({ release }: Names): string {
  return `/apis/argoproj.io/v1alpha1/applications?fieldSelector=${encodeURIComponent(`metadata.name=${release}`)}`;
}

/** Nothing of an Application that is well, and of one that Argo CD has not looked at yet. */
function describeHealth(application: JsonObject): string[] {
  const { status } = application;
  if (!isPlainObject(status)) return [];
  const is = [getPath(status, "sync.status"), getPath(status, "health.status")].map(String).join(", ");
  if (is === "Synced, Healthy") return [];
  const messages = [
    getPath(status, "operationState.message"),
    ...items(status, "conditions").map(({ message }) => message),
  ];
  const said = messages.filter((message) => typeof message === "string").join("; ");
  return [
    `${String(getPath(application, "metadata.namespace"))}/${String(getPath(application, "metadata.name"))}: ${is}. ${said}`,
  ];
}

/** The file that the chart gives to the control plane, in which its own defaults are filled in. */
function runningValues(secret: JsonObject | undefined): JsonObject | undefined {
  const data = secret === undefined ? undefined : getIn(secret, "data", "config.yaml");
  const values: unknown = typeof data === "string" ? load(Buffer.from(data, "base64").toString()) : undefined;
  return isPlainObject(values) ? values : undefined;
}

function claimsOf(list: JsonObject, route: (typeof ROUTES)[number] | undefined): HostnameClaim[] {
  return items(list, "items").flatMap((one) => {
    const [namespace, name] = [String(getPath(one, "metadata.namespace")), String(getPath(one, "metadata.name"))];
    const spec = one["spec"];
    const hosts = isPlainObject(spec) && route !== undefined ? route.hosts(spec) : [];
    return hosts
      .filter((host) => typeof host === "string" && host !== "")
      .map((host) => ({ host: String(host), namespace, by: `${route?.kind ?? ""} ${namespace}/${name}` }));
  });
}

function items(tree: JsonObject, key: string): JsonObject[] {
  return Array.isArray(tree[key]) ? (tree[key] as unknown[]).filter(isPlainObject) : [];
}
