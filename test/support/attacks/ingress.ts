import type { V1Endpoints, V1EndpointSlice, V1Ingress, V1Pod, V1Service, V1ServiceSpec } from "@kubernetes/client-node";

import { reference } from "../../../testing/cluster";
import { waitFor } from "../../../shared/wait";
import { httpGet } from "../tls";
import { type Attack, type Verdict, withSlices } from "./attack";
import { ATTACKS, plainPod, type Scene, STAND_INS } from "./fixture";
import { domain } from "../../../local/settings";
import { namesOf } from "../environments";

const CHECK = "check of synced objects";
const FROM = "the administrator of atka";
/** So long is the answer of the ingress controller asked for, before an attack counts as stopped. */
const PATIENCE = 30_000;
const [atka, atkb] = [namesOf("atka"), namesOf("atkb")];

interface Route {
  name: string;
  /** Undefined: every host. */
  host?: string;
  path?: string;
  service?: string;
  annotations?: Record<string, string>;
}

/** Whether the ingress controller answers a request with what the environment atka serves. */
const claims: Record<string, { host?: string; ask: string }> = {
  "claim the API host of the other environment": { host: atkb.apiHost, ask: atkb.apiHost },
  "claim an application's host of the other environment": {
    host: `shop.${atkb.apiHost}`,
    ask: `shop.${atkb.apiHost}`,
  },
  "claim an application's host of the other environment, beside its API host": {
    host: `shop-atkb.${domain}`,
    ask: `shop-atkb.${domain}`,
  },
  "claim a host beside all environments": { host: `atk-portal.${domain}`, ask: `atk-portal.${domain}` },
  "claim every host of the domain": { host: `*.${domain}`, ask: `atk-other.${domain}` },
  "claim every host": { ask: `atk-any.example.org` },
};

const ofHosts: Attack[] = Object.entries(claims).map(([title, { host, ask }], index) => ({
  title,
  from: FROM,
  stoppedBy: CHECK,
  run: (scene) =>
    serves(scene, { name: `claim-${index}`, ...(host !== undefined && { host }) }, ask, scene.parties.atka.page),
  twin: ownRoute,
}));

/** Backends that are not the environment's. The controller, on the node's network, would reach them for it. */
const backends: Record<
  string,
  {
    spec: (scene: Scene) => V1ServiceSpec;
    address?: (scene: Scene) => string;
    /** Says the address in an EndpointSlice instead of Endpoints. */
    slice?: true;
    path?: string;
    page: (scene: Scene) => string;
  }
> = {
  "reach the other environment's pod through the ingress controller, by endpoints of its own": {
    spec: () => ({ ports: [{ port: 80, targetPort: 8080 }] }),
    address: ({ parties }) => parties.atkb.pod,
    page: ({ parties }) => parties.atkb.page,
  },
  "reach the other environment's pod through the ingress controller, by an endpoint slice of its own": {
    spec: () => ({ ports: [{ port: 80, targetPort: 8080 }] }),
    address: ({ parties }) => parties.atkb.pod,
    slice: true,
    page: ({ parties }) => parties.atkb.page,
  },
  "reach the other environment's service through the ingress controller, by an external name": {
    spec: ({ parties: { atkb } }) => ({
      type: "ExternalName",
      externalName: `${atkb.onHost("target")}.${atkb.hostNamespace}.svc.cluster.local`,
      ports: [{ port: 80 }],
    }),
    page: ({ parties }) => parties.atkb.page,
  },
  "reach the node's loopback through the ingress controller, by an external name": {
    spec: () => ({ type: "ExternalName", externalName: "localhost", ports: [{ port: 8082 }] }),
    path: "/ping",
    page: () => "OK",
  },
};

/** What the ingress controller is told to do for it, where its own host is not the question. */
const annotated: Attack = {
  title: "send the ingress controller to an address, by an annotation",
  from: FROM,
  stoppedBy: CHECK,
  run: (scene) => {
    const host = `asked.${atka.apiHost}`;
    // The controller lets the request pass when that address says so, and hands the answer on when it does not.
    const annotations = { "nginx.ingress.kubernetes.io/auth-url": `http://${scene.parties.atkb.pod}:8080/` };
    return serves(scene, { name: "asked", host, annotations }, host, scene.parties.atka.page);
  },
  twin: ownRoute,
};

const ofBackends: Attack[] = Object.entries(backends).map(([title, { spec, address, slice, path, page }], index) => ({
  title,
  from: FROM,
  stoppedBy: CHECK,
  ...(slice && { needs: withSlices }),
  run: async (scene) => {
    const { cluster } = scene.parties.atka;
    const name = `backend-${index}`;
    await cluster.apply<V1Service>({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: ATTACKS },
      spec: spec(scene),
    });
    if (address) await cluster.apply(slice ? endpointSlice(name, address(scene)) : endpoints(name, address(scene)));
    const host = `${name}.${atka.apiHost}`;
    return serves(
      scene,
      { name, host, service: name, ...(path && { path }) },
      host,
      page(scene),
      spec(scene).ports?.[0]?.port,
    );
  },
  twin: ownRoute,
}));

