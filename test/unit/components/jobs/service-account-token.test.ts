import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";

import { serviceAccountManifests } from "../../../../components/argocd/service-account";
import { settings } from "../../../../components/config/defaults";
import { program } from "../../../../components/jobs/job";
import {
  createToken,
  type CredentialInput,
  deleteAccount,
  verifyRollover,
} from "../../../../components/jobs/service-account-token";
import { Authority, type Pair } from "../../../support/certificates";
import { runShipped } from "../../../support/jobs";
import { base64 } from "../../../../shared/base64";
import { codedMessage } from "../../../../shared/coded";
import { holds } from "../../../support/canary";
import { listen, trickle, withBody } from "../../../support/servers";

interface Scope {
  readonly namespaces: string[];
  readonly clusterResources: boolean;
}

interface Call {
  readonly line: string;
  readonly body: unknown;
  /** Common name of the certificate, or the token. */
  readonly user: string;
}

const account = { name: "argocd-manager-1", namespace: "kube-system" };
const path = "/api/v1/namespaces/kube-system/serviceaccounts/argocd-manager-1";
const binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/argocd-manager-1";
const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/argocd-manager-1";
const query = "?fieldManager=vcluster-environments&force=true";
const REVIEW = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
const ACCESS = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const RULES = "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
const ALL_RULES = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
const username = "system:serviceaccount:kube-system:argocd-manager-1";
const whole: Scope = { namespaces: [], clusterResources: false };
const some: Scope = { namespaces: ["a", "b"], clusterResources: true };

/** What is made for a namespace, in order. */
function inNamespace(namespace: string): string[] {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  return [`/api/v1/namespaces/${namespace}`, `${rbac}/roles/argocd-manager-1`, `${rbac}/rolebindings/argocd-manager-1`];
}

