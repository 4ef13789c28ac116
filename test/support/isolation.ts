import * as assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import type { V1Deployment, V1Namespace, V1Pod, V1ResourceQuota, V1Secret } from "@kubernetes/client-node";

import { refusedObjects, syncerOf } from "../../cli/commands/refused";
import { syncedName } from "../../components/names";
import { connect } from "../../host/client";
import { Cluster, reference } from "../../testing/cluster";
import { destroy, environment, type Environment, namesOf } from "./environments";
import { httpGet } from "./tls";
import { webClient, webServer, webIngress } from "./workloads";

const host = Cluster.host();
const namespace = "e2e-isolation";
const secret = reference("v1", "Secret", "e2e-isolation", "shared");
/** Pods that an environment may have here: its DNS server, the page and two more; its reader has ended by then. */
const pods = 4;

/** Profiles, and the Pod Security Standard that belongs to each. */
const LEVELS = { default: "baseline", hardened: "restricted", open: undefined };
type Profile = keyof typeof LEVELS;

/** Declares tests that ordinary workloads run in an environment of each profile, and that it has the bounds of the profile. */
export function isolationSuite(profiles: readonly Profile[]): void {
  describe("isolation profiles", function () {
    this.timeout(300_000);
    before(async () => {
      await host.apply<V1Namespace>(reference("v1", "Namespace", "shared"));
      await host.apply<V1Secret>({ ...secret, stringData: { key: "value" } });
    });
    after(async () => {
      await host.remove(secret);
    });

    for (const profile of profiles) {
      // Nothing in it that is not needed.
      const config = {
        argocd: { register: false },
        sync: { secrets: { "shared/e2e-isolation": "config/copied" } },
        isolation: { profile, ...(profile !== "open" && { quota: { pods } }) },
      };
      const name = `iso-${profile}`;

      describe(`an environment in the profile ${profile}`, () => {
        const page = randomUUID();
        let made: Environment;
        before(async () => {
          made = await environment(name, config);
        });
        after(async () => {
          await destroy(name);
        });

        it("has the quotas and policies of the profile on the host", async () => {
          const found = await host.get<V1Namespace>(reference("v1", "Namespace", made.namespace));
          assert.equal(found?.metadata?.labels?.["pod-security.kubernetes.io/enforce"], LEVELS[profile]);
          const bounds = [
            ["networking.k8s.io/v1", "NetworkPolicy", `${made.release}-all-pods`],
            ["v1", "ResourceQuota", `${made.release}-workloads`],
            ["v1", "LimitRange", made.release],
          ] as const;
          for (const [apiVersion, kind, object] of bounds) {
            const bound = await host.get(reference(apiVersion, kind, object, made.namespace));
            assert.equal(bound === undefined, profile === "open", kind);
          }
        });

        it("runs a web page, and a client that finds it by DNS and whose log can be read", async () => {
          await made.cluster.apply<V1Namespace>(reference("v1", "Namespace", namespace));
          const { deployment, service } = webServer({ name: "web", namespace, page });
          await made.cluster.apply(deployment);
          await made.cluster.apply(service);
          const url = `http://web.${namespace}.svc.cluster.local`;
          await made.cluster.apply(webClient({ name: "reader", namespace, url }));
          await made.cluster.waitFor(
            // Logs take the way over the control plane, the host's API and the kubelet.
            async () => (await made.cluster.core.readNamespacedPodLog({ namespace, name: "reader" })).trim() === page,
            { what: "the reader to print the page", timeoutMs: 90_000, namespace },
          );
        });

        it("responds on its own host name through the ingress controller", async () => {
          const appHost = `app.${made.apiHost}`;
          await made.cluster.apply(webIngress("web", namespace, appHost));
          await host.waitFor(async () => (await httpGet(appHost)).body.trim() === page, {
            what: `http://${appHost} to answer with the page`,
            timeoutMs: 90_000,
            namespace: made.namespace,
          });
        });

        it("has a Secret that is mapped by name", async () => {
          const copied = reference("v1", "Secret", "copied", "config");
          await made.cluster.waitFor(async () => (await made.cluster.get<V1Secret>(copied))?.data?.["key"], {
            what: "Secret config/copied",
            timeoutMs: 60_000,
            namespace: "config",
          });
        });

        it("mounts no credential of the host into workloads", async () => {
          const found = await workloads(made);
          assert.ok(found.length > 0);
          for (const { metadata, spec } of found) {
            assert.equal(spec?.automountServiceAccountToken, false, metadata?.name);
            const sources = spec.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? [];
            assert.ok(!sources.some(({ serviceAccountToken }) => serviceAccountToken), metadata?.name);
          }
        });

        it("syncs a pod with its own service account and the label of its cloud identity", async () => {
          const object = syncedName("reader", namespace, made.release);
          const pod = await host.get<V1Pod>(reference("v1", "Pod", object, made.namespace));
          assert.equal(pod?.metadata?.labels?.["azure.workload.identity/use"], "true");
          assert.equal(pod.spec?.serviceAccountName, syncedName("default", namespace, made.release));
        });

        it("drops requests in the status of a pod without requests, which crash Argo CD", async () => {
          const found = await statuses(made);
          assert.equal(found.length, 1);
          for (const { resources, allocatedResources } of found) {
            assert.deepEqual([resources, allocatedResources], [undefined, undefined]);
          }
        });

        it("has a syncer without forbidden requests", async () => {
          assert.deepEqual(await refusals(made), []);
        });

        it("has no object on the host that would be refused today", async () => {
          const subject = { host: connect({ env: process.env }), names: namesOf(name) };
          const syncer = connect({ env: process.env }, {}, await syncerOf(subject));
          assert.deepEqual(await refusedObjects(subject, syncer), []);
        });

        if (profile === "hardened") {
          it("brings its control plane back while its tenants have used up the quota", async () => {
            const { deployment } = webServer({ name: "more", namespace, page });
            if (deployment.spec) deployment.spec.replicas = pods;
            await made.cluster.apply<V1Deployment>(deployment);
            const reader = syncedName("reader", namespace, made.release);
            const quota = reference("v1", "ResourceQuota", `${made.release}-workloads`, made.namespace);
            const used = async () => Number((await host.get<V1ResourceQuota>(quota))?.status?.used?.["pods"]);
            // The API server charges a pod before it stores it, keeps the charge if it then does not, and corrects that
            // only when some pod ends: the status alone may show a quota as used up that is not. So its pods are counted.
            const before = await host.waitFor(
              async () => {
                const running = await runningPods(made);
                return running.size >= pods && (await used()) >= pods && !running.has(reader) && running;
              },
              { what: "the quota to be used up", timeoutMs: 60_000, namespace: made.namespace },
            );
            const { metadata } = await host.podReady(made.namespace, made.pod, 10_000);
            await host.core.deleteNamespacedPod({ namespace: made.namespace, name: made.pod });
            await host.podReady(made.namespace, made.pod, 120_000, metadata?.uid);
            const after = await runningPods(made);
            const ended = [...before].filter(([name, uid]) => after.get(name) !== uid);
            assert.deepEqual(ended, [], "pods that used up the quota ended meanwhile");
            await host.waitFor(async () => (await used()) >= pods, {
              what: "the quota to count the pods that are still there",
              timeoutMs: 10_000,
              namespace: made.namespace,
            });
            assert.deepEqual(await refusals(made), []);
          });
        }

        if (profile === "default") {
          it("has a syncer without forbidden requests after a change of mappings", async () => {
            const sync = { secrets: {}, configMaps: { "shared-config/*": "config/*" } };
            made.stack.configure({ ...config, sync });
            await made.stack.up();
            assert.deepEqual(await refusals(made), []);
          });
        }
      });
    }
  });
}

