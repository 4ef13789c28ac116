import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";

import type { V1Pod, V1Secret, V1StatefulSet } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { chartDirOf, domain, otherVclusters, versions } from "../../local/settings";
import { fromBase64 } from "../../shared/base64";
import { succeeded } from "../../shared/exec";
import { table } from "../../shared/table";
import { waitFor, within } from "../../shared/wait";
import { Cluster, reference } from "../../testing/cluster";
import { difference, listObjects, type Objects } from "../../testing/objects";
import { application, syncedAndHealthy } from "../support/argocd";
import { type Charts, chartsForArgocd } from "../support/argocd-delivery";
import { webChart } from "../support/core-checks";
import { destroy, environment, type Environment } from "../support/environments";
import { longestGap, requestsDuring } from "../support/requests";
import { keepResult } from "../support/results";
import { httpGet } from "../support/tls";
import { image, podSecurityContext, securityContext, webIngress, webServer } from "../support/workloads";

const EVERY_MS = 200;
const REQUEST_MS = 5_000;
const POD_MS = 300_000;
const newest = otherVclusters.at(-1) ?? "";

/** Each from the host's own version, over these. */
const SUBJECTS: readonly { name: string; delivery: "helm" | "argocd"; steps: readonly string[] }[] = [
  { name: "up-by-helm", delivery: "helm", steps: otherVclusters },
  { name: "up-by-argocd", delivery: "argocd", steps: otherVclusters },
  { name: "up-straight", delivery: "helm", steps: [newest] },
];

/** What was seen of one upgrade. */
interface Step {
  readonly environment: string;
  readonly delivery: string;
  readonly from: string;
  readonly to: string;
  /** Longest time without a right answer of the API, and that of the whole `up`, in milliseconds. */
  readonly gapMs: number;
  readonly upMs: number;
  /** Objects inside that are gone, new or made again, and pods of applications that are. */
  readonly changes: readonly string[];
}

/**
 * What control planes make again by themselves: their DNS, whose image belongs to the version, and what each writes of itself.
 * Of applications nothing is.
 */
const OWN = [
  /^(added|replaced|removed): coordination\.k8s\.io\/Lease /,
  /^(added|replaced|removed): discovery\.k8s\.io\/EndpointSlice kube-system\//,
  /^(added|removed): \/Pod kube-system\/coredns-/,
  /^(added|removed): apps\/ReplicaSet kube-system\/coredns-/,
  // Newer Kubernetes has more of its own: roles, flow schemas, priority classes, API services.
  /^(added|removed): (rbac\.authorization|flowcontrol\.apiserver|apiregistration|storage|networking|resource)\.k8s\.io\/\S+ -\//,
  /^added: rbac\.authorization\.k8s\.io\/\S+ kube-\w+\//,
];

