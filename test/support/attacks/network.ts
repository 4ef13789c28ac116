import * as net from "node:net";
import * as os from "node:os";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";

import { network } from "../../../local/settings";
import { reference } from "../../../testing/cluster";
import { within } from "../../../shared/wait";
import type { Attack, Verdict } from "./attack";
import { ATTACKS, type Origin, ORIGINS, plainPod, PORTS, type Scene, STAND_INS } from "./fixture";

/** Something that listens and is not the attacker's. */
interface Target {
  title: string;
  at: (scene: Scene) => [address: string, port: number];
  /** Whose it is; nobody attacks himself. */
  owner?: Origin;
  /** Whether the foreign namespace attacks it too: what belongs to the host is not for the environments to close. */
  byForeign: boolean;
  stoppedBy?: string;
  proof?: (scene: Scene) => Promise<Verdict>;
}

const POLICY = "NetworkPolicy";
const at =
  (name: string, port: number) =>
  (scene: Scene): [string, number] => [scene.addresses[name] ?? "", port];

const environments = (["atka", "atkb"] as const).flatMap((owner): Target[] => {
  const of = (title: string, where: Target["at"]): Target => ({
    title: `${title} of ${owner}`,
    at: where,
    owner,
    byForeign: true,
  });
  return [
    of("a pod", ({ parties }) => [parties[owner].pod, 8080]),
    of("a service", ({ parties }) => [parties[owner].service, 80]),
    of("the API", at(`${owner}Api`, 443)),
    of("the control plane's pod", at(`${owner}ControlPlane`, 8443)),
    of("the kubelet that the control plane plays", at(`${owner}Api`, 10250)),
    of("the DNS server", at(`${owner}Dns`, 53)),
    of("the DNS server's metrics", at(`${owner}Dns`, 9153)),
  ];
});

const host = (title: string, where: Target["at"]): Target => ({ title, at: where, byForeign: false });

const targets: Target[] = [
  ...environments,
  {
    title: "a pod of a foreign namespace",
    at: ({ parties }) => [parties.foreign.pod, 8080],
    owner: "foreign",
    byForeign: false,
  },
  {
    title: "a service of a foreign namespace",
    at: ({ parties }) => [parties.foreign.service, 80],
    owner: "foreign",
    byForeign: false,
  },
  host("a node port", ({ addresses }) => [addresses["node"] ?? "", Number(addresses["foreignNodePort"])]),
  host("the host's API by its service", at("api", 443)),
  host("the host's API on the node", at("node", 6443)),
  host("the kubelet", at("node", 10250)),
  host("the host's etcd", at("node", 2379)),
  host("etcd's port for its peers", at("node", 2380)),
  host("kube-proxy on the node", at("node", 10256)),
  host("kube-router on the node", at("node", 20244)),
  host("the node by the pods' gateway", () => [gateway(), 10256]),
  host("the node by its outer address", () => [outerAddress(), 10256]),
  host("the metrics of the host's DNS", at("dns", 9153)),
  host("Argo CD's application controller", at("argocd-metrics", 8082)),
  ...[
    { title: "Argo CD's redis", name: "redis", port: 6379 },
    { title: "Argo CD's repository server", name: "repo-server", port: 8081 },
  ].map(({ title, name, port }) => ({
    ...host(title, at(`argocd-${name}`, port)),
    stoppedBy: `${POLICY} of Argo CD`,
    proof: (scene: Scene) => argocdReaches(scene, scene.addresses[`argocd-${name}`] ?? "", port),
  })),
  ...STAND_INS.slice(1).map((address) => ({
    ...host(
      address.startsWith("169.254") ? `the metadata address ${address}` : `a private range, ${address}`,
      (): [string, number] => [address, 80],
    ),
    byForeign: false,
  })),
];

/** One attack for each pair of an origin and a target that is not its own. */
const overTheNetwork: Attack[] = ORIGINS.flatMap((origin) =>
  targets
    .filter(({ owner, byForeign }) => owner !== origin && (origin !== "foreign" || byForeign))
    .map(({ title, at: where, stoppedBy = POLICY, proof }) => ({
      title: `reach ${title}`,
      from: `a pod of ${origin}`,
      stoppedBy,
      run: async (scene) => connection(scene, origin, ...where(scene)),
      twin: async (scene) =>
        bothWork(await connection(scene, origin, ...own(scene, origin, where(scene)[1])), await alive(scene, where)),
      ...(proof && { proof }),
    })),
);

/** Ports of etcd, kine, and the parts of the control plane that speak to each other inside its pod. */
const INNER_PORTS = [2379, 2380, 6443, 10099, 10257, 10259];

/** From the node, which no policy keeps from a pod: what does not listen cannot be reached from anywhere. */
const database: Attack = {
  title: "reach the database and the inner ports of atkb",
  from: "the node",
  stoppedBy: "they listen on loopback or a socket file",
  run: async ({ addresses }) => fromNode(addresses["atkbControlPlane"] ?? "", INNER_PORTS),
  twin: async ({ addresses }) => fromNode(addresses["atkbControlPlane"] ?? "", [8443]),
  proof: async ({ parties }) => fromNode(parties.atkb.pod, [2379]),
};

/** The attacker's own target at the same port; its service's port on the node has no equal there. */
function own(scene: Scene, origin: Origin, port: number): [string, number] {
  return [scene.parties[origin].pod, PORTS.includes(port) ? port : 8080];
}