/** The environment's pods on the host, the control plane's aside. */
async function workloads({ namespace, release }: Environment): Promise<V1Pod[]> {
  const labelSelector = `vcluster.loft.sh/managed-by=${release}`;
  return (await host.core.listNamespacedPod({ namespace, labelSelector })).items;
}

/** The uid of each workload pod, by its name, that counts for the quota: that runs and is not being deleted. */
async function runningPods(made: Environment): Promise<Map<string | undefined, string | undefined>> {
  const running = (await workloads(made)).filter(
    ({ metadata, status }) => status?.phase === "Running" && metadata?.deletionTimestamp === undefined,
  );
  return new Map(running.map(({ metadata }) => [metadata?.name, metadata?.uid]));
}

/** What is said inside of the containers of the reader, which asks for nothing; the host gives it something in `default`. */
async function statuses({ cluster }: Environment) {
  const pod = await cluster.get<V1Pod>(reference("v1", "Pod", "reader", namespace));
  assert.equal(pod?.spec?.containers[0]?.resources?.requests, undefined);
  return pod?.status?.containerStatuses ?? [];
}

/** Lines of the control plane's log in which the host's RBAC refuses its syncer something. */
async function refusals({ namespace, pod }: Environment): Promise<string[]> {
  const log = await host.core.readNamespacedPodLog({ namespace, name: pod, container: "syncer" });
  assert.ok(log.length > 1000, "the log of the control plane is too short to say anything");
  return log.split("\n").filter((line) => /User \\?"system:serviceaccount:[^"]*\\?" cannot/.test(line));
}
