import * as assert from "node:assert/strict";

import type { V1Job, V1Pod } from "@kubernetes/client-node";

import {
  CLAIM,
  clusterObject,
  container,
  deployment,
  job,
  lookUp,
  object,
  PROBE,
  service,
  serving,
  SLEEPING,
  template,
} from "./manifests";
import type { Program } from "./program";
import { nameOf, type Site } from "./site";

const DATA = { volumeMounts: [{ name: "data", mountPath: "/data" }] };

/** A database in small: a headless Service, and a StatefulSet whose pods note their name on a volume of their own. */
const database = (replicas: number) => () => [
  service("db", { clusterIP: "None" }),
  object("apps/v1", "StatefulSet", "db", {
    spec: {
      serviceName: "db",
      replicas,
      selector: { matchLabels: { app: "db" } },
      template: template("db", container('[ -e /data/name ] || echo "$HOSTNAME" > /data/name; exec sleep 36000', DATA)),
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: CLAIM }],
    },
  }),
];

const names = async (site: Site, app: string) => (await site.pods(app)).map(nameOf);

/** Programs by the controller that runs them. */
export const controllers: readonly Program[] = [
  {
    name: "deploy-plain",
    title: "Deployment without requests and limits",
    objects: () => [deployment("web", container(serving("plain"), PROBE))],
    check: (site) => site.ready("web"),
  },
  {
    name: "deploy-requests",
    title: "Deployment with requests of 520m and no limit",
    objects: () => [
      deployment(
        "web",
        container(serving("x"), { ...PROBE, resources: { requests: { cpu: "520m", memory: "128Mi" } } }),
      ),
    ],
    check: (site) => site.ready("web"),
  },
  {
    name: "deploy-large",
    title: "Deployment with limits of 4 CPU and 2 GiB",
    objects: () => [
      deployment(
        "web",
        container(serving("large"), {
          ...PROBE,
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "4", memory: "2Gi" } },
        }),
      ),
    ],
    check: (site) => site.ready("web"),
  },
  {
    name: "deploy-update",
    title: "Deployment, rolling update and its undoing",
    objects: () => [
      deployment("web", container(serving("$PAGE"), { ...PROBE, env: [{ name: "PAGE", value: "one" }] })),
    ],
    check: async (site) => {
      await site.ready("web");
      const page = "cat /tmp/www/index.html";
      await site.kubectl("set", "env", "deployment/web", "PAGE=two");
      await site.kubectl("rollout", "status", "deployment/web", "--timeout=200s");
      await site.prints("web", page, /^two$/);
      await site.kubectl("rollout", "undo", "deployment/web");
      await site.prints("web", page, /^one$/);
    },
  },
  {
    name: "deploy-scale",
    title: "Deployment scaled up and down",
    objects: () => [deployment("web", container(SLEEPING))],
    check: async (site) => {
      await site.kubectl("scale", "deployment/web", "--replicas=3");
      await site.ready("web", 3);
      await site.kubectl("scale", "deployment/web", "--replicas=1");
      await site.ready("web", 1);
    },
  },
  {
    name: "restart",
    title: "Container that hangs, restarted by its liveness probe",
    objects: () => [
      deployment(
        "web",
        container(SLEEPING, {
          livenessProbe: { exec: { command: ["test", "-e", "/tmp/alive"] }, periodSeconds: 2, failureThreshold: 1 },
        }),
      ),
    ],
    check: (site) =>
      site.until("a restart", async () => {
        const [pod] = await site.pods("web");
        return (pod?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
      }),
  },
  {
    name: "statefulset",
    title: "StatefulSet with headless Service and volumes, scaled",
    objects: database(1),
    check: async (site) => {
      await site.ready("db");
      await site.kubectl("scale", "statefulset/db", "--replicas=2");
      await site.ready("db", 2);
      assert.deepEqual(await names(site, "db"), ["db-0", "db-1"]);
      await site.prints("db", lookUp("db-1.db.statefulset.svc.cluster.local"), /Name:\s+db-1\.db/);
      await site.prints("db", "cat /data/name", /^db-0$/);
    },
  },
  {
    name: "statefulset-pod",
    title: "StatefulSet whose pod is deleted: same name, same data",
    objects: database(1),
    check: async (site) => {
      const [pod] = await site.ready("db");
      await site.prints("db", "echo kept > /data/kept; cat /data/kept", /^kept$/);
      await site.kubectl("delete", "pod", "db-0");
      const [next] = await site.ready("db");
      assert.equal(next && nameOf(next), "db-0");
      assert.notEqual(next?.metadata?.uid, pod?.metadata?.uid);
      assert.equal(await site.shell("db", "cat /data/kept"), "kept");
    },
  },
  {
    name: "daemonset",
    title: "DaemonSet: a pod on every node",
    objects: () => [
      object("apps/v1", "DaemonSet", "agent", {
        spec: { selector: { matchLabels: { app: "agent" } }, template: template("agent", container(SLEEPING)) },
      }),
    ],
    check: async (site) => {
      const nodes = (await site.cluster.core.listNode()).items.map(nameOf);
      const pods = await site.ready("agent", nodes.length);
      assert.deepEqual(pods.map(({ spec }) => spec?.nodeName).sort(), nodes.sort());
    },
  },
  {
    name: "job",
    title: "Job with 60 completions",
    // More than the pods that the default quota has room for: those that have ended do not count.
    objects: () => [job("batch", "true", { completions: 60, parallelism: 6 })],
    check: async (site) => {
      await site.completed("batch");
      assert.equal((await site.get<V1Job>("batch/v1", "Job", "batch"))?.status?.succeeded, 60);
    },
  },
  {
    name: "job-failed",
    title: "Job that fails, with the reason in its log",
    objects: () => [job("broken", "echo no database; exit 3", { backoffLimit: 0 })],
    check: async (site) => {
      await site.until("the Job to fail", async () => /no database/.test(await site.kubectl("logs", "job/broken")));
      const [pod] = await site.pods("broken");
      assert.equal(pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
    },
  },
  {
    name: "cronjob",
    title: "CronJob every minute",
    objects: () => [
      object("batch/v1", "CronJob", "tick", {
        spec: { schedule: "* * * * *", jobTemplate: { spec: job("tick", "date").spec } },
      }),
    ],
    check: (site) =>
      site.until("a run", async () => {
        const printed = await site.kubectl("get", "cronjob", "tick", "-o", "jsonpath={.status.lastSuccessfulTime}");
        return printed !== "";
      }),
  },
  {
    name: "sidecars",
    title: "Init container and sidecar",
    objects: () => {
      const mounts = { volumeMounts: [{ name: "shared", mountPath: "/shared" }] };
      return [
        deployment("app", container("cat /shared/init; exec sleep 36000", mounts), {
          volumes: [{ name: "shared", emptyDir: {} }],
          initContainers: [
            container("echo prepared > /shared/init", { name: "prepare", ...mounts }),
            container("while :; do date > /shared/beat; sleep 1; done", {
              name: "sidecar",
              restartPolicy: "Always",
              ...mounts,
            }),
          ],
        }),
      ];
    },
    check: async (site) => {
      await site.ready("app");
      await site.until("the log", async () => (await site.kubectl("logs", "deployment/app")).includes("prepared"));
      await site.until("the sidecar's file", async () => {
        const printed = await site.kubectl("exec", "deployment/app", "-c", "main", "--", "cat", "/shared/beat");
        return /\d\d:\d\d/.test(printed);
      });
    },
  },
  {
    name: "disruption",
    title: "PodDisruptionBudget that keeps a pod from eviction",
    objects: () => [
      deployment("web", container(SLEEPING)),
      object("policy/v1", "PodDisruptionBudget", "web", {
        spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      }),
    ],
    check: async (site) => {
      const [pod] = await site.ready("web");
      const name = pod ? nameOf(pod) : "";
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: site.namespace } };
      const path = `/api/v1/namespaces/${site.namespace}/pods/${name}/eviction`;
      await site.until("the eviction to be refused", async () => {
        const { status } = await site.cluster.send("POST", `${path}?dryRun=All`, eviction);
        return status === 429;
      });
    },
  },
  {
    name: "priority",
    title: "PriorityClass of the tenant's own, and spreading",
    objects: () => [
      clusterObject("scheduling.k8s.io/v1", "PriorityClass", "important", { value: 1000 }),
      deployment("web", container(SLEEPING), {
        replicas: 2,
        priorityClassName: "important",
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { app: "web" } },
          },
        ],
      }),
    ],
    check: async (site) => {
      const [pod] = await site.ready("web", 2);
      // On the host it counts as any workload does.
      const copy = await site.onHost<V1Pod>("v1", "Pod", pod ? nameOf(pod) : "");
      assert.equal(copy?.spec?.priorityClassName, site.env.workloadPriorityClass);
    },
  },
  {
    name: "debug",
    title: "Debug container in a running pod",
    objects: () => [deployment("web", container(SLEEPING))],
    check: async (site) => {
      const [pod] = await site.ready("web");
      const name = pod ? nameOf(pod) : "";
      const debug = container(SLEEPING, { name: "debugger" });
      const path = `/api/v1/namespaces/${site.namespace}/pods/${name}/ephemeralcontainers`;
      const { status, body } = await site.cluster.send(
        "PATCH",
        path,
        { spec: { ephemeralContainers: [debug] } },
        { "content-type": "application/strategic-merge-patch+json" },
      );
      assert.equal(status, 200, body);
      await site.until("the debug container to run", async () => {
        const found = await site.get<V1Pod>("v1", "Pod", name);
        return found?.status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined;
      });
    },
  },
  {
    name: "autoscaler",
    title: "HorizontalPodAutoscaler and kubectl top",
    missing: "no metrics server: not among the programs that the local host is built from",
  },
];
