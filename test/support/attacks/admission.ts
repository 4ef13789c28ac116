import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { ApiException, type KubernetesObject } from "@kubernetes/client-node";

import { isPlainObject } from "../../../shared/json";
import { renewsCertificates } from "../../../shared/vcluster/versions";
import { reference } from "../../../testing/cluster";
import { request } from "./api";
import { type Attack, type Verdict, withSlices } from "./attack";
import { ATTACKS, plainPod, type PlainPod, type Scene } from "./fixture";
import { changed, creations, type HostObject, ordinary, ownHost, type Patch, patches } from "./synced-objects";

const CHECK = "check of synced objects";
const SYNCER = "the syncer's account of atka";
const TENANT = "the administrator of atka";
const DRY = "?dryRun=All";
/** So long may the syncer take to copy something, or to say why it does not. */
const PATIENCE = 30_000;

const creationAttacks = Object.entries(creations).map(([title, [kind]]): Attack => ({
  title,
  from: SYNCER,
  stoppedBy: CHECK,
  ...(kind === "endpointSlice" && { needs: withSlices }),
  run: (scene) => create(scene, changed(title, scene)),
  twin: (scene) => once(scene, `make ${kind}`, () => createOrdinary(scene, kind)),
}));

const patchAttacks = Object.entries(patches).map(([title, patch]): Attack => ({
  title,
  from: SYNCER,
  stoppedBy: CHECK,
  run: (scene) => change(scene, patch, patch.body(scene)),
  // A condition is what the syncer itself writes by a status.
  twin: (scene) =>
    change(
      scene,
      patch,
      patch.subresource === "status"
        ? { status: { conditions: [{ type: "example.org/a", status: "True" }] } }
        : { metadata: { labels: { tier: "own" } } },
    ),
}));

function create({ host, syncerToken }: Scene, { api, resource, object }: HostObject): Promise<Verdict> {
  const path = `${api}/namespaces/${object.metadata.namespace}/${resource}${DRY}`;
  return request(host, { method: "POST", path, body: object }, syncerToken);
}

async function createOrdinary(scene: Scene, kind: string): Promise<Verdict> {
  const made = ordinary[kind]?.(scene);
  return made === undefined ? { worked: false, seen: `no ${kind}` } : create(scene, made);
}

function change(scene: Scene, { resource, name, subresource }: Patch, body: object): Promise<Verdict> {
  const { host, a, parties, syncerToken } = scene;
  const parts = ["/api/v1/namespaces", a.namespace, resource, parties.atka.onHost(name)];
  const path = [...parts, ...(subresource === undefined ? [] : [subresource])].join("/") + DRY;
  return request(host, { method: "PATCH", path, body }, syncerToken);
}

const known = new WeakMap<Scene, Map<string, Promise<Verdict>>>();

/** One twin serves all attacks of a kind. */
function once(scene: Scene, what: string, run: () => Promise<Verdict>): Promise<Verdict> {
  const verdicts = known.get(scene) ?? new Map<string, Promise<Verdict>>();
  known.set(scene, verdicts);
  const verdict = verdicts.get(what) ?? run();
  verdicts.set(what, verdict);
  return verdict;
}

/** What a tenant makes inside, or makes of something ordinary by an update, so that it would come to the host. */
interface Wish {
  readonly object: (scene: Scene) => object;
  /** Change of the ordinary object; without one, the object is made as it is. */
  readonly update?: object;
  /** What of it is looked for on the host, as a part of the object there. */
  readonly on: object;
}

const inside = (apiVersion: string, kind: string, rest: object, annotations: Record<string, string> = {}) => ({
  apiVersion,
  kind,
  metadata: { annotations },
  ...rest,
});
const ownIngress = (scene: Scene) => {
  const backend = { service: { name: "target", port: { number: 80 } } };
  const host = `${randomUUID().slice(0, 8)}.${ownHost(scene)}`;
  const rules = [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  return inside("networking.k8s.io/v1", "Ingress", { spec: { ingressClassName: "nginx", rules } });
};
const ownService = () => inside("v1", "Service", { spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] } });
const claim = (values: object) =>
  inside("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } }, ...values },
  });
const pod = (change: (made: PlainPod) => void) => () => {
  const made = plainPod("x", ATTACKS);
  change(made);
  return made;
};
const volume = (source: object) => ({ volumes: [{ name: "v", ...source }] });
const annotation = (key: string, value: string) => ({ metadata: { annotations: { [key]: value } } });