describe("upgrades over versions of the chart", function () {
  this.timeout(60 * 60_000);
  const host = Cluster.host();
  const done: Step[] = [];
  let charts: Charts | undefined;

  before(async () => {
    const missing = otherVclusters.filter((version) => !fs.existsSync(chartDirOf(version)));
    assert.deepEqual(missing, [], "not on this host; `make build-vcluster` builds them");
    charts = await chartsForArgocd(host, "long-upgrade-charts", webChart, ...otherVclusters.map(chartDirOf));
  });
  after("print and keep the table", async () => {
    await charts?.remove();
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    const rows = done.map(({ delivery, from, to, gapMs, upMs, changes }) => [
      delivery,
      `${from} to ${to}`,
      seconds(gapMs),
      seconds(upMs),
      String(changes.length),
    ]);
    const head = ["delivery", "chart", "API away for s", "up took s", "objects of applications lost or made again"];
    const text = table([head, ...rows], [2, 3, 4]);
    console.log(text);
    keepResult("upgrades", { title: "Upgrades over versions of the chart", text, data: done });
  });

  for (const { name, delivery, steps } of SUBJECTS) {
    describe(`${name}: ${[versions.vcluster, ...steps].join(" to ")}, delivered by ${delivery}`, () => {
      const shared = reference("v1", "Secret", `long-${name}`, "shared");
      const web = application(`${name}-web`);
      let env: Environment;
      /** The administrator's credentials of before all upgrades. */
      let first: Cluster;
      let objects: Objects;
      let pods: Map<string, string>;

      const config = (version: string, more: object = {}) => ({
        domain,
        delivery,
        chart: { version },
        persistence: { size: "1Gi" },
        sync: { secrets: { "shared/*": "config/*" } },
        ...more,
      });

      before(async () => {
        await host.remove(web, shared);
        env = await environment(name, config(versions.vcluster), delivery === "argocd" ? charts?.env : undefined);
        first = env.cluster;
        await runApplications(env);
        objects = await listObjects(first);
        pods = await podsOnHost(env);
      });
      after(async () => {
        await host.remove(web, shared);
        await destroy(name);
      });

      if (steps.length === 1) {
        it("keeps its objects through an upgrade that fails, and comes back by setting the version back", async () => {
          const absent = { image: { tag: "0.0.0" }, controlPlane: { startTimeoutSeconds: 60 } };
          env.stack.configure(config(newest, absent));
          const { exitCode } = await env.stack.operate("up", [], 600_000);
          assert.notEqual(exitCode, 0);
          env.stack.configure(config(versions.vcluster));
          await env.stack.up();
          await host.podReady(env.namespace, env.pod, POD_MS);
          assert.deepEqual(await changes(), []);
          assert.equal(await runningChart(env), versions.vcluster);
          await works(env);
        });
      }

      for (const [index, to] of steps.entries()) {
        const from = steps[index - 1] ?? versions.vcluster;

        it(`goes from ${from} to ${to} with everything that it has`, async () => {
          env.stack.configure(config(to));
          const preview = succeeded(await env.stack.operate("preview"));
          assert.ok(preview.output.includes(`The chart goes from ${from} to ${to}`), preview.output);
          assert.match(preview.output, /The control plane will restart \(data is kept\)/);
          const started = performance.now();
          let upMs = NaN;
          const attempts = await requestsDuring(
            () => answers(first),
            EVERY_MS,
            async () => {
              succeeded(await env.stack.operate("up", [], 900_000));
              upMs = performance.now() - started;
              await waitFor(() => answers(first), { what: "the API", timeoutMs: POD_MS, everyMs: EVERY_MS });
            },
          );
          const found = await changes();
          done.push({ environment: name, delivery, from, to, gapMs: longestGap(attempts), upMs, changes: found });
          console.log(
            `      API away for ${(longestGap(attempts) / 1000).toFixed(1)} s, up took ${(upMs / 1000).toFixed(0)} s`,
          );
          assert.equal(await runningChart(env), to);
          assert.deepEqual(found, []);
          objects = await listObjects(first);
          await works(env);
        });

        it(`has nothing to change with ${to} afterwards, and does not go back`, async () => {
          succeeded(await env.stack.operate("preview", ["--expect-no-changes"]));
          env.stack.configure(config(from));
          const { exitCode, output } = await env.stack.operate("preview");
          assert.notEqual(exitCode, 0);
          assert.match(output, /chart\.version: .*\[chart-downgrade\]/);
          env.stack.configure(config(to));
        });
      }

      /** What has changed for applications: objects in the virtual cluster, their pods on the host, and container restarts. */
      async function changes(): Promise<string[]> {
        const inside = difference(objects, await listObjects(first)).filter(
          (line) => !OWN.some((own) => own.test(line)),
        );
        const running = await podsOnHost(env);
        const restarted = [...pods].filter(([pod, state]) => running.get(pod) !== state);
        // Those that are new are of coredns, or in the list of objects inside.
        return [
          ...inside,
          ...restarted.map(([pod, state]) => `pod ${pod}: ${state}, now ${running.get(pod) ?? "gone"}`),
        ];
      }

      /** A StatefulSet with data, an Ingress, an Application of Argo CD and a synced Secret, all of them running. */
      async function runApplications({
        cluster,
        namespace,
        release,
        argocdCluster,
        apiHost,
      }: Environment): Promise<void> {
        const { deployment, service } = webServer({ name: "web", namespace: "default", page: name });
        for (const object of [deployment, service, webIngress("web", "default", `web.${apiHost}`), database(name)]) {
          await cluster.apply(object);
        }
        await host.apply<V1Secret>({ ...shared, stringData: { value: "first" } });
        await host.apply({
          ...web,
          spec: {
            project: "default",
            destination: { name: argocdCluster, namespace: "default" },
            source: { repoURL: charts?.url, chart: webChart.name, targetRevision: webChart.version },
            syncPolicy: { automated: { selfHeal: true } },
          },
        } as Parameters<typeof host.apply>[0]);
        await syncedAndHealthy(host, web.metadata.name);
        await host.podReady(namespace, syncedName("database-0", "default", release), POD_MS);
        await works(env);
      }

      /** Asserts that each of them works just now, with old credentials. */
      async function works({ cluster, namespace, release, apiHost }: Environment): Promise<void> {
        const answer = { what: `http://web.${apiHost}`, timeoutMs: 120_000, explain: () => host.explain(namespace) };
        await waitFor(async () => {
          const { status, body } = await httpGet(`web.${apiHost}`);
          return status === 200 && body.trim() === name;
        }, answer);
        const database = syncedName("database-0", "default", release);
        assert.equal((await host.shell(namespace, database, "cat /data/id", 30_000)).trim(), name);
        // A Secret that is written now arrives: the syncer has its rights.
        const value = randomUUID();
        await host.apply<V1Secret>({ ...shared, stringData: { value } });
        const copy = reference("v1", "Secret", shared.metadata.name, "config");
        await host.waitFor(async () => fromBase64((await cluster.get<V1Secret>(copy))?.data?.["value"]) === value, {
          what: "the Secret in the virtual cluster",
          timeoutMs: 60_000,
          namespace,
        });
        // Argo CD's token, as Argo CD uses it: it takes the annotation away when it has compared.
        await host.annotate(web, "argocd.argoproj.io/refresh", "hard");
        const refreshed = async () =>
          (await host.get(web))?.metadata?.annotations?.["argocd.argoproj.io/refresh"] === undefined;
        await host.waitFor(refreshed, { what: "Argo CD to compare", timeoutMs: 120_000, namespace: "argocd" });
        await syncedAndHealthy(host, web.metadata.name);
      }
    });
  }

  /** Pods of applications on the host: uid, and how often containers were restarted. */
  async function podsOnHost({ namespace, release }: Environment): Promise<Map<string, string>> {
    const labelSelector = `vcluster.loft.sh/managed-by=${release}`;
    const { items } = await host.core.listNamespacedPod({ namespace, labelSelector });
    const applications = items.filter(({ metadata }) => !metadata?.name?.startsWith("coredns-"));
    return new Map(applications.map((pod) => [pod.metadata?.name ?? "", stateOf(pod)]));
  }

  async function runningChart({ namespace, release }: Environment): Promise<string | undefined> {
    const found = await host.get<V1StatefulSet>(reference("apps/v1", "StatefulSet", release, namespace));
    return found?.metadata?.labels?.["chart"]?.replace("vcluster-", "");
  }
});

async function answers(cluster: Cluster): Promise<boolean> {
  const { status } = await within(REQUEST_MS, cluster.send("GET", "/api/v1/namespaces/default"));
  if (status !== 200) throw new Error(`HTTP ${status}`);
  return true;
}

function stateOf({ metadata, status }: V1Pod): string {
  const restarts = (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return `${metadata?.uid ?? ""} with ${restarts} restarts`;
}

/** A StatefulSet of one pod that writes once to its volume. */
function database(content: string): V1StatefulSet {
  const labels = { app: "database" };
  const command = ["sh", "-c", '[ -e /data/id ] || echo "$CONTENT" >/data/id; exec sleep 1000000'];
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "database", namespace: "default" },
    spec: {
      serviceName: "database",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          securityContext: { ...podSecurityContext, fsGroup: 1000 },
          containers: [
            {
              name: "database",
              image,
              imagePullPolicy: "IfNotPresent",
              securityContext,
              command,
              env: [{ name: "CONTENT", value: content }],
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } },
        },
      ],
    },
  };
}
