import { randomUUID } from "node:crypto";

import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";

import { reference } from "../../../testing/cluster";
import { waitFor } from "../../../shared/wait";
import { image } from "../workloads";
import type { Attack, Verdict } from "./attack";
import { ATTACKS, plainPod, type Scene } from "./fixture";

type Spec = V1PodSpec;
const SECURITY = "pod security of the namespace";
/** So long may a pod take to be synced, started or refused. */
const PATIENCE = 60_000;

/** Ways of a pod out of its container. The administrator of a virtual cluster makes them in it. */
const shapes: Record<string, (spec: Spec) => void> = {
  "a privileged pod": (spec) => {
    first(spec).securityContext = { privileged: true, runAsUser: 0, runAsNonRoot: false };
  },
  "a pod with a directory of the node": (spec) => {
    spec.volumes = [{ name: "host", hostPath: { path: "/etc" } }];
    first(spec).volumeMounts = [{ name: "host", mountPath: "/host", readOnly: true }];
  },
  "a pod in the node's network": (spec) => {
    spec.hostNetwork = true;
  },
  "a pod among the node's processes": (spec) => {
    spec.hostPID = true;
  },
  "a pod in the node's memory segments": (spec) => {
    spec.hostIPC = true;
  },
  "a pod on a port of the node": (spec) => {
    first(spec).ports = [{ containerPort: 8080, hostPort: 29999 }];
  },
  "a pod with the capability SYS_ADMIN": (spec) => {
    first(spec).securityContext = { capabilities: { add: ["SYS_ADMIN"] }, runAsUser: 0, runAsNonRoot: false };
  },
};

const ofShapes: Attack[] = Object.entries(shapes).map(([title, change]) => ({
  title: `run ${title}`,
  from: "the administrator of atka",
  stoppedBy: SECURITY,
  run: (scene) => runs(scene, change),
  twin: ordinaryPodRuns,
}));

const others: Attack[] = [
  {
    title: "add a privileged container for debugging to a pod",
    from: "the administrator of atka",
    stoppedBy: SECURITY,
    run: debugContainerRuns,
    twin: ordinaryPodRuns,
  },
  {
    title: "run a pod that may take 512 GiB of memory",
    from: "the administrator of atka",
    stoppedBy: "ResourceQuota",
    run: (scene) =>
      runs(scene, (spec) => {
        first(spec).resources = { requests: { cpu: "1m", memory: "8Mi" }, limits: { cpu: "500m", memory: "512Gi" } };
      }),
    twin: ordinaryPodRuns,
  },
  {
    title: "run a pod without any limit",
    from: "the administrator of atka",
    stoppedBy: "LimitRange",
    run: (scene) =>
      runs(
        scene,
        (spec) => delete first(spec).resources,
        (pod) => !pod.spec?.containers[0]?.resources?.limits,
      ),
    twin: ordinaryPodRuns,
  },
  {
    title: "run a pod as the syncer's account",
    from: "the administrator of atka",
    stoppedBy: "names of synced objects",
    run: (scene) => runsAsAccount(scene, `vc-${scene.a.release}`),
    twin: (scene) => runsAsAccount(scene, scene.parties.atka.onHost(`vc-${scene.a.release}`)),
    // The same account named on the host, where names are what they are.
    proof: async ({ host, a }) => {
      const pod = plainPod("intruder", a.namespace);
      pod.spec.serviceAccountName = `vc-${a.release}`;
      const { status } = await host.send("POST", `/api/v1/namespaces/${a.namespace}/pods?dryRun=All`, pod);
      return { worked: status === 201, seen: `HTTP ${status}` };
    },
  },
];

export const podAttacks: Attack[] = [...ofShapes, ...others];

const twins = new WeakMap<Scene, Promise<Verdict>>();

/** The pod that all of these are made from, as it is: one serves every attack as twin. */
function ordinaryPodRuns(scene: Scene): Promise<Verdict> {
  const found = twins.get(scene) ?? runs(scene, () => undefined);
  twins.set(scene, found);
  return found;
}