const wishes: Readonly<Record<string, Wish>> = {
  "change its ingress to a host of the other environment": {
    object: ownIngress,
    update: { spec: { rules: [{ host: "shop.atkb-vcluster.cnoe.localtest.me" }] } },
    on: { spec: { rules: [{ host: "shop.atkb-vcluster.cnoe.localtest.me" }] } },
  },
  "change its ingress to another class": {
    object: ownIngress,
    update: { spec: { ingressClassName: "internal" } },
    on: { spec: { ingressClassName: "internal" } },
  },
  "give its ingress a matcher": {
    object: ownIngress,
    update: annotation("traefik.ingress.kubernetes.io/router.pathmatcher", "PathPrefix"),
    on: annotation("traefik.ingress.kubernetes.io/router.pathmatcher", "PathPrefix"),
  },
  "give its ingress configuration of HAProxy": {
    object: ownIngress,
    update: annotation("note/backend-config-snippet", "x"),
    on: annotation("note/backend-config-snippet", "x"),
  },
  "give its service an address of others": {
    object: ownService,
    update: { spec: { externalIPs: ["10.99.0.7"] } },
    on: { spec: { externalIPs: ["10.99.0.7"] } },
  },
  "give its service a DNS name of others": {
    object: ownService,
    update: annotation("external-dns.alpha.kubernetes.io/hostname", "argocd.example.org"),
    on: annotation("external-dns.alpha.kubernetes.io/hostname", "argocd.example.org"),
  },
  "give its account an audience of its choice": {
    object: () => inside("v1", "ServiceAccount", {}),
    update: annotation("eks.amazonaws.com/audience", "https://kubernetes.default.svc"),
    on: annotation("eks.amazonaws.com/audience", "https://kubernetes.default.svc"),
  },
  "run a pod with a volume by NFS": {
    // At the node's loopback, where nothing serves it: no mount waits for an answer.
    object: pod(({ spec }) => Object.assign(spec, volume({ nfs: { server: "127.0.0.1", path: "/" } }))),
    on: { kind: "Pod" },
  },
  "run a pod with a volume by an inline CSI driver": {
    object: pod(({ spec }) => Object.assign(spec, volume({ csi: { driver: "csi.example.org" } }))),
    on: { kind: "Pod" },
  },
  "run a pod that takes a day to end": {
    object: pod(({ spec }) => Object.assign(spec, { terminationGracePeriodSeconds: 86_400 })),
    on: { kind: "Pod" },
  },
  "run a pod in a second network, by an annotation": {
    object: pod(({ metadata }) => Object.assign(metadata, { annotations: { "k8s.v1.cni.cncf.io/networks": "host" } })),
    on: { kind: "Pod" },
  },
  // A key of CRI-O that no runtime acts on here: the attack is that it gets there.
  "run a pod with a device of the node, by an annotation of the container runtime": {
    object: pod(({ metadata }) =>
      Object.assign(metadata, { annotations: { "io.kubernetes.cri-o.Devices": "/dev/fuse" } }),
    ),
    on: { kind: "Pod" },
  },
  "run a pod that a mesh of the host changes, by a label": {
    object: pod(({ metadata }) => Object.assign(metadata, { labels: { "sidecar.istio.io/inject": "true" } })),
    on: { kind: "Pod" },
  },
  "claim a volume of the host by its name, from inside": {
    object: () => claim({ volumeName: "of-another" }),
    on: { spec: { volumeName: "of-another" } },
  },
  "keep the control plane from eviction, by a disruption budget": {
    object: () =>
      inside("policy/v1", "PodDisruptionBudget", {
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: "vcluster" } } },
      }),
    on: { kind: "PodDisruptionBudget" },
  },
  "claim any volume of the host without a class, from inside": {
    object: () => claim({ storageClassName: "" }),
    on: { kind: "PersistentVolumeClaim" },
  },
  "claim a volume of the host by its labels, from inside": {
    object: () => claim({ selector: { matchLabels: { app: "database" } } }),
    on: { spec: { selector: { matchLabels: { app: "database" } } } },
  },
  "claim a volume by names of the host, from inside": {
    object: () => ({ ...claim({}), ...annotation("vcluster.loft.sh/skip-translate", "true") }),
    on: annotation("vcluster.loft.sh/skip-translate", "true"),
  },
};

