import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:http";

import { applicationSpec, projectSources } from "../../../../components/argocd/applications";
import type { ApplicationArgs, ApplicationSyncArgs, ArgocdArgs } from "../../../../components/config/args";
import { type ApplicationSettings, settings } from "../../../../components/config/defaults";
import { type ApplicationsInput, reconnectedNow, reconnection } from "../../../../components/jobs/applications-input";
import { ArgocdApi } from "../../../../components/jobs/argocd-api";
import { deleteApplications } from "../../../../components/jobs/delete-applications";
import { program } from "../../../../components/jobs/job";
import { waitForApplications } from "../../../../components/jobs/wait-for-applications";
import { environmentNames } from "../../../../components/names";
import { connect } from "../../../../host/client";
import { base64 } from "../../../../shared/base64";
import { codedMessage } from "../../../../shared/coded";
import { runShipped } from "../../../support/jobs";
import { listen, withBody } from "../../../support/servers";

const names = environmentNames("dev", "example.org");

function spec(args: ApplicationArgs) {
  const { app } = settings("dev", { domain: "example.org", applications: { app: args } }).applications;
  return applicationSpec(names, app as ApplicationSettings);
}

describe("projectSources", () => {
  it("returns the repositories of its applications and the configured sources", () => {
    const applications = { a: { repository: "a" }, b: { repository: "a" }, c: { repository: "c", project: "team" } };
    const s = settings("dev", { domain: "example.org", applications, argocd: { sources: ["x/*"] } });
    assert.deepEqual(projectSources(s), ["x/*", "a"]);
  });
});

describe("applicationSpec", () => {
  const git = "https://git.example.com/app.git";

  it("deploys a Git repository to the environment's cluster by name, with automated sync", () => {
    assert.deepEqual(spec({ repository: git }), {
      project: "dev-vcluster",
      destination: { name: "dev-vcluster", namespace: "app" },
      source: { repoURL: git, path: ".", targetRevision: "HEAD" },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        retry: { limit: 5 },
        syncOptions: ["CreateNamespace=true"],
      },
    });
  });

  const sources: [string, ApplicationArgs, object][] = [
    [
      "a folder at a revision",
      { repository: git, path: "deploy", revision: "v1" },
      { repoURL: git, path: "deploy", targetRevision: "v1" },
    ],
    [
      "a chart with values",
      { repository: "https://charts.example.com", chart: "web", revision: "1.2.3", values: { replicas: 2 } },
      {
        repoURL: "https://charts.example.com",
        chart: "web",
        targetRevision: "1.2.3",
        helm: { valuesObject: { replicas: 2 } },
      },
    ],
    [
      "an OCI artifact",
      { repository: "oci://registry.example.com/web", revision: "1.2.3" },
      { repoURL: "oci://registry.example.com/web", path: ".", targetRevision: "1.2.3" },
    ],
    [
      "a cnoe:// URL as it is",
      { repository: "cnoe://backstage-dev/manifests", path: "." },
      { repoURL: "cnoe://backstage-dev/manifests", path: ".", targetRevision: "HEAD" },
    ],
  ];
  for (const [title, args, source] of sources) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(spec(args)["source"], source);
    });
  }

  it("has no automated sync if disabled", () => {
    const policy = (sync: ApplicationSyncArgs) => spec({ repository: git, sync })["syncPolicy"];
    assert.deepEqual(policy({ automated: false, options: [] }), { syncOptions: [] });
    assert.deepEqual(policy({ prune: false, selfHeal: false, options: ["ServerSideApply=true"] }), {
      automated: {},
      retry: { limit: 5 },
      syncOptions: ["ServerSideApply=true"],
    });
  });

  it("creates no namespace if Argo CD is not allowed to", () => {
    const options = (argocd: ArgocdArgs) =>
      settings("dev", { domain: "example.org", applications: { app: { repository: git } }, argocd }).applications["app"]
        ?.sync.options;
    assert.deepEqual(options({ namespaces: ["app"] }), []);
    assert.deepEqual(options({ namespaces: ["app"], clusterResources: true }), ["CreateNamespace=true"]);
  });

  it("has the configured namespace and project", () => {
    const { destination, project } = spec({ repository: git, namespace: "web", project: "team" });
    assert.deepEqual([destination, project], [{ name: "dev-vcluster", namespace: "web" }, "team"]);
  });
});

