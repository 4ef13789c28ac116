import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:http";

import { program } from "../../../../components/jobs/job";
import type { OwnedObjects } from "../../../../components/jobs/owned-objects";
import { encodeRelease } from "../../../../host/helm-records";
import { runShipped } from "../../../support/jobs";
import { listen } from "../../../support/servers";

describe("guard job", () => {
  let server: Server;
  let port: number;
  let uid: string | undefined;
  /** Objects of the host, by their paths. */
  let objects: Record<string, object> = {};
  /** What the newest record of the release has; undefined where there is no record. */
  let manifest: string | undefined = "";
  let deleted: string[] = [];
  const patched: string[] = [];
  /** What has the labels of a record and is none. */
  let foreign: object[] = [];
  /** Paths that the host refuses to return, and with which status. */
  let forbidden = /^$/;
  let refusal = 403;

  before(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? "";
      if (request.method === "DELETE") deleted.push(url);
      else if (request.method === "PATCH") patched.push(url);
      else assert.equal(request.method, "GET");
      if (request.method === "GET" && forbidden.test(url)) {
        response.writeHead(refusal).end(JSON.stringify({ message: "not allowed" }));
        return;
      }
      if (url.includes("/secrets?")) {
        assert.equal(
          new URL(url, "http://host").searchParams.get("labelSelector"),
          "owner=helm,name=vcluster-dev-helm",
        );
        const metadata = { name: "sh.helm.release.v1.vcluster-dev-helm.v1" };
        const own =
          manifest === undefined ? [] : [{ metadata, data: { release: encodeRelease({ version: 1, manifest }) } }];
        response.end(JSON.stringify({ items: [...foreign, ...own] }));
        return;
      }
      if (request.method === "DELETE" || objects[url] !== undefined) {
        response.end(JSON.stringify(objects[url] ?? {}));
        return;
      }
      const found = request.url === "/api/v1/namespaces/dev-vcluster" && uid !== undefined;
      response.writeHead(found ? 200 : 404).end(JSON.stringify(found ? { metadata: { uid } } : {}));
    });
    port = await listen(server);
  });
  after(() => {
    server.close();
  });

  function check(force = "", at = port, goesWithNamespace?: boolean, owned?: OwnedObjects) {
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "host", cluster: { server: `http://127.0.0.1:${at}` } }],
      contexts: [{ name: "context", context: { cluster: "host" } }],
      "current-context": "context",
    });
    const text = program("guard", {
      host: { kubeconfig },
      environment: { name: "dev-vcluster", uid: "the-uid" },
      ...(goesWithNamespace !== undefined && { release: { name: "vcluster-dev-helm", goesWithNamespace } }),
      ...(owned !== undefined && { owned }),
    });
    return runShipped(text, "check-host", { VCLUSTER_ENVIRONMENTS_FORCE_DESTROY: force });
  }

  it("passes on the host with the environment's namespace", async () => {
    uid = "the-uid";
    assert.deepEqual(await check(), { status: 0, stdout: "", stderr: "" });
  });

  it("gives what the namespace owns its owner back, on the environment's host only", async () => {
    const path = "/apis/scheduling.k8s.io/v1/priorityclasses/vcluster-dev-helm";
    objects = { [path]: { metadata: { annotations: { mark: "own" } } } };
    const owned = { paths: [path], annotations: { mark: "own" } };
    uid = "another";
    assert.equal((await check("true", port, undefined, owned)).status, 1);
    uid = undefined;
    assert.equal((await check("true", port, undefined, owned)).status, 0);
    assert.deepEqual(patched, []);
    uid = "the-uid";
    const { status, stderr } = await check("", port, undefined, owned);
    assert.deepEqual([status, patched], [0, [path]], stderr);
    [forbidden, refusal] = [/priorityclasses/, 500];
    const [stopped, forced] = [await check("", port, undefined, owned), await check("true", port, undefined, owned)];
    const { status: leaving } = await check("", port, false, owned);
    [forbidden, refusal, objects] = [/^$/, 403, {}];
    assert.deepEqual([stopped.status, forced.status, leaving], [1, 0, 0]);
    assert.match(stopped.stderr, /^The namespace "dev-vcluster" was not deleted\.\nFix: .* \[owner-not-restored\]$/m);
  });

  it("deletes what the release has beside the namespace, and Helm's records, and nothing else", async () => {
    uid = "the-uid";
    const root = "/apis/rbac.authorization.k8s.io/v1";
    const of = (release: string, namespace: string, more: object = {}) => ({
      metadata: {
        annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace, ...more },
      },
    });
    const own = of("vcluster-dev-helm", "dev-vcluster");
    objects = {
      [root]: {
        resources: [
          { name: "clusterroles", kind: "ClusterRole", namespaced: false },
          { name: "roles", kind: "Role", namespaced: true },
        ],
      },
      [`${root}/clusterroles/own`]: own,
      [`${root}/clusterroles/other-namespace`]: of("vcluster-dev-helm", "other"),
      [`${root}/clusterroles/other-release`]: of("other", "dev-vcluster"),
      [`${root}/clusterroles/not-of-helm`]: { metadata: {} },
      [`${root}/clusterroles/kept`]: of("vcluster-dev-helm", "dev-vcluster", { "helm.sh/resource-policy": "keep" }),
      // Goes with the namespace.
      [`${root}/namespaces/dev-vcluster/roles/inside`]: own,
      // By experimental.deploy.host.manifests.
      [`${root}/namespaces/monitoring/roles/beside`]: own,
    };
    const declared = (kind: string, name: string, namespace?: string) =>
      JSON.stringify({ apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata: { name, namespace } });
    manifest = [
      ...["own", "other-namespace", "other-release", "not-of-helm", "kept", "gone"].map((name) =>
        declared("ClusterRole", name),
      ),
      declared("Role", "inside"),
      declared("Role", "beside", "monitoring"),
      JSON.stringify({ apiVersion: "example.org/v1", kind: "Unknown", metadata: { name: "own" } }),
    ].join("\n---\n");
    const beside = `${root}/namespaces/monitoring/roles/beside`;
    const record = "/api/v1/namespaces/dev-vcluster/secrets/sh.helm.release.v1.vcluster-dev-helm.v1";
    const { status, stderr } = await check("", port, true);
    assert.equal(status, 0, stderr);
    assert.deepEqual(deleted, [`${root}/clusterroles/own`, beside, record]);
    assert.match(stderr, /^Deleted ClusterRole own of the Helm release vcluster-dev-helm\.$/m);
    deleted = [];
    forbidden = /clusterroles\/own/;
    const refused = await check("", port, true);
    forbidden = /^$/;
    assert.equal(refused.status, 0, refused.stderr);
    assert.match(
      refused.stderr,
      /^Not deleted of the Helm release vcluster-dev-helm: ClusterRole own: not allowed\nFix: delete it .*\[release-not-deleted\]$/m,
    );
    assert.deepEqual(deleted, [beside, record]);
    // As a conversion webhook that does not work.
    refusal = 500;
    forbidden = /clusterroles\/own/;
    deleted = [];
    const stopped = await check("", port, true);
    assert.equal(stopped.status, 1);
    assert.match(
      stopped.stderr,
      /^Not deleted of the Helm release vcluster-dev-helm: ClusterRole own: not allowed\nFix: .*FORCE_DESTROY=true.*\[release-not-deleted\]$/m,
    );
    assert.deepEqual(deleted, []);
    const forced = await check("true", port, true);
    [forbidden, refusal] = [/^$/, 403];
    assert.equal(forced.status, 0, forced.stderr);
    assert.match(forced.stderr, /: ClusterRole own: not allowed\nGoing on \(force\)\..*\[release-not-deleted\]$/m);
    assert.deepEqual(deleted, [beside, record]);
    uid = "another";
    deleted = [];
    assert.equal((await check("", port, true)).status, 1);
    assert.deepEqual(deleted, []);
  });

  it("believes no Secret of a tenant that has the labels of Helm's records, and lets Helm believe none", async () => {
    uid = "the-uid";
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "own" } };
    const release = encodeRelease({ version: 9999, manifest: JSON.stringify(role) });
    const names = [
      "forged-x-default-x-vcluster-dev-helm",
      "sh.helm.release.v1.vcluster-dev-helm.v9-x-default-x-vcluster-dev-helm",
    ];
    [manifest, deleted] = ["", []];
    const record = "/api/v1/namespaces/dev-vcluster/secrets/sh.helm.release.v1.vcluster-dev-helm.v1";
    foreign = names.map((name) => ({ metadata: { name }, data: { release } }));
    const deleting = await check("", port, true);
    assert.deepEqual([deleting.status, deleted], [0, [record]], deleting.stderr);
    const uninstalling = await check("", port, false);
    assert.equal(uninstalling.status, 1);
    assert.match(uninstalling.stderr, new RegExp(`${names.join(", ")}\\. .*\\[helm-record-foreign\\]\\n$`));
    foreign = [];
    assert.equal((await check("", port, false)).status, 0);
    assert.deepEqual(deleted, [record]);
  });

  it("deletes a record that cannot be read, and what the others have", async () => {
    uid = "the-uid";
    [manifest, deleted] = ["", []];
    foreign = [{ metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v2" }, data: { release: "eA==" } }];
    const { status, stderr } = await check("", port, true);
    foreign = [];
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      deleted.map((url) => url.split(".").pop()),
      ["v2", "v1"],
    );
  });

  it("deletes the release's ClusterRoles where its namespace is gone, with Helm's records, and the force variable is set", async () => {
    const root = "/apis/rbac.authorization.k8s.io/v1";
    const of = (name: string, release: string, namespace: string, more: object = {}) => ({
      metadata: {
        name,
        annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace, ...more },
      },
    });
    const own = of("own", "vcluster-dev-helm", "dev-vcluster");
    const items = [
      own,
      of("other-namespace", "vcluster-dev-helm", "other"),
      of("other-release", "other", "dev-vcluster"),
      of("kept", "vcluster-dev-helm", "dev-vcluster", { "helm.sh/resource-policy": "keep" }),
      { metadata: { name: "not-of-helm" } },
    ];
    const query = "?labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm&limit=500";
    objects = {
      [`${root}/clusterroles${query}`]: { items },
      [`${root}/clusterrolebindings${query}`]: { items: [own] },
    };
    uid = undefined;
    deleted = [];
    const { status, stderr } = await check("true", port, true);
    assert.equal(status, 0, stderr);
    assert.deepEqual(deleted, [`${root}/clusterroles/own`, `${root}/clusterrolebindings/own`]);
    assert.match(
      stderr,
      /records of the release vcluster-dev-helm went with the namespace.* kubectl get clusterroles,clusterrolebindings .*release-namespace=="dev-vcluster"/,
    );
    deleted = [];
    forbidden = /clusterroles\?/;
    const refused = await check("true", port, true);
    forbidden = /^$/;
    assert.equal(refused.status, 0, refused.stderr);
    assert.match(refused.stderr, /its ClusterRoles: not allowed\nFix: .*\[release-not-deleted\]$/m);
    assert.deepEqual(deleted, [`${root}/clusterrolebindings/own`]);
  });

  it("deletes the release's ClusterRoles where its records are gone or cannot be read, on the environment's host only", async () => {
    const root = "/apis/rbac.authorization.k8s.io/v1";
    const of = (name: string, release: string, namespace: string) => ({
      metadata: {
        name,
        annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
      },
    });
    const own = of("own", "vcluster-dev-helm", "dev-vcluster");
    const others = [of("other-namespace", "vcluster-dev-helm", "other"), of("other-release", "other", "dev-vcluster")];
    const query = "?labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm&limit=500";
    const found = (items: object[]) => ({
      [`${root}/clusterroles${query}`]: { items: [...items, ...others] },
      [`${root}/clusterrolebindings${query}`]: { items },
    });
    const roles = [`${root}/clusterroles/own`, `${root}/clusterrolebindings/own`];
    const secrets = "/api/v1/namespaces/dev-vcluster/secrets/sh.helm.release.v1.vcluster-dev-helm";
    const damaged = { metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v2" }, data: { release: "eA==" } };
    const readable = JSON.stringify({ apiVersion: "example.org/v1", kind: "Any", metadata: { name: "any" } });
    const CLOSING = /^Helm's records of the release \S+ (.*): without them, only its ClusterRoles/m;
    objects = found([own]);
    uid = "the-uid";
    for (const [manifestOfFirst, more, records, reason] of [
      [undefined, [], [], "are not there"],
      [undefined, [damaged], [`${secrets}.v2`], "cannot all be read"],
      [readable, [damaged], [`${secrets}.v2`, `${secrets}.v1`], "cannot all be read"],
    ] as const) {
      [manifest, foreign, deleted] = [manifestOfFirst, [...more], []];
      const { status, stderr } = await check("", port, true);
      assert.equal(status, 0, stderr);
      assert.deepEqual(deleted, [...roles, ...records]);
      assert.equal(CLOSING.exec(stderr)?.[1], reason);
    }
    // A record that can be read has all of them.
    [manifest, foreign, deleted] = [readable, [], []];
    assert.equal(
      (await check("", port, true)).stderr,
      `Deleted the record ${damaged.metadata.name.replace(/2$/, "1")} of the Helm release vcluster-dev-helm.\n`,
    );
    // As in the second of the guards of every destroy.
    [manifest, deleted, objects] = [undefined, [], found([])];
    for (const path of [/^$/, /clusterroles\?/]) {
      forbidden = path;
      assert.deepEqual(await check("", port, true), { status: 0, stdout: "", stderr: "" });
    }
    [forbidden, objects] = [/^$/, found([own])];
    for (const [other, force] of [
      ["another", ""],
      ["another", "true"],
      [undefined, ""],
    ] as const) {
      uid = other;
      assert.equal((await check(force, port, true)).status, 1);
    }
    [manifest, objects] = ["", {}];
    assert.deepEqual(deleted, []);
  });

  it("stops where another namespace has the name, also with the force variable", async () => {
    uid = "another";
    for (const force of ["", "true"]) {
      const { status, stderr } = await check(force);
      assert.equal(status, 1);
      assert.match(stderr, /^The namespace "dev-vcluster" at http:\S+ is not the one that this stack created/);
      assert.match(stderr, /Nothing was deleted\.\nFix: choose the cluster.* \[host-has-other-namespace\]\n$/);
    }
  });

  it("stops where the namespace does not exist, unless the force variable is set", async () => {
    uid = undefined;
    const { status, stderr } = await check();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^The namespace "dev-vcluster" of this environment does not exist at http:[^]*Fix: [^]*=true.* \[host-lacks-namespace\]\n$/,
    );
    const forced = await check("true");
    assert.equal(forced.status, 0);
    assert.match(forced.stderr, /does not exist at \S+ Going on \(force\)\.\n$/);
  });

  it("stops where the host does not answer, and tells how to empty the stack", async () => {
    const gone = createServer();
    const free = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const { status, stderr } = await check("true", free);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^The host at \S+ does not answer: connect ECONNREFUSED [^]*make forget[^]*pulumi state delete.* \[host-unreachable\]\n$/,
    );
  });
});