describe("service-account-token job", function () {
  this.timeout(20_000);
  let authority: Authority;
  let administrator: Pair;
  let server: Server;
  let port: number;
  let tls: ServerOptions;
  let calls: Call[];
  /** Status and body by method and path; 200 and nothing where it is silent. */
  let answers: (line: string) => [number, object] | undefined;

  before(async () => {
    authority = await Authority.create();
    administrator = await authority.issue({ commonName: "kubernetes-super-admin" });
    const { key, certificate } = await authority.issue({ commonName: "kube-apiserver", names: ["localhost"] });
    tls = { key, cert: certificate, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
    const handler = withBody((request, body, response) => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      const peer = (request.socket as TLSSocket).getPeerCertificate() as Partial<PeerCertificate>;
      const user = request.headers.authorization ?? peer.subject?.CN ?? "";
      calls.push({ line, body: body === "" ? undefined : JSON.parse(body), user });
      const [status, answer] = answers(line) ?? [200, {}];
      response.writeHead(status, { connection: "close" }).end(JSON.stringify(answer));
    });
    server = createServer(tls, handler);
    port = await listen(server);
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    calls = [];
    answers = (line) =>
      line === REVIEW
        ? [201, { status: { userInfo: { username } } }]
        : line === ACCESS
          ? [201, { status: { allowed: true } }]
          : line === RULES
            ? [201, { status: { resourceRules: ALL_RULES } }]
            : line.startsWith("POST")
              ? [201, { status: { token: "the-token" } }]
              : undefined;
  });

  function input({ trusted = authority.certificate, timeoutSeconds = 10, scope = whole } = {}): CredentialInput {
    return {
      host: "localhost",
      port,
      caCertificate: base64(trusted),
      adminCredentials: { certificate: base64(administrator.certificate), key: base64(administrator.key) },
      account,
      objects: serviceAccountManifests(account.name, { ...settings("", { domain: "" }).argocd, ...scope }),
      ...scope,
      token: "the-token",
      timeoutSeconds,
    };
  }

  const limits = { attempt: 1_000, pause: 20, poll: 20, accepted: 300, rollover: 100 };

  /** Runs the job in this process, with short limits. */
  async function run(action: "create" | "verify" | "delete", options: Parameters<typeof input>[0] = {}) {
    const args = input(options);
    const actions = {
      create: () => createToken(args, limits),
      verify: () => verifyRollover(args, limits),
      delete: () => deleteAccount(args, false, limits),
    };
    try {
      const result = await actions[action]();
      return { status: 0, stdout: result === undefined ? "" : `${result}\n`, stderr: "" };
    } catch (error) {
      return { status: 1, stdout: "", stderr: `${codedMessage(error)}\n` };
    }
  }

  it("creates a service account with cluster-admin rights and its token, and tests the token", async () => {
    assert.deepEqual(await run("create"), { status: 0, stdout: "the-token\n", stderr: "" });
    const attributes = { verb: "*", group: "*", resource: "*", namespace: "" };
    assert.deepEqual(
      calls.map(({ line, body }) => [line, body]),
      [
        [`PATCH ${path}${query}`, { apiVersion: "v1", kind: "ServiceAccount", metadata: account }],
        [
          `PATCH ${binding}${query}`,
          {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "argocd-manager-1" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
            subjects: [{ kind: "ServiceAccount", ...account }],
          },
        ],
        [`POST ${path}/token`, { spec: { expirationSeconds: 315_360_000 } }],
        [REVIEW, { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }],
        [
          ACCESS,
          {
            apiVersion: "authorization.k8s.io/v1",
            kind: "SelfSubjectAccessReview",
            spec: { resourceAttributes: attributes },
          },
        ],
      ],
    );
    const [admin, bearer] = ["kubernetes-super-admin", "Bearer the-token"];
    assert.deepEqual(
      calls.map(({ user }) => user),
      [admin, admin, admin, bearer, bearer],
    );
  });

  it("grants listed namespaces, which it creates, and cluster-scoped kinds", async () => {
    const kind = (resource: string, scope: string, verbs = ["list"]) => ({ resource, scope, verbs });
    const groups = {
      "GET /api": [{ metadata: {}, versions: [{ resources: [kind("nodes", "Cluster"), kind("pods", "Namespaced")] }] }],
      "GET /apis": [
        {
          metadata: { name: "x" },
          versions: [{ resources: [kind("b", "Cluster"), kind("once", "Cluster", ["create"])] }],
        },
        { metadata: { name: "y" }, versions: [{ resources: [kind("c", "Namespaced")] }] },
      ],
    };
    const well = answers;
    answers = (line) => (line in groups ? [200, { items: groups[line as keyof typeof groups] }] : well(line));
    assert.equal((await run("create", { scope: some })).stdout, "the-token\n");
    const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    const made = Object.fromEntries(
      calls
        .filter(({ line }) => line.startsWith("PATCH"))
        .map(({ line, body }) => [line.slice(6, -query.length), body]),
    );
    assert.deepEqual(Object.keys(made), [path, ...["a", "b"].flatMap(inNamespace), role, binding]);
    assert.deepEqual((made[role] as { rules: unknown }).rules, [
      { apiGroups: [""], resources: ["nodes"], verbs },
      { apiGroups: ["x"], resources: ["b"], verbs },
    ]);
    assert.deepEqual((made[binding] as { roleRef: { name: string } }).roleRef.name, "argocd-manager-1");
    assert.deepEqual((made[inNamespace("b")[1] ?? ""] as { rules: unknown }).rules, [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    ]);
    const tried = calls.filter(({ line }) => line === ACCESS).map(({ body }) => JSON.stringify(body));
    assert.equal(tried.length, 2);
    assert.match(tried[0] ?? "", /"namespace":"a"/);
    assert.deepEqual(
      calls.filter(({ line }) => line === RULES).map(({ body }) => (body as { spec: object }).spec),
      [{ namespace: account.name }],
    );
  });

  it("makes a binding again that was given another role, which the API refuses to change", async () => {
    const others = answers;
    for (const [scope, refused] of [
      [whole, binding],
      [{ ...some, clusterResources: false }, inNamespace("b")[2] ?? ""],
    ] as const) {
      calls = [];
      const isDeleted = () => calls.some(({ line }) => line === `DELETE ${refused}`);
      answers = (line) =>
        line === `PATCH ${refused}${query}` && !isDeleted()
          ? [422, { message: "cannot change roleRef" }]
          : others(line);
      assert.equal((await run("create", { scope })).status, 0);
      assert.deepEqual(
        calls.map(({ line }) => line).filter((line) => line.includes(refused)),
        [`PATCH ${refused}${query}`, `DELETE ${refused}`, `PATCH ${refused}${query}`],
      );
    }
    assert.equal(calls.filter(({ line }) => line.startsWith("DELETE")).length, 1);
  });

  it("deletes nothing where the API refuses another object, or a binding for another reason", async () => {
    const others = answers;
    for (const [refused, status] of [
      [path, 422],
      [binding, 403],
    ] as const) {
      answers = (line) => (line === `PATCH ${refused}${query}` ? [status, {}] : others(line));
      assert.match((await run("create")).stderr, new RegExp(`rejected the ${refused} with ${status}`));
    }
    assert.ok(calls.every(({ line }) => !line.startsWith("DELETE")));
  });

  it("does the same as a shipped job, and takes no token from its environment", async () => {
    const text = program("service-account-token", input());
    const shipped = await runShipped(text, "create", { PULUMI_COMMAND_STDOUT: "old-token" });
    assert.deepEqual(shipped, { status: 0, stdout: "the-token\n", stderr: "" });
  });

  it("fails while the token belongs to another account or lacks its rights", async () => {
    const well = answers;
    answers = (line) => (line === REVIEW ? [201, { status: { userInfo: { username: "eve" } } }] : well(line));
    const { stderr } = await run("create", { timeoutSeconds: 1 });
    assert.match(stderr, /^The new token of Argo CD does not work: it belongs to eve, not to system:/);
    answers = (line) => (line === ACCESS ? [201, { status: { allowed: false } }] : well(line));
    assert.deepEqual(await run("create", { timeoutSeconds: 1 }), {
      status: 1,
      stdout: "",
      stderr: "The new token of Argo CD does not work: it lacks rights on the cluster [token-rejected]\n",
    });
  });

  it("revokes the token by deleting account and rights, and keeps the namespaces", async () => {
    assert.deepEqual(await run("delete", { scope: some }), { status: 0, stdout: "", stderr: "" });
    const inside = ["b", "a"].flatMap((namespace) => inNamespace(namespace).slice(1).reverse());
    assert.deepEqual(
      calls.map(({ line }) => line),
      [binding, role, ...inside, path].map((one) => `DELETE ${one}`),
    );
  });

  it("succeeds if the account is already deleted", async () => {
    answers = () => [404, { message: "not found" }];
    assert.equal((await run("delete")).status, 0);
  });

  it("fails if the account cannot be deleted, and says which token stays valid", async () => {
    answers = () => [503, {}];
    const { status, stderr } = await run("delete", { timeoutSeconds: 0.1 });
    assert.equal(status, 1);
    assert.equal(
      stderr,
      "Argo CD's token is not revoked: the service account kube-system/argocd-manager-1 inside the virtual cluster was not " +
        `deleted. The virtual cluster at https://localhost:${port} was unreachable for 0.1 s (it returned 503).\n` +
        "Fix: start the virtual cluster and run the command again. Or set the environment variable " +
        "VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: the token stays valid as long as the virtual cluster's data " +
        "exists, and the account has to be deleted by hand. [token-not-revoked]\n",
    );
  });

  it("names `make renew` where the administrator's certificate has expired, and a start only where it helps", async () => {
    const expired = await authority.issue({ commonName: "kubernetes-super-admin", days: -1 });
    const adminCredentials = { certificate: base64(expired.certificate), key: base64(expired.key) };
    answers = () => [401, { message: "Unauthorized" }];
    const { validTo } = new X509Certificate(expired.certificate);
    await assert.rejects(deleteAccount({ ...input(), adminCredentials }, false, limits), (error: Error) => {
      assert.ok(error.message.includes(`(it is valid until ${validTo}): renew it by \`make renew STACK=<stack>\``));
      assert.doesNotMatch(error.message, /start the virtual cluster/);
      return true;
    });
    answers = () => [403, { message: "no" }];
    const { stderr } = await run("delete");
    assert.match(stderr, /with 403: .*\nFix: see to what the virtual cluster reports/);
    assert.doesNotMatch(stderr, /start the virtual cluster|make renew/);
  });

  it("goes on with force, and says the same", async () => {
    answers = () => [403, { message: "no" }];
    const lines: string[] = [];
    await deleteAccount(input(), true, limits, (line) => lines.push(line));
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? "",
      /^Argo CD's token is not revoked: .*argocd-manager-1.* with 403: .* Going on \(force\)\.$/,
    );
  });

  it("retries after a temporary error of the API", async () => {
    let failures = 1;
    const well = answers;
    answers = (line) => (failures-- > 0 ? [503, {}] : well(line));
    assert.equal((await run("create")).stdout, "the-token\n");
  });

  it("fails with the API's message if the API rejects the request", async () => {
    answers = (line) => (line.startsWith("POST") ? [403, { message: "no tokens today" }] : undefined);
    const { status, stdout, stderr } = await run("create");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.equal(
      stderr,
      'The virtual cluster rejected the token request with 403: {"message":"no tokens today"} [virtual-cluster-refused]\n',
    );
  });

  it("verifies the certificate of the API", async () => {
    const other = await Authority.create();
    const { status, stderr } = await run("create", { trusted: other.certificate, timeoutSeconds: 1 });
    assert.equal(status, 1);
    assert.match(stderr, /was unreachable for 1 s \([A-Z_]+\)\. Fix: .* \[virtual-cluster-unreachable\]\n$/);
    assert.deepEqual(calls, []);
  });

  describe("before the old token is revoked", () => {
    it("tests the new token after Argo CD has had time to read it", async () => {
      const start = Date.now();
      assert.deepEqual(await run("verify"), { status: 0, stdout: "", stderr: "" });
      assert.ok(Date.now() - start >= limits.rollover - 5);
      assert.deepEqual(
        calls.map(({ line, user }) => [line, user]),
        [
          [REVIEW, "Bearer the-token"],
          [ACCESS, "Bearer the-token"],
        ],
      );
    });

    it("retries while the API does not know the new account", async () => {
      const well = answers;
      let rejections = 2;
      answers = (line) => (line === REVIEW && rejections-- > 0 ? [401, { message: "who?" }] : well(line));
      assert.equal((await run("verify")).status, 0);
      assert.equal(calls.filter(({ line }) => line === REVIEW).length, 3);
    });

    it("fails, and keeps the old token, if the API rejects the new one", async () => {
      const well = answers;
      answers = (line) => (line === REVIEW ? [401, { message: "who?" }] : well(line));
      assert.deepEqual(await run("verify"), {
        status: 1,
        stdout: "",
        stderr: 'The new token of Argo CD does not work: 401 {"message":"who?"} [token-rejected]\n',
      });
    });

    it("fails if the token lacks the rights of its scope", async () => {
      const well = answers;
      answers = (line) => (line === ACCESS ? [201, { status: { allowed: false } }] : well(line));
      assert.match(
        (await run("verify", { scope: some })).stderr,
        /does not work: it lacks rights in a \[token-rejected\]\n$/,
      );
    });

    it("fails if the token lacks a right on a kind of the whole cluster that is served, which its scope gives", async () => {
      const well = answers;
      const kinds = [
        ["", "namespaces"],
        ["storage.k8s.io", "storageclasses"],
        ["example.org", "added"],
      ] as const;
      let [served, allowed] = [kinds.slice(), false];
      const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
      let resourceRules: object[] = [{ verbs, apiGroups: [""], resources: ["namespaces"] }];
      const discovered = (core: boolean) => ({
        items: served
          .filter(([group]) => (group === "") === core)
          .map(([name, resource]) => ({
            metadata: { name },
            versions: [{ resources: [{ resource, scope: "Cluster", verbs: ["list"] }] }],
          })),
      });
      answers = (line) =>
        line === RULES
          ? [201, { status: { resourceRules } }]
          : line.startsWith("GET /api")
            ? [200, discovered(line === "GET /api")]
            : line === ACCESS && JSON.stringify(calls.at(-1)?.body).includes('"namespace":""')
              ? [201, { status: { allowed } }]
              : well(line);
      const verify = async (clusterResources = true) => run("verify", { scope: { ...some, clusterResources } });
      assert.match((await verify()).stderr, /does not work: it lacks rights on the cluster \[token-rejected\]\n$/);
      const asked = calls.filter(({ line }) => line === ACCESS).map(({ body }) => JSON.stringify(body));
      assert.match(
        asked.at(-1) ?? "",
        /"verb":"get","group":"storage.k8s.io","resource":"storageclasses","namespace":""/,
      );
      assert.equal((await verify(false)).status, 0);
      allowed = true; // By a rule that the API does not list.
      assert.equal((await verify()).status, 0);
      [served, allowed] = [[kinds[0], kinds[2]], false];
      assert.equal((await verify()).status, 0);
      served = kinds.slice();
      for (const lacking of [{ verbs: verbs.filter((verb) => verb !== "delete") }, { resourceNames: ["standard"] }]) {
        resourceRules = [
          ...resourceRules.slice(0, 1),
          { verbs, apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], ...lacking },
        ];
        assert.equal((await verify()).status, 1, JSON.stringify(lacking));
      }
    });
  });

  it("does not wait for a slow API", async () => {
    const slow = createServer(tls, (_, response) => {
      trickle(response.writeHead(200));
    });
    const slowPort = await listen(slow);
    const start = Date.now();
    await assert.rejects(
      createToken({ ...input({ timeoutSeconds: 0 }), port: slowPort }, { ...limits, attempt: 200 }),
      /was unreachable for 0 s \(no complete answer within 0\.2 s\)/,
    );
    assert.ok(Date.now() - start < 5_000);
    slow.close();
  });

  it("waits for an unreachable API no longer than its time, over all requests", async () => {
    let count = 0;
    answers = () => (++count % 3 === 0 ? [200, {}] : [503, {}]);
    const start = Date.now();
    await assert.rejects(
      createToken(input({ timeoutSeconds: 0.5 }), { ...limits, pause: 100 }),
      /was unreachable for 0\.5 s \(it returned 503\)/,
    );
    assert.ok(Date.now() - start < 3_000);
    assert.ok(count > 3, "the time is not that of one request");
  });

  it("prints no key", async () => {
    answers = () => [403, { message: "no" }];
    const { stderr } = await run("create");
    assert.match(stderr, /no/);
    // As it is in the input, in base64, as well as in plain.
    const lines = administrator.key.split("\n").filter((part) => part.length > 20);
    assert.ok(lines.length > 1);
    for (const line of lines) assert.ok(!holds(stderr, line));
    assert.ok(!stderr.includes(base64(administrator.key)));
  });
});