interface Json {
  metadata: Record<string, unknown> & { name: string; namespace: string };
  [key: string]: unknown;
}

describe("applications job", function () {
  this.timeout(30_000);
  let server: Server;
  let port: number;
  /** What the host has, by path; a test may put a function there that is asked at every request. */
  let objects: Map<string, Json | (() => Json | undefined)>;
  let calls: string[];
  /** Requests for events, with the login. */
  let asked: string[];
  let podReady: boolean;
  /** What a deletion does. */
  let onDelete: (path: string) => void;
  let forbidden: string[];

  const argocd = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
  const all = "/apis/argoproj.io/v1alpha1/applications";
  const secret = "/api/v1/namespaces/argocd/secrets/dev-vcluster";
  const namespace = "/api/v1/namespaces/dev-vcluster";
  const own = `${argocd}/web-dev`;
  const synced = { sync: { status: "Synced" }, health: { status: "Healthy" } };
  const app = (name: string, namespace: string, destination: object, rest: object = {}): Json => ({
    metadata: { name, namespace },
    spec: { destination },
    status: synced,
    ...rest,
  });
  const here = { name: "dev-vcluster" };

  before(async () => {
    const handler = withBody((request, body, response) => {
      if (request.url?.includes("/events?") === true)
        asked.push(`${request.url} ${request.headers.authorization ?? ""}`);
      const path = decodeURIComponent((request.url ?? "").split("?")[0] ?? "");
      if (request.method !== "GET") calls.push(`${request.method ?? ""} ${path}${body === "" ? "" : ` ${body}`}`);
      const [status, content] = answer(request.method ?? "", path);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    });
    server = createServer(handler);
    port = await listen(server);
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    objects = new Map<string, Json>([
      [secret, { metadata: { name: "dev-vcluster", namespace: "argocd", uid: "the-uid" } }],
      [namespace, { metadata: { name: "dev-vcluster", namespace: "", uid: "the-namespace" } }],
      [own, app("web-dev", "argocd", here)],
    ]);
    [calls, asked, forbidden, podReady] = [[], [], [], true];
    onDelete = (path) => objects.delete(path);
  });

  function stored(path: string): Json | undefined {
    const found = objects.get(path);
    return typeof found === "function" ? found() : found;
  }

  function answer(method: string, path: string): [number, object] {
    if (forbidden.includes(path)) return [403, { message: `you may not see ${path}` }];
    if (path === all || path === argocd) {
      const below = path === all ? "/apis/argoproj.io/" : `${argocd}/`;
      return [200, { items: [...objects.keys()].filter((key) => key.startsWith(below)).map(stored) }];
    }
    if (path.endsWith("/dev-vcluster/pods")) {
      const conditions = [{ type: "Ready", status: podReady ? "True" : "False" }];
      return [200, { items: [{ metadata: { name: "vcluster-dev-helm-0" }, status: { conditions } }] }];
    }
    const object = stored(path);
    if (object === undefined) return [404, { message: "not found" }];
    if (method === "DELETE") onDelete(path);
    if (calls.at(-1)?.endsWith('{"finalizers":null}}')) objects.delete(path);
    return [200, object];
  }

  function input(seconds: number, wait = true): ApplicationsInput {
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "host", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "user", user: { token: "the-token" } }],
      contexts: [{ name: "context", context: { cluster: "host", user: "user" } }],
      "current-context": "context",
    });
    return {
      host: { kubeconfig },
      environment: { name: "dev-vcluster", uid: "the-namespace" },
      label: "dev",
      namespace: "argocd",
      cluster: {
        name: "dev-vcluster",
        server: "https://vcluster-dev-helm.dev-vcluster.svc:443",
        apiUrl: `http://127.0.0.1:${port}`,
        secretUid: "the-uid",
      },
      controlPlane: { namespace: "dev-vcluster", release: "vcluster-dev-helm" },
      applications: [{ name: "web-dev", wait, digest: "a", uid: "u" }],
      syncTimeoutSeconds: seconds,
      deleteTimeoutSeconds: seconds,
    };
  }

  /** Runs the job in this process, with short pauses. */
  async function run(
    action: "up" | "destroy",
    { force = false, seconds = 0.3, wait = true, downMs = 30_000, reconnected = [] as string[] } = {},
  ): Promise<{ status: number; output: string; lines: string[] }> {
    const lines: string[] = [];
    const log = (line: string) => lines.push(...line.split("\n"));
    const pace = { pauseMs: 20, downMs, log };
    const args = input(seconds, wait);
    const host = new ArgocdApi(connect({ ...args.host, env: {} }), args, log);
    let status = 0;
    try {
      if (action === "up") await waitForApplications(host, args, pace, reconnected);
      else await deleteApplications(host, args, force, pace);
    } catch (error) {
      log(codedMessage(error));
      status = 1;
    }
    const output = lines.map((line) => `${line}\n`).join("");
    assert.ok(!/the-token|inside/.test(output));
    return { status, output, lines };
  }

  const FORCE = { VCLUSTER_ENVIRONMENTS_FORCE_DESTROY: "true" };

  describe("on up", () => {
    it("asks Argo CD for a refresh, and ends when all is Synced and Healthy", async () => {
      let looks = 0;
      const refreshing = {
        name: "web-dev",
        namespace: "argocd",
        annotations: { "argocd.argoproj.io/refresh": "normal" },
      };
      objects.set(own, () => {
        looks++;
        if (looks < 3) return { ...app("web-dev", "argocd", here), metadata: refreshing };
        return app(
          "web-dev",
          "argocd",
          here,
          looks < 4 ? { status: { ...synced, sync: { status: "OutOfSync" } } } : {},
        );
      });
      const { status, lines } = await run("up", { seconds: 20 });
      assert.deepEqual(lines, [
        "waiting for Application argocd/web-dev: not refreshed by Argo CD yet; before: sync Synced; health Healthy",
        "waiting for Application argocd/web-dev: sync OutOfSync; health Healthy",
      ]);
      assert.equal(status, 0);
      assert.deepEqual(calls, [`PATCH ${own} {"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}`]);
    });

    it("does not wait for an application without `wait`", async () => {
      objects.delete(own);
      assert.deepEqual(await run("up", { wait: false }), { status: 0, output: "", lines: [] });
      assert.deepEqual(calls, []);
    });

    it("fails at its timeout with the status that Argo CD reports", async () => {
      const status = {
        sync: { status: "OutOfSync" },
        health: { status: "Degraded", message: "no pods" },
        operationState: { phase: "Failed", message: "admission webhook said no" },
        conditions: [{ type: "SyncError", message: "tried five times" }],
      };
      objects.set(own, app("web-dev", "argocd", here, { status }));
      const { status: code, output } = await run("up");
      assert.equal(code, 1);
      const state =
        "sync OutOfSync; health Degraded (no pods); operation Failed: admission webhook said no; SyncError: tried five times";
      assert.equal(
        output,
        `waiting for Application argocd/web-dev: ${state}\n` +
          `Not Synced and Healthy after 0.3 s:\n  - argocd/web-dev: ${state}\n` +
          "Fix: correct what Argo CD reports, raise argocd.syncTimeoutSeconds, or set wait of the application to false. " +
          "[applications-not-healthy]\n",
      );
    });

    describe("for an Application that gets only a new token of Argo CD", () => {
      const reconnected = [reconnection("u", "a")];
      const broken = { sync: { status: "Synced" }, health: { status: "Degraded" } };
      const failed = (message: string) => ({
        sync: { status: "Unknown" },
        health: { status: "Healthy" },
        conditions: [{ type: "ComparisonError", message }],
      });

      it("waits for the comparison, and names what is broken", async () => {
        let looks = 0;
        objects.set(own, () =>
          app("web-dev", "argocd", here, { status: ++looks < 3 ? failed("Failed to load live state") : broken }),
        );
        const { status, lines } = await run("up", { seconds: 20, reconnected });
        assert.deepEqual(lines, [
          "waiting for Application argocd/web-dev: sync Unknown; health Healthy; ComparisonError: Failed to load live state",
          "Not waited for, as only Argo CD's token is new: argocd/web-dev: sync Synced; health Degraded",
        ]);
        assert.equal(status, 0);
      });

      it("is told by the update which those are", async () => {
        objects.set(own, app("web-dev", "argocd", here, { status: broken }));
        const given = { RECONNECTED: `${new Date().toISOString()},other,${String(reconnected)}` };
        const shipped = await runShipped(program("applications", input(1)), "wait-for-applications", given);
        assert.equal(shipped.status, 0, shipped.stderr);
        assert.match(shipped.stderr, /^Not waited for.*health Degraded\n$/);
      });

      it("holds for the run of that repair, and not for what the state keeps of it", async () => {
        const now = Date.now();
        const listed = (ms: number) => reconnectedNow(`${new Date(now + ms).toISOString()},a:b,c:d`, now);
        for (const ms of [0, -20 * 60_000]) assert.deepEqual(listed(ms), ["a:b", "c:d"]);
        // By a clock that was wrong, too.
        for (const ms of [-31 * 60_000, 31 * 60_000]) assert.deepEqual(listed(ms), []);
        for (const variable of [undefined, "", "a:b", "a:b,c:d"]) assert.deepEqual(reconnectedNow(variable, now), []);

        objects.set(own, app("web-dev", "argocd", here, { status: broken }));
        const given = { RECONNECTED: `${new Date(now - 3_600_000).toISOString()},${String(reconnected)}` };
        const shipped = await runShipped(program("applications", input(1)), "wait-for-applications", given);
        assert.equal(shipped.status, 1);
        assert.doesNotMatch(shipped.stderr, /Not waited for/);
      });

      it("needs no manifests for that", async () => {
        const status = failed("Failed to load target state: failed to generate manifest for source 1 of 1: not found");
        objects.set(own, app("web-dev", "argocd", here, { status }));
        assert.equal((await run("up", { reconnected })).status, 0);
      });

      it("fails where Argo CD cannot compare it, and for another Application or specification", async () => {
        objects.set(own, app("web-dev", "argocd", here, { status: failed("Failed to load live state") }));
        assert.equal((await run("up", { reconnected })).status, 1);
        objects.set(own, app("web-dev", "argocd", here, { status: broken }));
        assert.equal((await run("up", { reconnected: [reconnection("u", "b")] })).status, 1);
        assert.equal((await run("up", { reconnected: [reconnection("v", "a")] })).status, 1);
      });
    });

    describe("with what the host refused", () => {
      const DENIED = "Error syncing to host cluster: x is forbidden: ValidatingAdmissionPolicy 'p' denied request: ";
      const event = (kind: string, name: string, time: string, message: string) => ({
        involvedObject: { kind, namespace: "web", name },
        reason: "SyncError",
        lastTimestamp: `2026-11-27T06:00:${time}Z`,
        message,
      });
      const eventsIn = (namespace: string, items: object[]) => {
        objects.set(`/api/v1/namespaces/${namespace}/events`, { metadata: { name: "", namespace }, items });
      };
      const refused = (output: string) => {
        const lines = output.slice(output.indexOf("Not Synced")).split("\n");
        return lines.filter((line) => !/^(Not Synced| {2}- argocd\/|Fix: |$)/.test(line));
      };

      beforeEach(() => {
        const config = { bearerToken: "inside", tlsClientConfig: { caData: "" } };
        const metadata = { name: "dev-vcluster", namespace: "argocd", uid: "the-uid" };
        objects.set(secret, { metadata, data: { config: base64(JSON.stringify(config)) } });
        const status = { sync: { status: "Synced" }, health: { status: "Progressing" } };
        const resources = [{ kind: "ClusterRole" }, { kind: "Ingress", namespace: "web" }, { namespace: "db" }];
        objects.set(own, app("web-dev", "argocd", { ...here, namespace: "web" }, { status: { ...status, resources } }));
        eventsIn("web", []);
        eventsIn("db", []);
      });

      it("fails with each object's last refusal, in all namespaces of the Application", async () => {
        eventsIn("web", [
          event("Ingress", "web", "01", `${DENIED}old`),
          event("Ingress", "web", "02", `${DENIED}hosts\n\u001b[31m of others`),
          event("Pod", "web-1", "00", "Error syncing: not a refusal"),
        ]);
        const series = { lastObservedTime: "2026-11-27T06:00:03.000000Z" };
        eventsIn("db", [{ ...event("Pod", "db-0", "", `${DENIED}volumes`), lastTimestamp: null, series }, {}]);
        const { status, output } = await run("up");
        assert.equal(status, 1);
        assert.match(output, /argocd\/web-dev: sync Synced; health Progressing\nRefused[^]*\nFix: correct/);
        assert.deepEqual(refused(output), [
          "Refused by the host, by the last event of each object in the virtual cluster:",
          "  - Pod db/db-0 (2026-11-27T06:00:03.000000Z): volumes",
          "  - Ingress web/web (2026-11-27T06:00:02Z): hosts [31m of others",
        ]);
        assert.deepEqual(asked.sort(), [
          "/api/v1/namespaces/db/events?fieldSelector=reason=SyncError&limit=500 Bearer inside",
          "/api/v1/namespaces/web/events?fieldSelector=reason=SyncError&limit=500 Bearer inside",
        ]);
      });

      it("shows no more than ten, each of bounded length", async () => {
        const long = `${DENIED}${"x".repeat(5000)}`;
        eventsIn(
          "web",
          Array.from({ length: 12 }, (_, index) => event("Pod", `p${index}`, "00", long)),
        );
        const lines = refused((await run("up")).output);
        assert.equal(lines.length, 12);
        assert.equal(lines.at(-1), "  - and 2 more: kubectl get events -A --field-selector reason=SyncError");
        assert.ok(lines.every((line) => line.length < 1100));
      });

      it("fails as without where nothing was refused, and asks for nothing before its timeout", async () => {
        assert.deepEqual(refused((await run("up")).output), []);
        assert.equal(asked.length, 2);
        objects.set(own, app("web-dev", "argocd", here));
        assert.equal((await run("up")).status, 0);
        assert.equal(asked.length, 2);
      });

      it("takes nothing that it reads for granted", async () => {
        eventsIn("web", [{ ...event("Pod", "p", "00", `${DENIED}x`), involvedObject: null }]);
        eventsIn("db", [
          { ...event("Pod", "p", "00", `${DENIED}x`), lastTimestamp: 5 },
          event("Pod", "q", "", `${DENIED}y`),
        ]);
        const lines = refused((await run("up")).output);
        assert.equal(lines.length, 4);
        assert.match(lines.at(-1) ?? "", /^What the host refused cannot be read/);
      });

      it("says why they cannot be read, beside those that can", async () => {
        forbidden = ["/api/v1/namespaces/db/events"];
        eventsIn("web", [event("Ingress", "web", "01", `${DENIED}hosts`)]);
        assert.deepEqual(refused((await run("up")).output), [
          "Refused by the host, by the last event of each object in the virtual cluster:",
          "  - Ingress web/web (2026-11-27T06:00:01Z): hosts",
          `What the host refused cannot be read in the events at http://127.0.0.1:${port}: you may not see /api/v1/namespaces/db/events`,
        ]);
      });
    });

    it("fails if it connects to another cluster than the provider", async () => {
      objects.set(secret, { metadata: { name: "dev-vcluster", namespace: "argocd", uid: "another" } });
      const { status, output } = await run("up");
      assert.equal(status, 1);
      assert.match(
        output,
        /^http:\/\/127\.0\.0\.1:\d+ is not the host of this environment: it lacks the Secret "dev-vcluster" /,
      );
      assert.deepEqual(calls, []);
    });
  });

  describe("on destroy", () => {
    it("deletes the environment's Applications and waits for their deletion", async () => {
      onDelete = (path) => setTimeout(() => objects.delete(path), 100);
      const { status, output } = await run("destroy", { seconds: 20 });
      assert.deepEqual([status, output], [0, "waiting for Argo CD to delete argocd/web-dev\n"]);
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    it("succeeds if they, their cluster and Argo CD are already deleted", async () => {
      objects.clear();
      assert.equal((await run("destroy")).status, 0);
    });

    const marked = (environment: string, destination: object) => {
      const made = app("web-dev", "argocd", destination);
      const labels = { "vcluster-environments/environment": environment };
      objects.set(own, { ...made, metadata: { ...made.metadata, labels } });
    };

    for (const force of [false, true]) {
      it(`deletes nothing where an Application of its name is another's, which Pulumi would delete next (force: ${force})`, async () => {
        const elsewhere: (() => unknown)[] = [
          () => objects.set(own, app("web-dev", "argocd", { server: "https://kubernetes.default.svc" })),
          () => {
            marked("web-dev", { name: "web-dev-vcluster" });
          },
        ];
        for (const make of elsewhere) {
          make();
          const { status, output } = await run("destroy", { force });
          assert.equal(status, 1);
          assert.match(
            output,
            /:\n {2}- argocd\/web-dev\nNothing was deleted\. .*`pulumi state delete .*\[argocd-object-in-use\]\n$/,
          );
          assert.deepEqual(calls, []);
        }
      });
    }

    it("deletes its own Application where the label or the destination was changed by hand", async () => {
      marked("dev", { name: "elsewhere" });
      assert.equal((await run("destroy", { seconds: 20 })).status, 0);
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    const foreign = () => {
      const server = "https://vcluster-dev-helm.dev-vcluster.svc:443/";
      objects.set("/apis/argoproj.io/v1alpha1/namespaces/team/applications/a", app("a", "team", { server }));
      const ownerReferences = [{ kind: "ApplicationSet", name: "set" }];
      const made = app("b", "argocd", here);
      objects.set(`${argocd}/b`, { ...made, metadata: { ...made.metadata, ownerReferences } });
      objects.set(`${argocd}/c`, app("c", "argocd", { name: "staging-vcluster" }));
    };

    it("deletes nothing while Applications of others use the environment, and lists them", async () => {
      foreign();
      const { status, output } = await run("destroy");
      assert.equal(status, 1);
      assert.equal(
        output,
        "Applications of others point at dev-vcluster:\n" +
          "  - team/a\n  - argocd/b (made by ApplicationSet set)\n" +
          "Nothing was deleted. Fix: delete them or have their owners do it (those of an ApplicationSet through the set), " +
          "and destroy again. Or set the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: what " +
          "they deployed is deleted with the virtual cluster, and their destination no longer exists then. [applications-of-others]\n",
      );
      assert.deepEqual(calls, []);
    });

    it("continues with the force variable, and keeps them", async () => {
      foreign();
      const { status, output } = await run("destroy", { force: true });
      assert.equal(status, 0);
      assert.match(
        output,
        /^Applications of others point at dev-vcluster:\n {2}- team\/a\n[^]*Left in place \(force\)\./,
      );
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    it("checks only Argo CD's namespace without more rights, and reports it", async () => {
      foreign();
      forbidden = [all];
      const { status, output } = await run("destroy");
      assert.equal(status, 1);
      assert.match(output, /^Applications outside of argocd are not checked: you may not see \/apis/);
      assert.match(output, /point at dev-vcluster:\n {2}- argocd\/b /);
      assert.ok(!output.includes("team/a"));
    });

    it("fails at its timeout, with what is not deleted and the status that Argo CD reports", async () => {
      onDelete = () => undefined;
      objects.set(
        own,
        app("web-dev", "argocd", here, {
          status: { ...synced, conditions: [{ type: "DeletionError", message: "a webhook said no" }] },
        }),
      );
      const { status, output } = await run("destroy");
      assert.equal(status, 1);
      assert.equal(
        output,
        "waiting for Argo CD to delete argocd/web-dev\n" +
          "Applications that are still not deleted after 0.3 s:\n" +
          "  - argocd/web-dev: sync Synced; health Healthy; DeletionError: a webhook said no\n" +
          "Argo CD's cluster and the virtual cluster were not deleted. Fix: find out what blocks their deletion (what " +
          "Argo CD reports, finalizers of what they deployed, argocd.deleteTimeoutSeconds), and destroy again. Or set " +
          "the environment variable VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: what they deployed is deleted " +
          "with the virtual cluster. [applications-not-deleted]\n",
      );
    });

    it("removes their finalizers with the force variable", async () => {
      onDelete = () => undefined;
      const shipped = await runShipped(program("applications", input(1)), "delete-applications", FORCE);
      assert.equal(shipped.status, 0);
      assert.match(shipped.stderr, /- argocd\/web-dev: sync Synced; health Healthy\nFinalizers removed \(force\)\.\n$/);
      assert.deepEqual(calls, [`DELETE ${own}`, `PATCH ${own} {"metadata":{"finalizers":null}}`]);
    });

    it("does not wait for the timeout when the virtual cluster is down for longer than a restart", async () => {
      onDelete = () => undefined;
      podReady = false;
      const start = Date.now();
      const { status, output } = await run("destroy", { seconds: 20, downMs: 100 });
      assert.equal(status, 0);
      assert.match(output, /The virtual cluster is down, so Argo CD cannot delete what argocd\/web-dev deployed: /);
      assert.ok(Date.now() - start < 10_000);
      assert.deepEqual(calls, [`DELETE ${own}`, `PATCH ${own} {"metadata":{"finalizers":null}}`]);
    });

    it("waits for Argo CD while the control plane restarts", async () => {
      podReady = false;
      onDelete = (path) => {
        setTimeout(() => (podReady = true), 100);
        setTimeout(() => objects.delete(path), 400);
      };
      const { status, output } = await run("destroy", { seconds: 20, downMs: 5_000 });
      assert.deepEqual([status, output], [0, "waiting for Argo CD to delete argocd/web-dev\n"]);
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    it("keeps the finalizers of a control plane that is not ready at the time limit, but is soon after", async () => {
      podReady = false;
      onDelete = () => setTimeout(() => (podReady = true), 500);
      const { status, output } = await run("destroy", { seconds: 0.3, downMs: 5_000 });
      assert.equal(status, 1);
      assert.match(output, /still not deleted after 0\.3 s/);
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    it("does not look for Applications of others where they cannot be listed, with the force variable", async () => {
      forbidden = [all, argocd];
      assert.equal((await run("destroy")).status, 1);
      assert.deepEqual(calls, []);
      const { status, output } = await run("destroy", { force: true });
      assert.equal(status, 0);
      assert.match(output, /Applications of others were not looked for \(force\): you may not see/);
      assert.deepEqual(calls, [`DELETE ${own}`]);
    });

    it("reports the last error of a host that cannot be read", async () => {
      onDelete = () => forbidden.push(own);
      const { status, output } = await run("destroy");
      assert.equal(status, 1);
      assert.match(
        output,
        /^The Applications cannot be read\.\nThe last request to the host at http:\S+ failed: you may not/,
      );
    });

    it("changes nothing on another host", async () => {
      objects.delete(namespace);
      const { status, stderr } = await runShipped(program("applications", input(1)), "delete-applications");
      assert.equal(status, 1);
      assert.match(stderr, /does not exist at http:[^]*Nothing was deleted/);
      assert.deepEqual(calls, []);
    });
  });
});
