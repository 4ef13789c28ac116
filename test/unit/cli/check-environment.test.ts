import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:https";

import { checkEnvironment, findProblems, notLookedAt } from "../../../cli/check-environment";
import { awaited, type Environment } from "../../../cli/running-environment";
import { environmentNames } from "../../../components/names";
import type { HostClient } from "../../../host/client";
import { base64 } from "../../../shared/base64";
import { Authority } from "../../support/certificates";
import { listen } from "../../support/servers";

describe("check of an environment", () => {
  let server: Server;
  let environment: Environment;
  let pods: object[];
  let sets: object[];
  let registered: object[];
  /** By name. */
  let applications: Record<string, { status: object } | undefined>;
  let patched: string[];
  /** Reads until Argo CD has compared an Application that it was asked to refresh. */
  let comparisonReads: number;
  /** What the virtual API takes. */
  let tokens: string[];

  before(async () => {
    const authority = await Authority.create();
    const own = await authority.issue({ commonName: "api", names: ["localhost"] });
    server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      const known = tokens.some((token) => request.headers.authorization === `Bearer ${token}`);
      const body = known ? {} : { message: `${request.url ?? ""}: Unauthorized` };
      response.writeHead(known ? 200 : 401).end(JSON.stringify(body));
    });
    const apiUrl = `https://localhost:${await listen(server)}`;
    const names = { ...environmentNames("dev", "example.invalid"), apiUrl };
    const caData = base64(authority.certificate);
    const config = base64(JSON.stringify({ bearerToken: "argocd", tlsClientConfig: { caData } }));
    registered = [{ metadata: { namespace: "gitops" }, data: { server: base64(names.inClusterUrl), config } }];
    const host = {
      list: (path: string) =>
        Promise.resolve(path.includes("/pods?") ? pods : path.includes("/statefulsets?") ? sets : registered),
      find: (path: string) => {
        const [, name = ""] =
          /^\/apis\/argoproj\.io\/v1alpha1\/namespaces\/gitops\/applications\/(.*)$/.exec(path) ?? [];
        const found = applications[name];
        const asked = patched.some((line) => line.startsWith(`${name} `));
        const annotations = asked && comparisonReads-- > 0 ? { "argocd.argoproj.io/refresh": "normal" } : {};
        return Promise.resolve(found && { metadata: { name, annotations }, ...found });
      },
      patch: (path: string, body: object) => {
        patched.push(`${path.split("/").at(-1) ?? ""} ${JSON.stringify(body)}`);
        return Promise.resolve();
      },
    } as unknown as HostClient;
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "dev", cluster: { server: apiUrl, "certificate-authority-data": caData } }],
      users: [{ name: "dev", user: { token: "administrator" } }],
      contexts: [{ name: "dev", context: { cluster: "dev", user: "dev" } }],
      "current-context": "dev",
    });
    environment = { names, host, kubeconfig, registered: true };
  });
  beforeEach(() => {
    pods = [pod("True")];
    sets = [set("vcluster-dev-helm", 1, 1)];
    tokens = ["administrator", "argocd"];
    [applications, patched, comparisonReads] = [{}, [], 0];
  });
  after(() => {
    server.close();
  });

  const pod = (ready: string) => ({
    metadata: { name: "vcluster-dev-helm-0" },
    status: { conditions: [{ type: "Ready", status: ready }] },
  });

  const set = (name: string, replicas: number, readyReplicas?: number) => ({
    metadata: { name },
    spec: { replicas },
    status: { ...(readyReplicas !== undefined && { readyReplicas }) },
  });

  const problemsOf = async (one: Environment) => (await findProblems(one)).problems;

  it("passes where pods, API and Argo CD's token work", async () => {
    assert.deepEqual(await findProblems(environment), { problems: [], pending: [] });
    assert.equal(await checkEnvironment(environment, 1_000), "");
  });

  it("names each part that does not work, and what to do", async () => {
    [pods, tokens] = [[], []];
    await assert.rejects(checkEnvironment(environment, 2_000), ({ message }: Error) => {
      assert.match(message, /^The environment in namespace dev-vcluster is not ready, although Pulumi/);
      assert.match(message, /- control plane: there is no pod of vcluster-dev-helm in dev-vcluster\n/);
      assert.match(message, /- API at https:\S+, with the output kubeconfig: \S+\/default: Unauthorized\n/);
      assert.match(message, /- Argo CD: \S+selfsubjectreviews: Unauthorized\nFix: `pulumi up`/);
      return true;
    });
  });

  it("waits for a pod that becomes ready", async () => {
    pods = [pod("False")];
    assert.deepEqual(await problemsOf(environment), ["control plane: not ready: vcluster-dev-helm-0"]);
    setTimeout(() => (pods = [pod("True")]), 100);
    await checkEnvironment(environment, 5_000);
  });

  it("counts the replicas, not only the pods that are there", async () => {
    sets = [set("vcluster-dev-helm", 3, 1), set("vcluster-dev-helm-etcd", 3)];
    assert.deepEqual(await problemsOf(environment), [
      "control plane: vcluster-dev-helm has 1 of 3 replicas ready, vcluster-dev-helm-etcd has 0 of 3 replicas ready",
    ]);
    sets = [set("vcluster-dev-helm", 3, 3), set("vcluster-dev-helm-etcd", 3, 3)];
    assert.deepEqual(await problemsOf(environment), []);
  });

  it("finds a cluster that Argo CD does not have", async () => {
    const before = registered;
    registered = [];
    assert.deepEqual(await problemsOf(environment), ["Argo CD: Argo CD has no cluster dev-vcluster"]);
    assert.deepEqual(await problemsOf({ ...environment, registered: false }), []);
    registered = before;
  });

  const status = (sync: string, health = "Healthy", rest: object = {}) => ({
    status: { sync: { status: sync }, health: { status: health }, ...rest },
  });

  it("looks at the Applications that `up` waits for, and lets Argo CD compare again", async () => {
    const waits = { ...environment, applications: ["web-dev", "api-dev"] };
    applications = { "web-dev": status("OutOfSync") };
    assert.deepEqual(await problemsOf(waits), ["Applications: gitops/api-dev: it does not exist"]);
    assert.deepEqual(patched, ['web-dev {"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}']);
    assert.deepEqual(await problemsOf({ ...waits, registered: false }), []);
    applications = { "web-dev": status("Synced"), "api-dev": status("Synced") };
    patched = [];
    assert.deepEqual(await findProblems(waits), { problems: [], pending: [] });
    assert.deepEqual(patched, []);
  });

  it("is ready with Applications that are not healthy, and names them", async () => {
    const waits = { ...environment, applications: ["web-dev", "api-dev"] };
    applications = { "web-dev": status("Synced", "Degraded"), "api-dev": status("Synced") };
    assert.equal(
      await checkEnvironment(waits, 1_500),
      "\nApplications that are not Synced and Healthy:\n  - gitops/web-dev: sync Synced; health Degraded\n" +
        "Fix: correct what Argo CD reports of them; an update of the environment does not change it.",
    );
    pods = [];
    await assert.rejects(checkEnvironment(waits, 1_500), ({ message }: Error) => {
      assert.match(message, /not ready.*\n {2}- control plane: .*\nFix: /);
      return true;
    });
  });

  it("is ready by the last comparison where the next one takes long", async () => {
    const waits = { ...environment, applications: ["web-dev"] };
    applications = { "web-dev": status("OutOfSync") };
    for (const reads of [1, Infinity]) {
      [patched, comparisonReads] = [[], reads];
      // An odd and an even number of looks.
      for (const ms of [500, 1_500]) {
        const pending = await checkEnvironment(waits, ms);
        assert.match(pending, /\n {2}- gitops\/web-dev: (not refreshed by .*)?sync OutOfSync; health Healthy\nFix: /);
      }
    }
    // Since the last `make up`; or new.
    assert.equal((await findProblems(waits)).pending.length, 1);
    applications = { "web-dev": { status: {} } };
    assert.match((await problemsOf(waits)).join(), /^Applications: gitops\/web-dev: not refreshed by Argo CD yet/);
  });

  it("is not ready where Argo CD cannot compare an Application", async () => {
    const waits = { ...environment, applications: ["web-dev"] };
    const failed = (message: string) =>
      status("Unknown", "Healthy", { conditions: [{ type: "ComparisonError", message }] });
    applications = { "web-dev": failed("Failed to load live state: Unauthorized") };
    assert.deepEqual(await problemsOf(waits), [
      "Applications: gitops/web-dev: sync Unknown; health Healthy; ComparisonError: Failed to load live state: Unauthorized",
    ]);
    applications = {
      "web-dev": failed("Failed to load target state: failed to generate manifest for source 1 of 1: x"),
    };
    const { problems, pending } = await findProblems(waits);
    assert.deepEqual([problems, pending.length], [[], 1]);
  });

  it("finds in the configuration which Applications `up` waits for", () => {
    const found = awaited("dev", { a: {}, b: { wait: false }, c: { sync: { automated: false } }, d: { wait: true } });
    assert.deepEqual(found, ["a-dev", "d-dev"]);
    assert.deepEqual(awaited("dev", undefined), []);
  });

  it("does not connect to the API where the readiness check is disabled", async () => {
    tokens = [];
    assert.deepEqual(await problemsOf({ ...environment, unchecked: true }), []);
    assert.equal(notLookedAt(environment), "");
    assert.match(
      notLookedAt({ registered: true, unchecked: true }),
      /enabled: false, its API and Argo CD's token were not/,
    );
    assert.match(notLookedAt({ registered: false, unchecked: true }), /its API was not tried$/);
  });
});