const others: Attack[] = [
  {
    title: "reach the other environment's pod through the virtual API server, by a pod that says to be there",
    from: FROM,
    stoppedBy: "NetworkPolicy",
    run: async (scene) => {
      const { cluster } = scene.parties.atka;
      const pod = plainPod("liar", ATTACKS);
      pod.spec.schedulingGates = [{ name: "example.org/never" }];
      // It is never scheduled, so nobody corrects what it says of itself.
      await cluster.apply<V1Pod>(pod);
      const podIP = scene.parties.atkb.pod;
      const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }] };
      await cluster.send("PATCH", `/api/v1/namespaces/${ATTACKS}/pods/liar/status`, { status });
      return proxied(scene, "liar", scene.parties.atkb.page);
    },
    twin: (scene) => proxied(scene, "target", scene.parties.atka.page),
  },
  {
    title: "take over an address with a service",
    from: FROM,
    stoppedBy: CHECK,
    run: async (scene) => {
      const spec = { selector: { app: "target" }, externalIPs: [STOLEN], ports: [{ port: 80, targetPort: 8080 }] };
      const { cluster, page } = scene.parties.atka;
      await cluster.apply<V1Service>({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "stolen", namespace: ATTACKS },
        spec,
      });
      const read = `timeout 3 wget -q -O - http://${STOLEN}/ || true`;
      return until(
        async () => (await scene.shell("foreign", read)).trim() === page,
        `${STOLEN} answers others as atka's pod`,
      );
    },
    twin: async (scene) => {
      const { page, service } = scene.parties.atka;
      const answer = await scene.shell("atka", `timeout 3 wget -q -O - http://${service}/`);
      return { worked: answer.trim() === page, seen: "a service of its own answers" };
    },
  },
];

/** Behind it a stand-in answers, so that nothing asks an address of somebody's for real. */
const STOLEN = STAND_INS[2];

export const ingressAttacks: Attack[] = [...ofHosts, ...ofBackends, annotated, ...others];

const twins = new WeakMap<Scene, Promise<Verdict>>();

function ownRoute(scene: Scene): Promise<Verdict> {
  const host = `own.${atka.apiHost}`;
  const found = twins.get(scene) ?? serves(scene, { name: "own", host }, host, scene.parties.atka.page);
  twins.set(scene, found);
  return found;
}

/** Makes an Ingress inside, and asks the ingress controller for the host. */
async function serves(scene: Scene, route: Route, ask: string, page: string, port = 80): Promise<Verdict> {
  const { name, host, path = "/stolen/", service = "target", annotations = {} } = route;
  const backend = { service: { name: service, port: { number: port } } };
  const ingress: V1Ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: ATTACKS, annotations },
    spec: {
      ingressClassName: "nginx",
      rules: [{ ...(host !== undefined && { host }), http: { paths: [{ path, pathType: "Prefix", backend }] } }],
    },
  };
  const { cluster } = scene.parties.atka;
  await cluster.apply(ingress);
  try {
    return await until(
      async () => (await httpGet(ask, path)).body.trim() === page,
      `http://${ask}${path} answers for it`,
    );
  } finally {
    // What stays would meet the attacks after it.
    const gone = () => cluster.remove(reference("networking.k8s.io/v1", "Ingress", name, ATTACKS)).then(() => true);
    await waitFor(gone, { what: `Ingress ${name} to be removed`, timeoutMs: 90_000 });
  }
}

async function proxied(scene: Scene, pod: string, page: string): Promise<Verdict> {
  const path = `/api/v1/namespaces/${ATTACKS}/pods/${pod}:8080/proxy/`;
  const answered = async () => (await scene.a.cluster.send("GET", path)).body.trim() === page;
  return until(answered, "the virtual API server hands the page on");
}

function endpoints(name: string, address: string): V1Endpoints {
  const subsets = [{ addresses: [{ ip: address }], ports: [{ port: 8080 }] }];
  return { apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace: ATTACKS }, subsets };
}

function endpointSlice(name: string, address: string): V1EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: ATTACKS, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
  };
}

async function until(condition: () => Promise<boolean>, what: string): Promise<Verdict> {
  const worked = await waitFor(condition, { what, timeoutMs: PATIENCE, everyMs: 500 }).catch(() => false);
  return { worked, seen: worked ? what : `not so within ${PATIENCE / 1000} s: ${what}` };
}
