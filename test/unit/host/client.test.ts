import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { TLSSocket } from "node:tls";

import { environmentNames } from "../../../components/names";
import { clientOf } from "../../../host/client";
import { readHost } from "../../../preflight/host-state";
import type { JsonObject } from "../../../shared/json";
import { Authority } from "../../support/certificates";

describe("the API of the host", function () {
  this.timeout(30_000);
  let authority: Authority;
  let server: Server;
  let url: string;
  let seen: IncomingMessage[] = [];
  let client: string | undefined;
  let answers: Record<string, unknown> = {};
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "host-api-"));

  before(async () => {
    authority = await Authority.create();
    const own = await authority.issue({ commonName: "host", names: ["localhost"] });
    const options = { cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: true };
    server = createServer({ ...options, rejectUnauthorized: false }, (request, response) => {
      seen.push(request);
      client = (request.socket as TLSSocket).getPeerX509Certificate()?.subject;
      const body = answers[(request.url ?? "").replace(/\?.*/, "")];
      response.writeHead(typeof body === "number" ? body : body === undefined ? 404 : 200);
      response.end(typeof body === "number" ? "" : JSON.stringify(body ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen = [];
    answers = {};
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const api = (user: JsonObject) =>
    clientOf({
      server: url,
      origin: "a test",
      proxied: false,
      cluster: { "certificate-authority-data": base64(authority.certificate) },
      user,
    });

  it("is asked with a token, from the kubeconfig or a file", async () => {
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

  it("is asked with a client certificate", async () => {
    const own = await authority.issue({ commonName: "a user", names: ["user"] });
    const data = {
      "client-certificate-data": base64(own.certificate),
      "client-key-data": base64(own.key),
    };
    await api(data).find("/version");
    assert.equal(client, "CN=a user");
  });

  it("is asked with what a credential plugin gives", async () => {
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

  it("is not trusted with another authority", async () => {
    const other = await Authority.create();
    const cluster = { "certificate-authority-data": base64(other.certificate) };
    const untrusted = clientOf({ server: url, origin: "", proxied: false, cluster, user: { token: "secret" } });
    await assert.rejects(untrusted.get("/version"), /certificate|signature/i);
    assert.deepEqual(seen, []);
  });

  const names = environmentNames("dev", "example.org");
  const STACK = "organization/vcluster-environments/dev";
  const namespace = (name: string, stack: string | undefined) => ({
    metadata: {
      name: `${name}-vcluster`,
      labels: { "vcluster-environments/environment": name },
      annotations: { ...(stack !== undefined && { "vcluster-environments/stack": stack }) },
    },
  });

  it("says who has which names, what runs, and what it does not let one see", async () => {
    const config = "controlPlane: {proxy: {extraSANs: [a]}}";
    const route = (namespaceOf: string, spec: JsonObject) => ({
      metadata: { name: "web", namespace: namespaceOf },
      spec,
    });
    answers = {
      "/api/v1/namespaces": {
        items: [
          namespace("dev", "organization/vcluster-environments/other"),
          namespace("running", STACK),
          namespace("gone", STACK),
          namespace("theirs", "organization/vcluster-environments/staging"),
          namespace("unmarked", undefined),
        ],
      },
      "/apis/apps/v1/namespaces/dev-vcluster/statefulsets/vcluster-dev-helm": { spec: { replicas: 1 } },
      "/apis/argoproj.io/v1alpha1/applications": {
        items: [
          route("new", {}),
          { ...route("well", {}), status: { sync: { status: "Synced" }, health: { status: "Healthy" } } },
          {
            ...route("gitops", {}),
            status: {
              sync: { status: "Unknown" },
              health: { status: "Progressing" },
              operationState: { message: "waiting" },
              conditions: [{ message: "chart not found" }],
            },
          },
        ],
      },
      "/apis/apps/v1/namespaces/running-vcluster/statefulsets/vcluster-running-helm": { spec: {} },
      "/apis/apps/v1/namespaces/theirs-vcluster/statefulsets/vcluster-theirs-helm": { spec: {} },
      "/api/v1/namespaces/dev-vcluster/secrets/vc-config-vcluster-dev-helm": {
        data: { "config.yaml": base64(config) },
      },
      "/apis/networking.k8s.io/v1/ingresses": { items: [route("a", { rules: [{ host: "a.example.org" }, {}] })] },
      "/apis/traefik.io/v1alpha1/ingressroutetcps": {
        items: [route("b", { routes: [{ match: "HostSNI(`b.example.org`)" }] })],
      },
      "/apis/gateway.networking.k8s.io/v1alpha2/tlsroutes": { items: [route("c", { hostnames: ["c.example.org"] })] },
      "/apis/gateway.networking.k8s.io/v1/tlsroutes": 403,
    };
    assert.deepEqual(await readHost(api({}), names, STACK, "argocd"), {
      others: ["running"],
      statefulSet: { spec: { replicas: 1 } },
      values: { controlPlane: { proxy: { extraSANs: ["a"] } } },
      applicationsIn: ["new", "well", "gitops"],
      unhealthyApplications: ["gitops/web: Unknown, Progressing. waiting; chart not found"],
      claims: [
        { host: "a.example.org", namespace: "a", by: "Ingress a/web" },
        { host: "b.example.org", namespace: "b", by: "IngressRouteTCP b/web" },
        { host: "c.example.org", namespace: "c", by: "TLSRoute c/web" },
      ],
      owner: "organization/vcluster-environments/other",
      unreadable: ["TLSRoute objects (403)"],
    });
  });

  it("is not asked for Applications where none delivers", async () => {
    answers = { "/apis/argoproj.io/v1alpha1/applications": 403 };
    assert.deepEqual((await readHost(api({}), names, STACK, "helm")).unreadable, []);
    assert.deepEqual((await readHost(api({}), names, STACK, "argocd")).unreadable, ["Applications (403)"]);
  });

  it("says that there is nothing", async () => {
    assert.deepEqual(await readHost(api({}), names, STACK, "argocd"), {
      others: [],
      statefulSet: undefined,
      values: undefined,
      applicationsIn: [],
      unhealthyApplications: [],
      claims: [],
      owner: undefined,
      unreadable: [],
    });
  });
});