const tenantAttacks = Object.entries(wishes).map(([title, wish]): Attack => ({
  title,
  from: TENANT,
  stoppedBy: CHECK,
  run: (scene) => comesToTheHost(scene, wish),
  twin: (scene) =>
    once(scene, "a service inside", () =>
      comesToTheHost(scene, {
        object: ownService,
        update: { metadata: { labels: { tier: "own" } } },
        on: { metadata: { labels: { tier: "own" } } },
      }),
    ),
}));

/** Whether what a tenant wishes for is on the host at last. */
async function comesToTheHost(scene: Scene, { object, update, on }: Wish): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const name = `wish-${randomUUID().slice(0, 8)}`;
  const made = object(scene) as KubernetesObject;
  const { apiVersion = "", kind = "" } = made;
  made.metadata = Object.assign(made.metadata ?? {}, { name, namespace: ATTACKS });
  const there = () => scene.host.get<KubernetesObject>(reference(apiVersion, kind, onHost(name), hostNamespace));
  // Made by server-side apply: vCluster makes a Service on the host first when it is created by POST.
  const refusedInside = await cluster.apply(made).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ApiException && error.code === 403) return String(error.body);
      throw error;
    },
  );
  if (refusedInside !== undefined) return { worked: false, seen: refusedInside };
  try {
    if (update !== undefined && !(await until(async () => ((await there()) === undefined ? undefined : true)))) {
      throw new Error(`${kind} ${name} has no copy on the host to change`);
    }
    let refusal: string | undefined;
    const worked = await until(async () => {
      // Every time: vCluster recreates a Service with the cluster IP of its copy, and loses a change made before that.
      if (update !== undefined) await cluster.merge(reference(apiVersion, kind, name, ATTACKS), update);
      if (isPart(on, await there())) return true;
      const { items } = await cluster.core.listNamespacedEvent({
        namespace: ATTACKS,
        fieldSelector: `involvedObject.name=${name},type=Warning`,
      });
      refusal = items.map(({ message = "" }) => message).find((text) => text.includes("denied request"));
      return refusal === undefined ? undefined : false;
    });
    return { worked, seen: worked ? "it is on the host" : (refusal ?? `not on the host in ${PATIENCE / 1000} s`) };
  } finally {
    await cluster.remove(reference(apiVersion, kind, name, ATTACKS));
    // A namespace is looked at again after half of the longest grace period of its pods only: one of a day holds its deletion.
    if (kind === "Pod") await scene.host.remove(reference(apiVersion, kind, onHost(name), hostNamespace));
  }
}

/** The condition's answer, or false where it has none in time; undefined asks again. An error asks again too, but is not an answer. */
async function until(condition: () => Promise<boolean | undefined>): Promise<boolean> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== undefined) return answer;
      if (Date.now() >= end) return false;
    } catch (error) {
      if (Date.now() >= end) throw error;
    }
    await delay(500);
  }
}

/** Whether an object has all that a part of it has. */
function isPart(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item, index) => isPart(item, whole[index] as unknown));
  }
  if (!isPlainObject(part)) return part === whole;
  if (typeof whole !== "object" || whole === null) return false;
  return Object.entries(part).every(([key, value]) => isPart(value, (whole as Record<string, unknown>)[key]));
}

/** Pods of a StatefulSet are made by a controller of the host, so that no rule for pods looks at them. */
const ownControlPlane: Attack = {
  title: "change the pods of its own control plane",
  from: SYNCER,
  stoppedBy: CHECK,
  needs: renewsCertificates,
  run: (scene) => changeTemplate(scene, { spec: { hostname: "another" } }),
  twin: (scene) => changeTemplate(scene, { metadata: { annotations: { "vcluster.loft.sh/cert-rotation-at": "now" } } }),
};

function changeTemplate({ host, a, syncerToken }: Scene, template: object): Promise<Verdict> {
  const path = `/apis/apps/v1/namespaces/${a.namespace}/statefulsets/${a.release}${DRY}`;
  return request(host, { method: "PATCH", path, body: { spec: { template } } }, syncerToken);
}

export const admissionAttacks: Attack[] = [...creationAttacks, ...patchAttacks, ownControlPlane, ...tenantAttacks];
