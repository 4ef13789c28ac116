import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";

import { INTERPRETER, program } from "../../../components/program";
import { Authority, type Pair } from "../../support/certificates";

interface Call {
  readonly line: string;
  readonly body: unknown;
  readonly user: string;
}

const account = { name: "argocd-manager", namespace: "kube-system" };
const path = "/api/v1/namespaces/kube-system/serviceaccounts/argocd-manager";
const binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/argocd-manager";
const query = "?fieldManager=vcluster-environments&force=true";

describe("the credential of Argo CD", function () {
  this.timeout(20_000);
  let authority: Authority;
  let administrator: Pair;
  let server: Server;
  let calls: Call[];
  /** Status and body by method and path; 200 and nothing where it is silent. */
  let answers: (line: string) => [number, object] | undefined;

  before(async () => {
    authority = await Authority.create();
    administrator = await authority.issue({ commonName: "kubernetes-super-admin" });
    const { key, certificate } = await authority.issue({ commonName: "kube-apiserver", names: ["localhost"] });
    const options = { key, cert: certificate, ca: authority.certificate, requestCert: true };
    server = createServer(options, (request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        const line = `${request.method ?? ""} ${request.url ?? ""}`;
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        calls.push({ line, body: body === "" ? undefined : JSON.parse(body), user: subject.CN });
        const [status, answer] = answers(line) ?? [200, {}];
        response.writeHead(status, { connection: "close" }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    calls = [];
    answers = (line) => (line.startsWith("POST") ? [201, { status: { token: "the-token" } }] : undefined);
  });

  async function run(action: string, { trusted = authority.certificate, timeoutSeconds = 10 } = {}) {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const [command = "", ...args] = INTERPRETER;
    const child = spawn(command, [...args, action], { stdio: "pipe" });
    child.stdin.end(
      program("credential", {
        host: "localhost",
        port: (server.address() as AddressInfo).port,
        authority: base64(trusted),
        administrator: { certificate: base64(administrator.certificate), key: base64(administrator.key) },
        account,
        clusterRole: "cluster-admin",
        timeoutSeconds,
      }),
    );
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    const status = await new Promise((resolve) => child.once("close", resolve));
    return { status, stdout, stderr };
  }

  it("is a token of an account that is made and bound as administrator", async () => {
    assert.deepEqual(await run("create"), { status: 0, stdout: "the-token\n", stderr: "" });
    assert.deepEqual(
      calls.map(({ line, body }) => [line, body]),
      [
        [`PATCH ${path}${query}`, { apiVersion: "v1", kind: "ServiceAccount", metadata: account }],
        [
          `PATCH ${binding}${query}`,
          {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "argocd-manager" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
            subjects: [{ kind: "ServiceAccount", ...account }],
          },
        ],
        [`POST ${path}/token`, { spec: { expirationSeconds: 315_360_000 } }],
      ],
    );
    assert.deepEqual(
      calls.map(({ user }) => user),
      ["kubernetes-super-admin", "kubernetes-super-admin", "kubernetes-super-admin"],
    );
  });

  it("is revoked by deleting binding and account", async () => {
    assert.deepEqual(await run("delete"), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(
      calls.map(({ line }) => line),
      [`DELETE ${binding}`, `DELETE ${path}`],
    );
  });

  it("is revoked when it is gone already", async () => {
    answers = () => [404, { message: "not found" }];
    assert.equal((await run("delete")).status, 0);
  });

  it("comes when the API has had a moment of weakness", async () => {
    let failures = 1;
    const well = answers;
    answers = (line) => (failures-- > 0 ? [503, {}] : well(line));
    assert.equal((await run("create")).stdout, "the-token\n");
  });

  it("does not come when the API refuses, in the API's words", async () => {
    answers = (line) => (line.startsWith("POST") ? [403, { message: "no tokens today" }] : undefined);
    const { status, stdout, stderr } = await run("create");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.equal(stderr, 'The virtual cluster refused the token request with 403: {"message":"no tokens today"}\n');
  });

  it("is not asked of anybody else: the certificate is verified", async () => {
    const other = await Authority.create();
    const { status, stderr } = await run("create", { trusted: other.certificate, timeoutSeconds: 1 });
    assert.equal(status, 1);
    assert.match(stderr, /was out of reach for 1 s \([A-Z_]+\)\. Fix: /);
    assert.deepEqual(calls, []);
  });

  it("shows no key in what it says", async () => {
    answers = () => [403, { message: "no" }];
    const { stderr } = await run("create");
    for (const line of administrator.key.split("\n").filter((part) => part.length > 20)) {
      assert.ok(!stderr.includes(line));
    }
  });
});
