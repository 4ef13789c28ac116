import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer as createProxy, type IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";

import { settings } from "../../../components/config/defaults";
import { environmentNames } from "../../../components/names";
import { CredentialPluginError, HostClient, HostError, isTransient, type Limits } from "../../../host/client";
import { serviceAccountHost } from "../../../host/kubeconfig";
import { readHost } from "../../../preflight/host-state";
import type { JsonObject } from "../../../shared/json";
import { Authority } from "../../support/certificates";
import { base64 } from "../../../shared/base64";
import { listen, trickle, withBody } from "../../support/servers";

const ADVICE =
  "Allowed: an ExecCredential with a status on standard output, exit code 0. Fix: `kubectl version` with the same kubeconfig " +
  "and context shows what the plugin reports. [credential-plugin]";

describe("HostClient", function () {
  this.timeout(30_000);
  let authority: Authority;
  let server: Server;
  let url: string;
  let seen: IncomingMessage[] = [];
  let bodies: string[] = [];
  let trickling = false;
  let retryAfter: string | undefined;
  let client: string | undefined;
  let answers: Record<string, unknown> = {};
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "host-api-"));

  before(async () => {
    authority = await Authority.create();
    const own = await authority.issue({ commonName: "host", names: ["localhost"] });
    const options = { cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: true };
    const answer = withBody((request, content, response) => {
      seen.push(request);
      client = (request.socket as TLSSocket).getPeerX509Certificate()?.subject;
      bodies.push(content);
      if (trickling) {
        trickle(response);
        return;
      }
      const found = answers[(request.url ?? "").replace(/\?.*/, "")];
      const body: unknown =
        typeof found === "function" ? (found as (url: string) => unknown)(request.url ?? "") : found;
      const [status, text] = Array.isArray(body)
        ? (body as [number, string])
        : typeof body === "number"
          ? [body, ""]
          : [body === undefined ? 404 : 200, JSON.stringify(body ?? {})];
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end(text);
    });
    server = createServer({ ...options, rejectUnauthorized: false }, answer);
    url = `https://localhost:${await listen(server)}`;
  });
  beforeEach(() => {
    [seen, bodies, trickling, retryAfter] = [[], [], false, undefined];
    answers = {};
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const api = (user: JsonObject, limits: Partial<Limits> = {}, cluster: JsonObject = {}) =>
    new HostClient(
      {
        server: url,
        origin: "a test",
        proxied: false,
        cluster: { "certificate-authority-data": base64(authority.certificate), ...cluster },
        user,
      },
      limits,
    );

  it("authenticates with a token, from the kubeconfig or a file", async () => {
    const tokenFile = path.join(directory, "token");
    fs.writeFileSync(tokenFile, "from a file\n");
    for (const [user, expected] of [
      [{ token: "abc" }, "Bearer abc"],
      [{ tokenFile }, "Bearer from a file"],
      [{ username: "a", password: "b" }, `Basic ${base64("a:b")}`],
      [{}, undefined],
    ] as const) {
      await api(user).find("/version");
      assert.equal(seen.at(-1)?.headers.authorization, expected);
    }
  });

  it("authenticates with a client certificate", async () => {
    const own = await authority.issue({ commonName: "a user", names: ["user"] });
    const data = {
      "client-certificate-data": base64(own.certificate),
      "client-key-data": base64(own.key),
    };
    await api(data).find("/version");
    assert.equal(client, "CN=a user");
  });

  it("authenticates with a credential plugin", async () => {
    const script =
      "console.log(JSON.stringify({status:{token:process.env.KIND+JSON.parse(process.env.KUBERNETES_EXEC_INFO).kind}}))";
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", script],
      env: [{ name: "KIND", value: "of " }],
    };
    await api({ exec }).find("/version");
    assert.equal(seen.at(-1)?.headers.authorization, "Bearer of ExecCredential");
  });

  it("sends many requests over a few connections, and opens new ones where the server has closed them", async () => {
    answers = { "/api": {} };
    const user = api({ token: "bearer" });
    await Promise.all(Array.from({ length: 30 }, () => user.get("/api")));
    const ports = () => new Set(seen.map(({ socket }) => socket.remotePort));
    assert.equal(seen.length, 30);
    assert.ok(ports().size <= 6, `${ports().size} connections`);
    server.closeAllConnections();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await user.get("/api");
    assert.equal(seen.length, 31);
  });

  it("rejects a certificate of another CA", async () => {
    const other = await Authority.create();
    const cluster = { "certificate-authority-data": base64(other.certificate) };
    const untrusted = new HostClient({ server: url, origin: "", proxied: false, cluster, user: { token: "secret" } });
    await assert.rejects(untrusted.get("/version"), { code: "host-unreachable", message: /certificate|signature/i });
    assert.deepEqual(seen, []);
  });

  it("ends a list that a server never completes", async () => {
    let pages = 0;
    answers["/api/v1/pods"] = () => ({ items: [{ page: ++pages }], metadata: { continue: "more" } });
    await assert.rejects(api({}).list("/api/v1/pods"), {
      name: "HostError",
      code: "host-list-endless",
      message: "GET /api/v1/pods: no end after 200 objects in 200 pages, of at most 200 in 60 s",
    });
    assert.equal(pages, 200);
    // Slow pages: each is within the time of a request, all together are not within that of the list.
    answers["/api/v1/pods"] = () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      return { items: [], metadata: { continue: "more" } };
    };
    await assert.rejects(
      api({}, { requestMs: 1_000 }).list("/api/v1/pods"),
      /no end after 0 objects in \d+ pages,.* in 6 s/,
    );
  });

  it("prints neither arguments nor output of a failing credential plugin", async () => {
    const canary = "S3CR3T";
    const script = (text: string) => ["-e", `${text} // ${canary}`];
    const plugin = (args: string[], command = process.execPath) => api({ exec: { command, args } }).get("/version");
    for (const [args, reason] of [
      [script(`console.log("${canary}"); console.error("${canary}"); process.exit(3)`), "exit code 3"],
      [script(`console.log("${canary}")`), "it did not return an ExecCredential with a status"],
    ] as const) {
      await assert.rejects(plugin([...args]), (error: Error) => {
        assert.ok(error instanceof CredentialPluginError);
        assert.equal(
          error.message,
          `The credential plugin ${path.basename(process.execPath)} failed: ${reason}. ${ADVICE}`,
        );
        assert.ok(!inspect(error, { depth: 9 }).includes(canary));
        return true;
      });
    }
    await assert.rejects(plugin([canary], "/nowhere/plugin"), {
      message: `The credential plugin plugin failed: command not found. ${ADVICE}`,
    });
  });

  it("runs the credential plugin once, and again for an expired or rejected credential", async () => {
    const runs = path.join(directory, "runs");
    const plugin = (expirationTimestamp: string) => {
      fs.writeFileSync(runs, "");
      const status = JSON.stringify({ token: "t", expirationTimestamp });
      const script = `fs.appendFileSync(${JSON.stringify(runs)}, "."); console.log(JSON.stringify({ status: ${status} }))`;
      return api({ exec: { command: process.execPath, args: ["-e", script] } });
    };
    const count = () => fs.readFileSync(runs, "utf8").length;
    const lasting = plugin("2999-01-01T00:00:00Z");
    await Promise.all([lasting.find("/a"), lasting.find("/b")]);
    assert.equal(count(), 1);
    answers = { "/refused": 401 };
    await assert.rejects(lasting.get("/refused"), { status: 401 });
    await lasting.find("/a");
    assert.equal(count(), 2);
    const ended = plugin("2000-01-01T00:00:00Z");
    await ended.find("/a");
    await ended.find("/a");
    assert.equal(count(), 2);
  });

  it("creates, replaces, patches and deletes objects", async () => {
    answers = { "/x": { kind: "X" } };
    const host = api({});
    assert.deepEqual(await host.create("/x", { a: 1 }), { kind: "X" });
    await host.replace("/x", { a: 2 });
    await host.patch("/x?fieldManager=a", { a: 3 });
    await host.remove("/x", { preconditions: { uid: "u" } });
    await host.remove("/x");
    assert.deepEqual(
      seen.map(({ method, headers }, index) => [method, headers["content-type"], bodies[index]]),
      [
        ["POST", "application/json", '{"a":1}'],
        ["PUT", "application/json", '{"a":2}'],
        ["PATCH", "application/merge-patch+json", '{"a":3}'],
        ["DELETE", "application/json", '{"preconditions":{"uid":"u"}}'],
        ["DELETE", undefined, ""],
      ],
    );
  });

  it("reads all pages of a list", async () => {
    answers = {
      "/x": (url: string) =>
        url.includes("continue=a%26b")
          ? { items: [{ n: 2 }], metadata: { continue: "" } }
          : { items: [{ n: 1 }], metadata: { continue: "a&b" } },
      "/none": { items: null },
    };
    assert.deepEqual(await api({}).list("/x?labelSelector=a"), [{ n: 1 }, { n: 2 }]);
    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/x?labelSelector=a&limit=500", "/x?labelSelector=a&limit=500&continue=a%26b"],
    );
    assert.deepEqual(await api({}).list("/none"), []);
  });

  it("fails with the API's status and message", async () => {
    answers = {
      "/forbidden": [403, '{"kind":"Status","message":"you may not"}'],
      "/text": [500, "oops"],
      "/ok": [200, "x"],
    };
    await assert.rejects(api({}).get("/forbidden"), {
      name: "HostError",
      status: 403,
      code: "host-refused",
      message: "you may not",
    });
    await assert.rejects(api({}).remove("/text?a=b"), { status: 500, message: "DELETE /text returned 500" });
    await assert.rejects(api({}).get("/ok"), {
      code: "host-answer-invalid",
      message: "GET /ok did not return a JSON object",
    });
    assert.equal(await api({}).find("/missing"), undefined);
    await assert.rejects(api({}).find("/forbidden"), { status: 403 });
  });

  it("limits duration and size of a response", async () => {
    const limited = api({}, { requestMs: 300, bytes: 1000 });
    trickling = true;
    const start = Date.now();
    await assert.rejects(limited.get("/x"), {
      name: "HostError",
      status: undefined,
      code: "host-timeout",
      message: `GET /x: no complete answer from ${url} within 0.3 s`,
    });
    assert.ok(Date.now() - start < 5_000);
    trickling = false;
    answers = { "/x": { text: "x".repeat(2000) } };
    await assert.rejects(limited.get("/x"), {
      name: "HostError",
      code: "answer-too-large",
      message: "GET /x returned more than 1000 bytes",
    });
  });

  it("repeats a request for which an overloaded API names a time, within the time of one request", async () => {
    const request = (statuses: number[], requestMs: number) => {
      seen = [];
      answers = { "/x": () => [statuses[Math.min(seen.length, statuses.length) - 1], '{"message":"busy"}'] };
      return api({}, { requestMs }).create("/x", { a: 1 });
    };
    retryAfter = "1";
    assert.deepEqual(await request([429, 503, 200], 5_000), { message: "busy" });
    assert.deepEqual(bodies, ['{"a":1}', '{"a":1}', '{"a":1}']);
    await assert.rejects(request([429], 1_500), (error: HostError) => error.status === 429 && isTransient(error));
    assert.equal(seen.length, 2);
    await assert.rejects(request([500], 5_000), (error: HostError) => error.status === 500 && isTransient(error));
    await assert.rejects(request([403], 5_000), (error: HostError) => error.status === 403 && !isTransient(error));
    retryAfter = undefined;
    await assert.rejects(request([429], 5_000), { status: 429 });
    assert.equal(seen.length, 1);
  });

  it("uses the proxy in the kubeconfig, with TLS to the host itself", async () => {
    const targets: string[] = [];
    const proxy = createProxy();
    proxy.on("connect", (request: IncomingMessage, socket: net.Socket) => {
      targets.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
      if (request.headers["proxy-authorization"] === undefined) return socket.end("HTTP/1.1 407 No\r\n\r\n");
      const onward = net.connect(Number(new URL(url).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      return onward;
    });
    const at = `127.0.0.1:${await listen(proxy)}`;
    const target = url.replace("https://", "");
    answers = { "/x": { a: 1 } };
    assert.deepEqual(await api({ token: "t" }, {}, { "proxy-url": `http://me:pass@${at}` }).get("/x"), { a: 1 });
    assert.equal(seen.at(-1)?.headers.authorization, "Bearer t");
    await assert.rejects(api({}, {}, { "proxy-url": `http://${at}` }).get("/x"), {
      code: "host-proxy-refused",
      message: `The proxy ${at} refuses to connect to ${target} (407)`,
    });
    assert.deepEqual(targets, [`${target} Basic ${base64("me:pass")}`, `${target} `]);
    assert.throws(() => api({}, {}, { "proxy-url": "socks5://x" }), {
      code: "host-proxy-unsupported",
      message: /proxy-url of the cluster in a test is not supported/,
    });
    proxy.close();
    proxy.closeAllConnections();
  });

  it("names a file of the kubeconfig that cannot be read", async () => {
    const missing = path.join(directory, "missing");
    for (const key of ["tokenFile", "client-certificate", "client-key"]) {
      await assert.rejects(api({ [key]: missing }).get("/x"), {
        name: "HostError",
        code: "host-credentials-unreadable",
        message: `${key} of the kubeconfig: the file "${missing}" cannot be read (ENOENT)`,
      });
    }
  });

  it("uses the service account of the pod", async () => {
    fs.writeFileSync(path.join(directory, "token"), "of the pod\n");
    fs.writeFileSync(path.join(directory, "ca.crt"), authority.certificate);
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    const host = serviceAccountHost(env, directory);
    assert.equal(host.server, "https://[fd00::1]:6443");
    await new HostClient({ ...host, server: url }).find("/x");
    assert.equal(seen.at(-1)?.headers.authorization, "Bearer of the pod");
  });

  it("impersonates the user in the kubeconfig", async () => {
    await api({ token: "t", as: "jane", "as-groups": ["a", "b"] }).find("/x");
    assert.equal(seen.at(-1)?.headers["impersonate-user"], "jane");
    assert.equal(seen.at(-1)?.headers["impersonate-group"], "a, b");
  });

  const names = environmentNames("dev", "example.org");
  const STACK = "organization/vcluster-environments/dev";
  const OWNER = { stack: STACK, identity: "own" };
  const argocd = { namespace: "gitops" };
  const controlPlane = { replicas: 1 };
  const namespace = (name: string, stack?: string, identity?: string) => ({
    metadata: {
      name: `${name}-vcluster`,
      labels: { "vcluster-environments/environment": name },
      annotations: {
        ...(stack !== undefined && { "vcluster-environments/stack": stack }),
        ...(identity !== undefined && { "vcluster-environments/identity": identity }),
      },
    },
  });

  it("reads claimed host names, running state, and what it is not allowed to read", async () => {
    const config = "controlPlane: {proxy: {extraSANs: [a]}}";
    const deleted = {
      metadata: { name: "data-vcluster-dev-helm-0", deletionTimestamp: "2026-11-27T10:00:00Z" },
      spec: { storageClassName: "a" },
    };
    const route = (namespaceOf: string, spec: JsonObject) => ({
      metadata: { name: "web", namespace: namespaceOf },
      spec,
    });
    const delivering = {
      ...route("gitops", {}),
      status: {
        sync: { status: "Unknown" },
        health: { status: "Progressing" },
        operationState: { message: "waiting" },
        conditions: [{ message: "chart not found" }],
      },
    };
    answers = {
      "/api/v1/namespaces": {
        items: [
          namespace("dev", "organization/vcluster-environments/other"),
          namespace("running", "organization/vcluster-environments/name-before", "own"),
          namespace("unidentified", STACK),
          namespace("gone", STACK, "own"),
          namespace("theirs", "organization/vcluster-environments/staging"),
          namespace("namesake", STACK, "another"),
          namespace("unmarked"),
        ],
      },
      "/api/v1/namespaces/dev-vcluster": namespace("dev", "organization/vcluster-environments/other"),
      "/apis/apps/v1/namespaces/dev-vcluster/statefulsets/vcluster-dev-helm": { spec: { replicas: 1 } },
      "/apis/argoproj.io/v1alpha1/applications": {
        items: [
          route("new", {}),
          { ...route("well", {}), status: { sync: { status: "Synced" }, health: { status: "Healthy" } } },
          delivering,
        ],
      },
      "/apis/apps/v1/namespaces/running-vcluster/statefulsets/vcluster-running-helm": { spec: {} },
      "/apis/apps/v1/namespaces/unidentified-vcluster/statefulsets/vcluster-unidentified-helm": { spec: {} },
      "/apis/apps/v1/namespaces/theirs-vcluster/statefulsets/vcluster-theirs-helm": { spec: {} },
      "/apis/apps/v1/namespaces/namesake-vcluster/statefulsets/vcluster-namesake-helm": { spec: {} },
      "/api/v1/namespaces/dev-vcluster/secrets/vc-config-vcluster-dev-helm": {
        data: { "config.yaml": base64(config) },
      },
      "/api/v1/namespaces/dev-vcluster/persistentvolumeclaims/data-vcluster-dev-helm-0": deleted,
      "/version": { gitVersion: "v1.34.4+a" },
      "/apis/storage.k8s.io/v1/storageclasses": {
        items: [{ metadata: { name: "b" } }, { metadata: { name: "a" }, allowVolumeExpansion: true }],
      },
      "/api/v1/namespaces/gitops/secrets/dev-vcluster": { data: { config: "e30=" } },
      "/apis/networking.k8s.io/v1/ingresses": { items: [route("a", { rules: [{ host: "a.example.org" }, {}] })] },
      "/apis/traefik.io/v1alpha1/ingressroutetcps": {
        items: [route("b", { routes: [{ match: "HostSNI(`b.example.org`)" }] })],
      },
      "/apis/gateway.networking.k8s.io/v1alpha2/tlsroutes": { items: [route("c", { hostnames: ["c.example.org"] })] },
      "/apis/gateway.networking.k8s.io/v1/tlsroutes": 403,
    };
    assert.deepEqual(await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER), {
      others: ["running", "unidentified"],
      statefulSet: { spec: { replicas: 1 } },
      values: { controlPlane: { proxy: { extraSANs: ["a"] } } },
      release: undefined,
      records: undefined,
      volumeClaim: deleted,
      deletedClaims: [{ name: "data-vcluster-dev-helm-0", since: "2026-11-27T10:00:00Z" }],
      hasCertificates: false,
      expandable: true,
      argocdCluster: { data: { config: "e30=" } },
      argocdNamesakes: undefined,
      argocdProject: undefined,
      argocdApplications: [],
      delivering,
      found: { namespace: namespace("dev", "organization/vcluster-environments/other"), contents: [] },
      identified: true,
      applicationsIn: ["new", "well", "gitops"],
      unhealthyApplications: ["gitops/web: Unknown, Progressing. waiting; chart not found"],
      claims: [
        { host: "a.example.org", namespace: "a", by: "Ingress a/web" },
        { host: "b.example.org", namespace: "b", by: "IngressRouteTCP b/web" },
        { host: "c.example.org", namespace: "c", by: "TLSRoute c/web" },
      ],
      kubernetes: "1.34",
      unreadable: ["TLSRoute objects (403)"],
      unanswered: [],
      mayReadSecrets: true,
    });
  });

  it("reads hosts of as many objects as there are, in pages", async () => {
    const page = (name: string, next: string) => ({
      items: [{ metadata: { name, namespace: "a" }, spec: { rules: [{ host: `${name}.example.org` }] } }],
      metadata: { continue: next },
    });
    answers = {
      "/apis/networking.k8s.io/v1/ingresses": (url: string) =>
        url.includes("continue=more") ? page("second", "") : page("first", "more"),
    };
    const { claims } = await readHost(api({}), { names, delivery: "helm", argocd, controlPlane }, OWNER);
    assert.deepEqual(
      claims.map(({ host }) => host),
      ["first.example.org", "second.example.org"],
    );
  });

  it("does not read Applications with `delivery: helm`", async () => {
    answers = {
      "/apis/argoproj.io/v1alpha1/applications": 403,
      "/api/v1/namespaces/dev-vcluster/secrets": { items: [] },
    };
    assert.deepEqual(
      (await readHost(api({}), { names, delivery: "helm", argocd, controlPlane }, OWNER)).unreadable,
      [],
    );
    assert.deepEqual((await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER)).unreadable, [
      "Applications (403)",
    ]);
  });

  it("reads a claim of etcd's, whichever is there, and names those that it may not read once", async () => {
    const claims = "/api/v1/namespaces/dev-vcluster/persistentvolumeclaims/data-vcluster-dev-helm";
    answers = {
      [`${claims}-0`]: { spec: { storageClassName: "the control plane's" } },
      [`${claims}-etcd-2`]: { spec: { storageClassName: "a" } },
    };
    const read = () => readHost(api({}), { names, delivery: "argocd", argocd, controlPlane: { replicas: 3 } }, OWNER);
    assert.deepEqual((await read()).volumeClaim, { spec: { storageClassName: "a" } });
    answers = { [`${claims}-etcd-0`]: 403, [`${claims}-etcd-1`]: 403 };
    assert.deepEqual((await read()).unreadable, ["the volume claim (403)"]);
  });

  it("reads what Argo CD has under the environment's names where it is registered, and names each kind that it may not read", async () => {
    const inArgocd = "/apis/argoproj.io/v1alpha1/namespaces/gitops";
    const project = { metadata: { name: "dev-vcluster" } };
    const web = { metadata: { name: "web-dev" } };
    const { applications } = settings("dev", {
      domain: "example.org",
      applications: { web: { repository: "a" }, api: { repository: "b" }, shop: { repository: "c" } },
    });
    const read = async (register: boolean) => {
      const registered = { ...argocd, register };
      const env = {
        environment: "dev",
        names,
        applications,
        delivery: "argocd",
        argocd: registered,
        controlPlane,
      } as const;
      const { argocdProject, argocdApplications, unreadable } = await readHost(api({}), env, OWNER);
      return [argocdProject, argocdApplications, unreadable];
    };
    answers = {
      [`${inArgocd}/appprojects/dev-vcluster`]: project,
      [`${inArgocd}/applications/web-dev`]: web,
    };
    assert.deepEqual(await read(true), [project, [web], []]);
    assert.deepEqual(await read(false), [undefined, [], []]);
    answers = Object.fromEntries(
      ["appprojects/dev-vcluster", "applications/web-dev", "applications/api-dev"].map((path) => [
        `${inArgocd}/${path}`,
        403,
      ]),
    );
    assert.deepEqual(await read(true), [
      undefined,
      [],
      ["the AppProject (403)", "the environment's Applications (403)"],
    ]);
  });

  it("counts a connection that breaks as a host that may answer later", async () => {
    const breaking = createProxy((request) => request.socket.destroy());
    const at = `http://127.0.0.1:${await listen(breaking)}`;
    const host = new HostClient({ server: at, origin: "", proxied: false, cluster: {}, user: {} });
    const error: unknown = await host.get("/version").catch((reason: unknown) => reason);
    breaking.close();
    assert.ok(isTransient(error as HostError), String(error));
  });

  it("counts a refused connection so too, where the host has answered before", async () => {
    const closing = createProxy((_, response) => response.writeHead(403, { connection: "close" }).end());
    const at = `http://127.0.0.1:${await listen(closing)}`;
    const found = { server: at, origin: "", proxied: false, cluster: {}, user: {} };
    const host = new HostClient(found);
    await assert.rejects(host.get("/version"), { status: 403 });
    await new Promise((done) => closing.close(done));
    const refused = (client: HostClient) => client.get("/version").catch((reason: unknown) => reason as HostError);
    for (const [client, transient] of [
      [host, true],
      [new HostClient({ ...found, answers: true }), true],
      [new HostClient(found), false],
    ] as const) {
      const error = (await refused(client)) as HostError;
      assert.match(error.message, /ECONNREFUSED/);
      assert.deepEqual([error.code, isTransient(error)], ["host-unreachable", transient]);
    }
  });

  it("counts a host of which no address answers in time so too, and no certificate that is not trusted", () => {
    const failed = (cause: Error) => isTransient(new HostError("", undefined, { cause, answers: true }));
    assert.ok(failed(Object.assign(new AggregateError([new Error("a")]), { code: "ETIMEDOUT" })));
    assert.ok(failed(Object.assign(new Error("a"), { code: "ENOTFOUND", syscall: "getaddrinfo" })));
    assert.ok(!failed(Object.assign(new Error("a"), { code: "EPROTO", syscall: "write" })));
    assert.ok(!failed(Object.assign(new Error("a"), { code: "SELF_SIGNED_CERT_IN_CHAIN" })));
  });

  it("keeps what an overloaded or faulty API did not answer apart from what may not be read", async () => {
    answers = {
      "/api/v1/namespaces/dev-vcluster": [429, '{"message":"too many requests"}'],
      "/apis/networking.k8s.io/v1/ingresses": 500,
      "/apis/apps/v1/namespaces/dev-vcluster/statefulsets/vcluster-dev-helm": 403,
    };
    const state = await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER);
    // A broken conversion webhook of one kind of route must not end every update.
    assert.deepEqual([...state.unanswered].sort(), ["the namespace (429: too many requests)"]);
    assert.deepEqual([...state.unreadable].sort(), [
      "Ingress objects (500)",
      "the StatefulSet (403)",
      "the namespace (429)",
    ]);
  });

  it("tells its own host by the identity of any environment's namespace, and not by a stack's name", async () => {
    for (const [items, identified] of [
      [[namespace("before", STACK, "own"), namespace("dev", STACK)], true],
      [[namespace("before", STACK), namespace("other", STACK, "another"), namespace("unmarked")], false],
    ] as const) {
      answers = { "/api/v1/namespaces": { items } };
      const state = await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER);
      assert.equal(state.identified, identified);
    }
  });

  it("goes on without the host names of a kind that has an odd object, such as a tenant's, and names the kind", async () => {
    const odd = { metadata: { name: "S3CR3T" }, spec: { routes: [{ match: { toString: "S3CR3T" } }] } };
    answers = {
      "/apis/traefik.io/v1alpha1/ingressroutetcps": { items: [odd] },
      "/apis/gateway.networking.k8s.io/v1/tlsroutes": { items: [null] },
      "/apis/networking.k8s.io/v1/ingresses": {
        items: [{ metadata: { name: "web", namespace: "a" }, spec: { rules: [{ host: "a.example.org" }] } }],
      },
    };
    const { claims, unreadable } = await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER);
    assert.deepEqual(
      claims.map(({ host }) => host),
      ["a.example.org"],
    );
    assert.deepEqual([...unreadable].sort(), ["IngressRouteTCP objects (TypeError)", "TLSRoute objects (TypeError)"]);
  });

  it("reads an empty host", async () => {
    assert.deepEqual(await readHost(api({}), { names, delivery: "argocd", argocd, controlPlane }, OWNER), {
      others: [],
      statefulSet: undefined,
      values: undefined,
      release: undefined,
      records: undefined,
      volumeClaim: undefined,
      deletedClaims: [],
      hasCertificates: false,
      expandable: undefined,
      argocdCluster: undefined,
      argocdNamesakes: undefined,
      argocdProject: undefined,
      argocdApplications: [],
      delivering: undefined,
      found: { namespace: undefined, contents: [] },
      identified: false,
      applicationsIn: [],
      unhealthyApplications: [],
      claims: [],
      kubernetes: undefined,
      unreadable: [],
      unanswered: [],
      mayReadSecrets: true,
    });
  });

  it("knows that the user may not read Secrets", async () => {
    const secrets = "/api/v1/namespaces/dev-vcluster/secrets";
    answers = { [secrets]: 403, [`${secrets}/vc-config-vcluster-dev-helm`]: 403 };
    const { mayReadSecrets, unreadable } = await readHost(
      api({}),
      { names, delivery: "helm", argocd, controlPlane },
      OWNER,
    );
    assert.equal(mayReadSecrets, false);
    assert.deepEqual([...unreadable].sort(), ["the Helm release (403)", "the running values (403)"]);
  });
});