/** Whether a pod of that shape, made inside, comes to run on the host (and is there what is asked for). */
async function runs(
  scene: Scene,
  change: (spec: Spec) => void,
  isWhatWasMeant: (pod: V1Pod) => boolean = () => true,
): Promise<Verdict> {
  const pod = plainPod(`shape-${randomUUID().slice(0, 8)}`, ATTACKS);
  change(pod.spec);
  return inside(scene, pod, async (onHost) => {
    const found = await onHost();
    if (found?.status?.phase !== "Running") return undefined;
    return isWhatWasMeant(found)
      ? { worked: true, seen: "runs on the host" }
      : { worked: false, seen: "runs with limits" };
  });
}

async function runsAsAccount(scene: Scene, account: string): Promise<Verdict> {
  const name = `vc-${scene.a.release}`;
  await scene.a.cluster.apply(reference("v1", "ServiceAccount", name, ATTACKS));
  const pod = plainPod(`account-${randomUUID().slice(0, 8)}`, ATTACKS);
  pod.spec.serviceAccountName = name;
  return inside(scene, pod, async (onHost) => {
    const used = (await onHost())?.spec?.serviceAccountName;
    return used === undefined ? undefined : { worked: used === account, seen: `on the host it runs as ${used}` };
  });
}

async function debugContainerRuns(scene: Scene): Promise<Verdict> {
  const pod = plainPod(`debugged-${randomUUID().slice(0, 8)}`, ATTACKS);
  const { cluster } = scene.a;
  const path = `/api/v1/namespaces/${ATTACKS}/pods/${pod.metadata.name}/ephemeralcontainers`;
  const debug = { name: "debug", image, command: ["sleep", "60"], securityContext: { privileged: true } };
  let asked = false;
  return inside(scene, pod, async (onHost) => {
    const found = await onHost();
    if (found?.status?.phase !== "Running") return undefined;
    if (!asked) {
      const { status, body } = await cluster.send("PATCH", path, { spec: { ephemeralContainers: [debug] } }, STRATEGIC);
      if (status !== 200) return { worked: false, seen: `refused inside: ${body.slice(0, 300)}` };
      asked = true;
    }
    const state = found.status.ephemeralContainerStatuses?.[0]?.state;
    return state?.running && { worked: true, seen: "the debug container runs" };
  });
}

const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };

/** Makes a pod inside, looks until it is decided what becomes of it on the host, and removes it. */
async function inside(
  scene: Scene,
  pod: V1Pod,
  look: (onHost: () => Promise<V1Pod | undefined>) => Promise<Verdict | undefined>,
): Promise<Verdict> {
  const { cluster, hostNamespace, onHost } = scene.parties.atka;
  const name = pod.metadata?.name ?? "";
  const { status, body } = await cluster.send("POST", `/api/v1/namespaces/${ATTACKS}/pods`, pod);
  if (status !== 201) return { worked: false, seen: `refused inside: HTTP ${status} ${body.slice(0, 300)}` };
  try {
    const refusal = `involvedObject.name=${name},type=Warning`;
    return await waitFor(
      async () => {
        const verdict = await look(() => scene.host.get<V1Pod>(reference("v1", "Pod", onHost(name), hostNamespace)));
        if (verdict) return verdict;
        const events = await cluster.core.listNamespacedEvent({ namespace: ATTACKS, fieldSelector: refusal });
        const message = events.items
          .map((event) => event.message ?? "")
          .find((text) => /forbidden|violates|denied/.test(text));
        return message ? { worked: false, seen: message.slice(0, 400) } : undefined;
      },
      { what: `pod ${name} to run or to be refused`, timeoutMs: PATIENCE, explain: () => cluster.explain(ATTACKS) },
    );
  } finally {
    await cluster.core.deleteNamespacedPod({ namespace: ATTACKS, name, gracePeriodSeconds: 0 });
  }
}

function first(spec: Spec) {
  const container = spec.containers[0];
  if (!container) throw new Error("a pod has a container");
  return container;
}
