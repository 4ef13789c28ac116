import { load } from "js-yaml";

import type { Existing } from "./changes";
import { type Claim, ENVIRONMENT_LABEL, hostsOfRule, STACK_ANNOTATION } from "./collisions";
import type { HostApi } from "./host-api";
import { at, get, isTree, type Tree } from "./merge";
import { environmentNames, type Names } from "./names";

/** What the host says about an environment before anything is changed. */
export interface HostState extends Existing {
  /** Host names that ingresses and routes of the whole host have. */
  readonly claims: readonly Claim[];
  /** Stack that the environment's namespace is marked with. */
  readonly owner?: string | undefined;
  /** What Argo CD says of an Application that brings the control plane and is not Synced and Healthy. */
  readonly undelivered: readonly string[];
  /** What could not be looked at, and why: `Ingresses (403)`. */
  readonly unseen: readonly string[];
}

/** Kinds that claim host names, and where an object has them. A host without a kind answers 404, and none is missed. */
const ROUTES: readonly { kind: string; path: string; hosts: (spec: Tree) => unknown[] }[] = [
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
    hosts: (spec: Tree) => (Array.isArray(spec["hostnames"]) ? (spec["hostnames"] as unknown[]) : []),
  })),
];

/** Asks the host, everything at once, for what the environment of `names` and the stack `stack` have to do with. */
export async function readHost(api: HostApi, names: Names, stack: string, delivery: string): Promise<HostState> {
  const unseen: string[] = [];
  const read = async (what: string, path: string): Promise<Tree | undefined> => {
    const answer = await api(path);
    if ("body" in answer) return answer.body;
    if (answer.status !== 404) unseen.push(`${what} (${answer.status})`);
    return undefined;
  };
  const [namespaces, statefulSet, values, applications, ...routes] = await Promise.all([
    read("namespaces", `/api/v1/namespaces?labelSelector=${encodeURIComponent(ENVIRONMENT_LABEL)}`),
    read("the StatefulSet", statefulSetPath(names)),
    read("the running values", `/api/v1/namespaces/${names.namespace}/secrets/vc-config-${names.release}`),
    delivery === "argocd" ? read("Applications", applicationsPath(names)) : undefined,
    ...ROUTES.map(({ kind, path }) => read(`${kind} objects`, path)),
  ]);

  const marked = items(namespaces ?? {}, "items").map((one) => ({
    environment: String(at(one, "metadata", "labels", ENVIRONMENT_LABEL)),
    name: at(one, "metadata", "name"),
    stack: at(one, "metadata", "annotations", STACK_ANNOTATION),
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
    applicationsIn: delivering.map((one) => String(get(one, "metadata.namespace"))),
    undelivered: delivering.flatMap(troubleOf),
    claims: routes.flatMap((list, index) => claimsOf(list ?? {}, ROUTES[index])),
    owner: typeof owner === "string" ? owner : undefined,
    unseen,
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
function troubleOf(application: Tree): string[] {
  const { status } = application;
  if (!isTree(status)) return [];
  const is = [get(status, "sync.status"), get(status, "health.status")].map(String).join(", ");
  if (is === "Synced, Healthy") return [];
  const messages = [
    get(status, "operationState.message"),
    ...items(status, "conditions").map(({ message }) => message),
  ];
  const said = messages.filter((message) => typeof message === "string").join("; ");
  return [
    `${String(get(application, "metadata.namespace"))}/${String(get(application, "metadata.name"))}: ${is}. ${said}`,
  ];
}

/** The file that the chart gives to the control plane, in which its own defaults are filled in. */
function runningValues(secret: Tree | undefined): Tree | undefined {
  const data = secret === undefined ? undefined : at(secret, "data", "config.yaml");
  const values: unknown = typeof data === "string" ? load(Buffer.from(data, "base64").toString()) : undefined;
  return isTree(values) ? values : undefined;
}

function claimsOf(list: Tree, route: (typeof ROUTES)[number] | undefined): Claim[] {
  return items(list, "items").flatMap((one) => {
    const [namespace, name] = [String(get(one, "metadata.namespace")), String(get(one, "metadata.name"))];
    const spec = one["spec"];
    const hosts = isTree(spec) && route !== undefined ? route.hosts(spec) : [];
    return hosts
      .filter((host) => typeof host === "string" && host !== "")
      .map((host) => ({ host: String(host), namespace, by: `${route?.kind ?? ""} ${namespace}/${name}` }));
  });
}

function items(tree: Tree, key: string): Tree[] {
  return Array.isArray(tree[key]) ? (tree[key] as unknown[]).filter(isTree) : [];
}