const disguised: Attack = {
  title: "reach the host's API by a pod with the labels of a control plane",
  from: "a pod of atka",
  stoppedBy: POLICY,
  run: (scene) => fromDisguised(scene, "thief", ...at("api", 443)(scene)),
  twin: (scene) => fromDisguised(scene, "honest", ...own(scene, "atka", 443)),
};

async function fromDisguised(scene: Scene, name: string, address: string, port: number): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const pod = plainPod(name, ATTACKS);
  const labels = { app: "vcluster", release: scene.a.release, "vcluster.loft.sh/managed-by": scene.b.release };
  await cluster.apply<V1Pod>({ ...pod, metadata: { ...pod.metadata, labels } });
  await scene.host.podReady(hostNamespace, onHost(name), 60_000);
  const attempt = `nc -w 2 ${address} ${port} -e true && answer=yes || answer=no`;
  const script = `for i in $(seq ${ROUNDS}); do ${attempt}; sleep 1; done; echo $answer`;
  const answer = await cluster.shell(ATTACKS, name, script, 30_000);
  await cluster.remove(reference("v1", "Pod", name, ATTACKS));
  return { worked: answer.trim() === "yes", seen: `it connects to ${address}:${port}: ${answer.trim()}` };
}

export const networkAttacks: Attack[] = [...overTheNetwork, database, disguised];

/** What the attacker of each origin could connect to: all are tried at once, in one script for each origin. */
const seen = new WeakMap<Scene, Map<Origin, Promise<Set<string>>>>();

async function connection(scene: Scene, origin: Origin, address: string, port: number): Promise<Verdict> {
  const all = seen.get(scene) ?? new Map<Origin, Promise<Set<string>>>();
  seen.set(scene, all);
  if (!all.has(origin)) all.set(origin, connectAll(scene, origin));
  const worked = (await all.get(origin))?.has(`${address} ${port}`) ?? false;
  return { worked, seen: `${address}:${port} ${worked ? "accepts the connection" : "cannot be connected to"}` };
}

/**
 * The host's kube-router filters the traffic of a pod from up to a second after its start on, later on a busy machine. What
 * counts is what lasts: what two rounds in a row, or the last one, have seen.
 */
const ROUNDS = 5;

async function connectAll(scene: Scene, origin: Origin): Promise<Set<string>> {
  const mine = targets.map((target) => target.at(scene));
  const pairs = [...mine, ...mine.map(([, port]) => own(scene, origin, port)), [STAND_INS[0], 80]];
  const lines = [...new Set(pairs.map(([address, port]) => `try ${address} ${port} &`))];
  const script = `try() { nc -w 2 $1 $2 -e true 2>/dev/null && echo "$1 $2"; }\n${lines.join("\n")}\nwait`;
  let seen = "";
  for (let round = 0; round < ROUNDS; round++) {
    const before = seen;
    seen = (await scene.shell(origin, script)).split("\n").filter(Boolean).sort().join("\n");
    if (seen === before) break;
    await delay(1_000);
  }
  return new Set(seen.split("\n"));
}

/** Whether the target itself answers: seen from the node, which may, or for a stand-in by the address that is opened. */
async function alive(scene: Scene, where: Target["at"]): Promise<Verdict> {
  const [address, port] = where(scene);
  if ((STAND_INS as readonly string[]).includes(address)) return connection(scene, "atka", STAND_INS[0], 80);
  return fromNode(address, [port]);
}

/** Whether any of the ports accepts a connection of this process. */
async function fromNode(address: string, ports: number[]): Promise<Verdict> {
  const open = await Promise.all(ports.map((port) => accepts(address, port)));
  const found = ports.filter((_, index) => open[index]);
  return {
    worked: found.length > 0,
    seen: `of ${address}:${ports.join(",")} the node can connect to ${found.join(",") || "none"}`,
  };
}

async function accepts(address: string, port: number): Promise<boolean> {
  const socket = net.connect({ host: address, port });
  const connected = new Promise<boolean>((resolve) => {
    socket
      .once("connect", () => {
        resolve(true);
      })
      .once("error", () => {
        resolve(false);
      });
  });
  const answer = await within(20_000, connected).catch(() => false);
  socket.destroy();
  return answer;
}

function bothWork(first: Verdict, second: Verdict): Verdict {
  return { worked: first.worked && second.worked, seen: `${first.seen}; ${second.seen}` };
}

async function argocdReaches({ host: cluster }: Scene, address: string, port: number): Promise<Verdict> {
  const script = `nc -w 2 ${address} ${port} -e true && echo yes || echo no`;
  const answer = await cluster.shell("argocd", "argocd-application-controller-0", script, 20_000);
  return { worked: answer.trim() === "yes", seen: `Argo CD itself connects to ${address}:${port}: ${answer.trim()}` };
}

/** The node's address on the bridge of the pods. */
function gateway(): string {
  const addresses = os.networkInterfaces()[network.podBridge] ?? [];
  const found = addresses.find(({ family }) => family === "IPv4")?.address;
  if (!found) throw new Error(`the bridge ${network.podBridge} has no address`);
  return found;
}

/** The node's address on the network that it is attached to. */
function outerAddress(): string {
  const bridges: string[] = ["lo", network.podBridge, network.nodeBridge];
  const found = Object.entries(os.networkInterfaces())
    .filter(([device]) => !bridges.includes(device))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family }) => family === "IPv4")?.address;
  // A machine without a network has no such address to be attacked by; the bridge of the node stands for it.
  return found ?? network.nodeAddress;
}
