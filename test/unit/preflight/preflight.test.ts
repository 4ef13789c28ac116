import * as assert from "node:assert/strict";
import type { Server } from "node:http";
import { createServer } from "node:http";

import { type CustomResourceOptions, log, type Resource, RunError } from "@pulumi/pulumi";

import { applicationSpec } from "../../../components/argocd/applications";
import type { EnvironmentArgs } from "../../../components/config/args";
import { settings } from "../../../components/config/defaults";
import { randomIdentity } from "../../../components/kubernetes/ownership";
import { resolve } from "../../../components/resolve";
import { chartValues } from "../../../components/vcluster/values";
import { HostClient } from "../../../host/client";
import { encodeRelease } from "../../../host/helm-records";
import { checkAgainstHost } from "../../../preflight/preflight";
import type { ConfigurationError } from "../../../shared/errors";
import { type JsonObject, merge } from "../../../shared/json";
import { record } from "../../support/mocks";
import { listen, withBody } from "../../support/servers";

describe("checkAgainstHost", () => {
  let server: Server;
  let url: string;
  /** Status for requests of Secrets, except Argo CD's; everything else does not exist. */
  let secrets: number;
  /** Values that the control plane runs with; undefined where there is none. */
  let values: JsonObject | undefined;
  /** Lists of the host by their paths. */
  let lists: Record<string, JsonObject[]> = {};
  const asked: string[] = [];
  const warnings: string[] = [];
  const warn = Object.getOwnPropertyDescriptor(log, "warn");
  /** Objects by the ends of their paths. */
  let objects: Record<string, JsonObject>;
  let deleted: string[];
  let hanging = false;
  let requestMs: number | undefined;

  beforeEach(() => {
    [values, objects, deleted] = [undefined, {}, []];
  });
  before(async () => {
    server = createServer(
      withBody((request, _, response) => {
        const path = request.url?.replace(/\?.*/, "") ?? "";
        if (hanging) return;
        if (request.method === "DELETE") deleted.push(path);
        const items = lists[path];
        if (items !== undefined) {
          asked.push(request.url ?? "");
          response.end(JSON.stringify({ items }));
          return;
        }
        const [, object] = Object.entries(objects).find(([end]) => path.endsWith(end)) ?? [];
        const file = Buffer.from(JSON.stringify(values ?? {})).toString("base64");
        if (object !== undefined) response.end(JSON.stringify(object));
        else if (values !== undefined && request.url?.endsWith("/vc-config-vcluster-dev-helm")) {
          response.end(JSON.stringify({ data: { "config.yaml": file } }));
        } else {
          response.writeHead(/(?<!\/argocd)\/secrets\b/.test(request.url ?? "") ? secrets : 404).end("{}");
        }
      }),
    );
    url = `http://127.0.0.1:${await listen(server)}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    const value = (message: string) => Promise.resolve(void warnings.push(message));
    Object.defineProperty(log, "warn", { value, configurable: true });
  });
  afterEach(() => {
    if (warn) Object.defineProperty(log, "warn", warn);
    lists = {};
    for (const list of [asked, warnings]) list.length = 0;
  });

  /** With `own` as the identity that the state has; a preview of a new stack knows none. */
  const check = (user: Record<string, unknown>, preview: boolean, args: Partial<EnvironmentArgs> = {}) =>
    record(
      () => {
        const host = { server: url, origin: "a test", proxied: false, cluster: {}, user, answers };
        const env = resolve("dev", { domain: "example.org", ...args });
        const limits = requestMs === undefined ? {} : { requestMs };
        return checkAgainstHost(env, new HostClient(host, limits), randomIdentity("identity", hostIs));
      },
      {
        preview,
        outputs: ({ type }) =>
          /RandomString$/.test(type) ? { result: "own", ...(made && { keepers: { host: made } }) } : undefined,
        call: (token) => (state && token === "pulumi:pulumi:readStackResourceOutputs" ? { outputs: state } : {}),
      },
    );
  /** What the stack's state has, by URN; undefined where the engine does not tell. */
  let state: Record<string, object> | undefined;
  afterEach(() => {
    state = undefined;
  });
  /** Whether the host has answered before, as `checkHost` returns it. */
  let answers = true;
  /** Uid of the host that is used. */
  let hostIs: string | undefined;
  /** Uid of the host that the state's environment was made on. */
  let made: string | undefined;

  for (const [title, status, preview, used] of [
    ["uses the certificates of the last update in a preview that may not read Secrets", 403, true, true],
    ["lets an update read them, which fails without permission", 403, false, false],
    ["lets a preview with permission read them", 200, true, false],
  ] as const) {
    it(title, async () => {
      secrets = status;
      const { result, registrations } = await check({}, preview);
      assert.equal((await result).env.lastKubeconfig !== undefined, used);
      const references = registrations.filter(({ type }) => type === "pulumi:pulumi:StackReference");
      assert.deepEqual(
        references.map(({ id }) => id),
        used ? ["organization/vcluster-environments/dev"] : [],
      );
    });
  }

  it("replaces the virtual cluster for another number of replicas that is allowed, and for no other change", async () => {
    secrets = 404;
    for (const [running, replaced] of [
      [1, true],
      [3, false],
    ] as const) {
      values = chartValues(settings("dev", { domain: "example.org", controlPlane: { replicas: running } }), {});
      const args = { controlPlane: { replicas: 3 }, persistence: { allowDataLoss: true } };
      const { transformations } = await (await check({}, true, args)).result;
      const release = { name: "dev-vcluster", type: "kubernetes:helm.sh/v3:Release", props: {}, opts: {} };
      const paths = transformations.flatMap((transform) => {
        const { opts = {} } = transform({ ...release, resource: {} as Resource }) ?? {};
        return (opts as CustomResourceOptions).replaceOnChanges ?? [];
      });
      assert.equal(paths.includes("values.controlPlane.statefulSet.highAvailability"), replaced, String(running));
    }
    values = undefined;
  });

  it("lets the job wait for all Applications where it changes one, whatever was repaired before", async () => {
    [secrets, made] = [404, undefined];
    const repository = "https://git.example.org/a";
    const spec = (revision: string) => {
      const env = resolve("dev", { domain: "example.org", applications: { web: { repository, revision } } });
      return applicationSpec(env.names, env.applications["web"] ?? assert.fail());
    };
    for (const [live, kept] of [
      ["v1", ["environment"]],
      ["v2", []],
    ] as const) {
      objects = { "/applications/web-dev": { metadata: { name: "web-dev", uid: "u" }, spec: spec(live) } };
      const args = { applications: { web: { repository, revision: "v1" } } };
      const { transformations } = await (await check({}, true, args)).result;
      const job = { name: "dev-applications", type: "command:local:Command", props: {}, opts: {} };
      const ignored = transformations.flatMap(
        (transform) => transform({ ...job, resource: {} as Resource })?.opts.ignoreChanges ?? [],
      );
      assert.deepEqual(ignored, kept, live);
    }
  });

  it("names in one warning the tokens of the host that mappings would bring into the virtual cluster", async () => {
    secrets = 200;
    const named = (...names: string[]) => names.map((name) => ({ metadata: { name } }));
    lists = {
      "/api/v1/namespaces/shared/secrets": named("bot", "backup"),
      "/api/v1/namespaces/backstage/secrets": named("mapped", "other"),
    };
    const sync = { secrets: { "shared/*": "config/*", "backstage/mapped": "backstage/mapped" } };
    await (
      await check({}, true, { sync })
    ).result;
    const found = warnings.filter((message) => message.includes("service-account-token"));
    assert.equal(found.length, 1);
    assert.match(
      found[0] ?? "",
      /: backstage\/mapped, shared\/bot, shared\/backup\. Fix: .*label secret mapped vcluster\.loft\.sh\/managed-by=host/,
    );
    const [query = ""] = asked.filter((url) => url.startsWith("/api/v1/namespaces/shared/secrets"));
    assert.match(
      decodeURIComponent(query),
      /fieldSelector=type=kubernetes\.io\/service-account-token&labelSelector=!vcluster\.loft\.sh\/managed-by/,
    );
  });

  it("says nothing of tokens where there are none, or where Secrets may not be listed", async () => {
    const sync = { secrets: { "shared/*": "config/*" } };
    for (const status of [200, 403]) {
      secrets = status;
      await (
        await check({}, true, { sync })
      ).result;
    }
    assert.deepEqual(
      warnings.filter((message) => message.includes("service-account-token")),
      [],
    );
  });

  it("names Applications that the update deletes with what they deployed, such as under their names before", async () => {
    secrets = 200;
    const metadata = (name: string, namespace = "argocd") => ({ metadata: { name, namespace } });
    lists = {
      "/apis/argoproj.io/v1alpha1/applications": [
        metadata("web-dev"),
        metadata("api-dev"),
        metadata("api-dev", "gitops"),
      ],
    };
    const applications = { api: { repository: "https://git.example.org/a.git", path: "." } };
    await (
      await check({}, true, { applications })
    ).result;
    const found = warnings.filter((message) => message.startsWith("This update deletes the Application"));
    assert.deepEqual(
      found.map((message) => message.split(" ")[5]),
      ["argocd/web-dev", "gitops/api-dev"],
    );
    assert.match(found[0] ?? "", /volumes included.*kubectl -n argocd patch application web-dev .*"finalizers":null/);
    const [query = ""] = asked.filter((url) => url.includes("labelSelector"));
    assert.match(decodeURIComponent(query), /labelSelector=vcluster-environments\/environment=dev&/);
  });

  describe("with a host that another environment claims", () => {
    const ingress = (namespace: string, host: string) => ({
      metadata: { name: "web", namespace },
      spec: { rules: [{ host }] },
    });
    const claims = (...served: JsonObject[]) => {
      secrets = 200;
      lists = {
        "/apis/networking.k8s.io/v1/ingresses": [
          ingress("other-vcluster", "dev-vcluster.example.org"),
          ingress("other-vcluster", "shop-dev.example.org"),
          ...served,
        ],
      };
    };

    it("stops before the environment has a route", async () => {
      claims();
      const running = check({}, true).then(({ result }) => result);
      await assert.rejects(running, /"dev-vcluster\.example\.org".*\[hostname-in-use\][^]*"shop-dev\.example\.org"/);
    });

    it("stops where the environment serves another host so far", async () => {
      claims(ingress("dev-vcluster", "dev-vcluster.example.com"));
      const running = check({}, true).then(({ result }) => result);
      await assert.rejects(running, /\[hostname-in-use\]/);
    });

    it("goes on with a warning where the environment serves its host: no tenant can hold its updates up", async () => {
      claims(ingress("dev-vcluster", "dev-vcluster.example.org"));
      await (
        await check({}, true)
      ).result;
      const found = warnings.filter((message) => message.startsWith("Ingress other-vcluster/web"));
      assert.equal(found.length, 2, warnings.join("\n"));
      assert.match(found[0] ?? "", /already uses the host name "dev-vcluster\.example\.org"\. Fix: /);
    });
  });

  it("stops, with nothing changed, where Helm would take another Secret for its record, or cannot read one", async () => {
    secrets = 404;
    const own = "sh.helm.release.v1.vcluster-dev-helm.v";
    const forged = { version: 9999, manifest: JSON.stringify({ kind: "ClusterRole", metadata: { name: "admin" } }) };
    for (const [name, release, code] of [
      [`${own}7-x-default-x-vcluster-dev-helm`, encodeRelease(forged), "helm-record-foreign"],
      [`${own}8`, "eA==", "helm-record-unreadable"],
    ] as const) {
      objects = {
        "/api/v1/namespaces/dev-vcluster/secrets": {
          items: [
            { metadata: { name: `${own}6` }, data: { release: encodeRelease({ version: 6 }) } },
            { metadata: { name }, data: { release } },
          ],
        },
      };
      deleted = [];
      for (const preview of [true, false]) {
        const running = check({}, preview).then(({ result }) => result);
        await assert.rejects(running, new RegExp(`: ${name}\\. .*delete secret ${name}.*\\[${code}\\]$`));
      }
      assert.deepEqual(deleted, []);
    }
  });

  it("refuses alone, in a namespace of its own, what no upgrade of the release can restore, with the deletion that helps", async () => {
    secrets = 404;
    const name = "sh.helm.release.v1.vcluster-dev-helm.v6";
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "vc-dev", namespace: "dev-vcluster" },
    };
    const manifest = JSON.stringify({ ...binding, roleRef: { name: "vc-dev" } });
    const release = encodeRelease({ version: 6, manifest, info: { status: "deployed" } });
    const problems = async (identity: string) => {
      objects = {
        "/api/v1/namespaces/dev-vcluster": {
          metadata: { name: "dev-vcluster", annotations: { "vcluster-environments/identity": identity } },
        },
        "/api/v1/namespaces/dev-vcluster/secrets": { items: [{ metadata: { name }, data: { release } }] },
        "/apis/rbac.authorization.k8s.io/v1": {
          resources: [{ name: "rolebindings", kind: "RoleBinding", namespaced: true }] as never,
        },
        "/rolebindings/vc-dev": { ...binding, roleRef: { name: "S3CR3T" } },
        // Looks like a change of the configuration.
        "/statefulsets/vcluster-dev-helm": {
          metadata: { annotations: { "meta.helm.sh/release-name": "a" } },
          spec: { volumeClaimTemplates: [{ spec: { storageClassName: "other" } }] },
        },
      };
      const checked = check({}, false).then(({ result }) => result);
      return checked.then(
        () => [],
        (error: unknown) => (error as ConfigurationError).problems,
      );
    };
    const [refused, ...others] = await problems("own");
    assert.deepEqual([refused?.code, others], ["immutable-field", []]);
    assert.match(refused?.fix ?? "", /^`kubectl delete RoleBinding vc-dev -n dev-vcluster`, then update again/);
    assert.doesNotMatch(JSON.stringify(refused), /S3CR3T/);
    const codes = (await problems("another")).map(({ code }) => code);
    assert.ok(!codes.includes("immutable-field") && codes.includes("namespace-in-use"), codes.join());
  });

  it("goes on with a warning where only the manifest in a record cannot be read, and shows nothing of it", async () => {
    secrets = 404;
    const name = "sh.helm.release.v1.vcluster-dev-helm.v6";
    const release = encodeRelease({ version: 6, manifest: "a: !own S3CR3T", info: { status: "deployed" } });
    objects = {
      "/api/v1/namespaces/dev-vcluster/secrets": { items: [{ metadata: { name }, data: { release } }] },
    };
    await check({}, true).then(({ result }) => result);
    const text = warnings.join("\n");
    const said = `Could not read the Helm release \\(no YAML: the manifest in ${name}\\) on the host: the checks are`;
    assert.match(text, new RegExp(said));
    assert.doesNotMatch(text, /S3CR3T|delete secret/);
  });

  describe("with a configuration Secret of the control plane that others have changed", () => {
    const name = "sh.helm.release.v1.vcluster-dev-helm.v1";
    const kept = { kind: "Secret", metadata: { name: "vc-config-vcluster-dev-helm", namespace: "dev-vcluster" } };
    const ran = (replicas: number) =>
      chartValues(settings("dev", { domain: "example.org", controlPlane: { replicas } }), {});
    /** With these values in the Secret on the host, where Helm wrote others. */
    const checked = async (text: string, status: string, replicas = 1) => {
      secrets = 404;
      const data = (content: string) => ({ data: { "config.yaml": Buffer.from(content).toString("base64") } });
      const manifest = JSON.stringify({ apiVersion: "v1", ...kept, ...data(JSON.stringify(ran(1))) });
      const release = encodeRelease({ version: 1, manifest, info: { status } });
      const annotations = { "vcluster-environments/stack": "organization/vcluster-environments/dev" };
      objects = {
        "/api/v1/namespaces/dev-vcluster": { metadata: { name: "dev-vcluster", annotations } },
        "/api/v1/namespaces/dev-vcluster/secrets": {
          items: [{ metadata: { name, labels: { status } }, data: { release } }],
        },
        "/secrets/vc-config-vcluster-dev-helm": { ...kept, ...data(text) },
        "/api/v1": { resources: [{ name: "secrets", kind: "Secret", namespaced: true }] },
      };
      return check({}, true, { controlPlane: { replicas } }).then(({ result }) => result);
    };

    for (const [title, text] of [
      ["is no YAML", "a: [S3CR3T"],
      ["has a key twice", "a: S3CR3T\na: S3CR3T"],
      ["has another store", JSON.stringify(ran(3))],
    ] as const) {
      it(`repairs it and makes all other checks where it ${title}`, async () => {
        await checked(text, "deployed");
        const found = warnings.filter((line) => /^This update repairs the environment: .*vc-config/.test(line));
        assert.equal(found.length, 1, warnings.join("\n"));
        assert.doesNotMatch(warnings.join("\n"), /S3CR3T|could not be read|Could not read/);
        await assert.rejects(checked(text, "deployed", 3), /changing 1 to 3 .*\[replicas-change\]/);
      });
    }

    it("goes by the Secret after an upgrade that failed, which may have written it or not", async () => {
      await assert.rejects(checked(JSON.stringify(ran(3)), "failed"), /changing 3 to 1 .*\[replicas-change\]/);
      await checked("a: [S3CR3T", "failed");
      assert.match(warnings.join("\n"), /Could not read the running values \(no YAML\) on the host/);
      assert.doesNotMatch(warnings.join("\n"), /S3CR3T/);
    });
  });

  it("stops for a fault of its own, without what it read on the host", async () => {
    secrets = 404;
    lists = { "/api/v1/namespaces/dev-vcluster/secrets": [null as unknown as JsonObject] };
    const error: unknown = await check({}, true)
      .then(({ result }) => result)
      .catch((reason: unknown) => reason);
    assert.ok(RunError.isInstance(error), String(error));
    assert.match(error.message, /^What the host returned could not be read: TypeError\. .* following lines\.\n +at /);
    assert.doesNotMatch(error.message, /null|destructure/);
  });

  it("clears what a killed run has left of its own release, and refuses that of a namespace without its identity", async () => {
    secrets = 404;
    const release = { version: 1, info: { status: "pending-upgrade" } };
    const record = {
      metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v1", labels: { status: "pending-upgrade" } },
      data: { release: encodeRelease(release) },
    };
    const marked = (annotations: object) => {
      objects = {
        "/api/v1/namespaces/dev-vcluster": { metadata: { name: "dev-vcluster", annotations } },
        "/api/v1/namespaces/dev-vcluster/secrets": { items: [record] },
        "/secrets/sh.helm.release.v1.vcluster-dev-helm.v1": {},
      };
      deleted = [];
      return check({}, false).then(({ result }) => result);
    };
    await marked({ "vcluster-environments/identity": "own" });
    assert.deepEqual(deleted, ["/api/v1/namespaces/dev-vcluster/secrets/sh.helm.release.v1.vcluster-dev-helm.v1"]);
    const stack = { "vcluster-environments/stack": "organization/vcluster-environments/dev" };
    await assert.rejects(marked(stack), (error: ConfigurationError) => {
      assert.deepEqual(
        error.problems.map(({ code }) => code),
        ["release-pending"],
      );
      return true;
    });
    assert.deepEqual(deleted, []);
  });

  it("removes the records of a release that the state does not have in a namespace with its identity, and in no other", async () => {
    secrets = 404;
    const name = "sh.helm.release.v1.vcluster-dev-helm.v1";
    const release = encodeRelease({ version: 1, info: { status: "deployed" } });
    const records = {
      "/api/v1/namespaces/dev-vcluster/secrets": {
        items: [{ metadata: { name, labels: { status: "deployed" } }, data: { release } }],
      },
      [`/secrets/${name}`]: {},
    };
    const found = async (annotations: object | undefined, preview: boolean) => {
      state = { other: { type: "kubernetes:core/v1:Secret", outputs: {} } };
      const namespace = { metadata: { name: "dev-vcluster", annotations } };
      objects = { ...records, ...(annotations && { "/api/v1/namespaces/dev-vcluster": namespace }) };
      deleted = [];
      await check({}, preview).then(({ result }) => result);
      return deleted.length;
    };
    const stack = { "vcluster-environments/stack": "organization/vcluster-environments/dev" };
    assert.equal(await found({ "vcluster-environments/identity": "own" }, false), 1);
    assert.equal(await found(stack, false), 0, "one from before there were identities");
    assert.equal(await found(undefined, false), 0, "one that cannot be read");
    assert.equal(await found(stack, true), 0, "a preview");
  });

  it("names a claim that is being deleted, and refuses the update that would end it", async () => {
    secrets = 404;
    // What runs has the chart's own values too.
    const ofChart = { controlPlane: { statefulSet: { pods: { annotations: {} } } } };
    const running = (memory: string) =>
      merge(ofChart, chartValues(settings("dev", { domain: "example.org", controlPlane: { limits: { memory } } }), {}));
    objects = {
      "/statefulsets/vcluster-dev-helm": { metadata: { annotations: { "meta.helm.sh/release-name": "a" } } },
      "/persistentvolumeclaims/data-vcluster-dev-helm-0": {
        metadata: { name: "data-vcluster-dev-helm-0", deletionTimestamp: "2026-11-27T10:00:00Z" },
        spec: { resources: { requests: { storage: "5Gi" } } },
      },
    };
    const found = async (memory: string, allowDataLoss: boolean, preview = true) => {
      values = running(memory);
      const args = { controlPlane: { limits: { memory: "3Gi" } }, persistence: { allowDataLoss } };
      const checked = check({}, preview, args).then(({ result }) => result);
      return checked.then(
        () => [],
        (error: unknown) => (error as ConfigurationError).problems.map(({ code }) => code),
      );
    };
    assert.deepEqual(await found("3Gi", false), []);
    assert.deepEqual(await found("2Gi", false), ["volume-terminating"]);
    assert.deepEqual(await found("2Gi", true), []);

    // Helm was killed while it uninstalled, a moment ago: the pod is on its way without this update.
    const status = "pending-upgrade";
    const release = { version: 1, info: { status } };
    const name = "sh.helm.release.v1.vcluster-dev-helm.v1";
    delete objects["/statefulsets/vcluster-dev-helm"];
    objects["/api/v1/namespaces/dev-vcluster"] = {
      metadata: { name: "dev-vcluster", annotations: { "vcluster-environments/identity": "own" } },
    };
    objects["/api/v1/namespaces/dev-vcluster/secrets"] = {
      items: [{ metadata: { name, labels: { status } }, data: { release: encodeRelease(release) } }],
    };
    objects[`/secrets/${name}`] = {};
    warnings.length = 0;
    assert.deepEqual(await found("3Gi", false, false), []);
    assert.ok(
      warnings.some((line) => line.includes("[release-pending]")),
      warnings.join(),
    );
  });

  it("says what is gone with all objects of a virtual cluster, where the state has an environment", async () => {
    secrets = 404;
    const warned = async (state: string | undefined, found: Record<string, JsonObject>) => {
      [made, hostIs, objects, warnings.length] = [state, state, found, 0];
      lists = { "/api/v1/namespaces/dev-vcluster/secrets": [] };
      await check({}, false).then(({ result }) => result);
      [made, hostIs] = [undefined, undefined];
      return warnings.filter((line) => line.includes("empty virtual cluster"));
    };
    const namespace = {
      "/namespaces/dev-vcluster": {
        metadata: { name: "dev-vcluster", annotations: { "vcluster-environments/identity": "own" } },
      },
    };
    const claim = { "/persistentvolumeclaims/data-vcluster-dev-helm-0": { metadata: { name: "a" } } };
    const rest =
      "not on the host: this update starts an empty virtual cluster. The objects of one that was there are lost.";
    assert.deepEqual(await warned("uid", {}), [`The namespace dev-vcluster is ${rest}`]);
    assert.deepEqual(await warned("uid", namespace), [`The release vcluster-dev-helm and its volume are ${rest}`]);
    assert.deepEqual(await warned("uid", { ...namespace, ...claim }), []);
    assert.deepEqual(await warned(undefined, {}), []);
    // A first update that failed before the release, and one of another environment in the same stack.
    const of = { kubeconfig: "secret", namespace: "dev-vcluster" };
    for (const [outputs, count] of [
      [{}, 0],
      [{ ...of, namespace: "before-vcluster" }, 0],
      [{ namespace: "dev-vcluster", status: { status: "failed" } }, 0],
      [{ namespace: "dev-vcluster", status: { status: "deployed" } }, 1],
      [of, 1],
    ] as const) {
      state = { environment: { type: "vcluster-environments:index:Environment", outputs } };
      assert.equal((await warned("uid", {})).length, count);
      assert.equal((await warned("uid", namespace)).length, count);
    }
    state = undefined;
    // Without the right to read Secrets the namespace is known, and the release is not.
    secrets = 403;
    assert.deepEqual(await warned("uid", {}), [`The namespace dev-vcluster is ${rest}`]);
    assert.deepEqual(await warned("uid", namespace), []);
  });

  it("says that additions stay for one update where the release is there without a record of Helm", async () => {
    secrets = 404;
    lists = { "/api/v1/namespaces/dev-vcluster/secrets": [] };
    const metadata = { name: "dev-vcluster", annotations: { "vcluster-environments/identity": "own" } };
    const namespace = { "/namespaces/dev-vcluster": { metadata } };
    const byHelm = { annotations: { "meta.helm.sh/release-name": "vcluster-dev-helm" } };
    const set = { "/statefulsets/vcluster-dev-helm": { metadata: byHelm, status: { readyReplicas: 1 } } };
    const certificates = { "/secrets/vcluster-dev-helm-certs": {} };
    const warned = async (found: Record<string, JsonObject>) => {
      [made, hostIs, objects, warnings.length] = ["uid", "uid", found, 0];
      await check({}, false).then(({ result }) => result);
      [made, hostIs] = [undefined, undefined];
      return warnings.filter((line) => line.startsWith("Helm's records of the release vcluster-dev-helm are gone"));
    };
    assert.equal((await warned({ ...namespace, ...set, ...certificates })).length, 1);
    assert.deepEqual(await warned(namespace), []);
    // Without the right to read Secrets that is not known.
    [lists, secrets] = [{}, 403];
    assert.deepEqual(await warned({ ...namespace, ...set, ...certificates }), []);
  });

  it("says, in the update that creates an environment, that nothing will tell its host from others", async () => {
    secrets = 404;
    const warned = async (preview: boolean) => {
      warnings.length = 0;
      await check({}, preview).then(({ result }) => result);
      return warnings.filter((line) => line.endsWith("[host-uid-unreadable]")).length;
    };
    assert.deepEqual([await warned(true), await warned(false)], [1, 1]);
    [hostIs, made] = ["uid", undefined];
    assert.equal(await warned(false), 0);
    [hostIs, made] = [undefined, "uid"];
    const annotations = { "vcluster-environments/identity": "own" };
    objects = { "/namespaces/dev-vcluster": { metadata: { name: "dev-vcluster", annotations } } };
    assert.equal(await warned(false), 0);
    made = undefined;
    assert.equal(await warned(false), 0);
  });

  it("promises no repair of an API that does not answer where the readiness check is off", async () => {
    secrets = 404;
    const config = { bearerToken: "a.b.c", tlsClientConfig: { caData: "" } };
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const server = base64(resolve("dev", { domain: "example.invalid" }).names.inClusterUrl);
    const data = { server, config: base64(JSON.stringify(config)) };
    objects = {
      "/namespaces/argocd/secrets/dev-vcluster": { data },
      "/secrets/vcluster-dev-helm-certs": {},
      "/statefulsets/vcluster-dev-helm": { status: { readyReplicas: 1 } },
    };
    const args = { domain: "example.invalid", delivery: "argocd", readiness: { enabled: false } } as const;
    await check({}, true, args).then(({ result }) => result);
    const about = warnings.filter((line) => line.includes("unreachable"));
    assert.equal(about.length, 1, warnings.join("\n"));
    assert.match(about[0] ?? "", /^Argo CD's token was not checked: .* `make doctor` names the cause\.$/);
  });

  it("refuses what others have in Argo CD under the environment's names", async () => {
    secrets = 404;
    objects = {
      "/namespaces/argocd/secrets/dev-vcluster": { data: { server: "aHR0cHM6Ly9lbHNld2hlcmU=" } },
      "/namespaces/argocd/appprojects/dev-vcluster": { spec: { destinations: [{ server: "*" }] } },
      "/namespaces/argocd/applications/web-dev": { metadata: { name: "web-dev" }, spec: { destination: {} } },
    };
    const applications = { web: { repository: "https://git.example.org/a.git" } };
    const running = check({}, true, { applications }).then(({ result }) => result);
    await assert.rejects(running, (error: ConfigurationError) => {
      assert.deepEqual(
        error.problems.map(({ path, code }) => `${path}: ${code}`),
        [
          "environment: argocd-object-in-use",
          "environment: argocd-object-in-use",
          "applications.web: argocd-object-in-use",
        ],
      );
      return true;
    });
  });

  describe("with a host that is overloaded or faulty", () => {
    const ended = (preview: boolean) =>
      check({}, preview)
        .then(({ result }) => result)
        .catch((reason: unknown) => reason);

    for (const status of [429, 500, 503]) {
      it(`stops at a ${status}, and does not take it for a lack of permission`, async () => {
        secrets = status;
        for (const preview of [true, false]) {
          const error = await ended(preview);
          assert.ok(RunError.isInstance(error), String(error));
          assert.match(
            error.message,
            new RegExp(`faulty: .*the Helm release \\(${status}: .* run it again.*\\[host-busy\\]$`),
          );
        }
        assert.deepEqual(
          warnings.filter((message) => message.startsWith("No permission")),
          [],
        );
      });
    }

    it("stops where an answer does not come in time", async () => {
      requestMs = 300;
      hanging = true;
      const error = await ended(true);
      [requestMs, hanging] = [undefined, false];
      assert.ok(RunError.isInstance(error), String(error));
      assert.match(error.message, /faulty: GET \S+: no complete answer .* within 0\.3 s\. .*\[host-busy\]$/);
    });

    it("stops where the host has answered and refuses a connection then", async () => {
      const before = url;
      url = "http://127.0.0.1:1";
      const error = await ended(true);
      url = before;
      assert.ok(RunError.isInstance(error), String(error));
      assert.match(error.message, /faulty: connect ECONNREFUSED .*\[host-busy\]$/);
    });

    it("goes on with a warning where no connection from here is possible", async () => {
      const before = url;
      [url, answers] = ["http://127.0.0.1:1", false];
      assert.ok("transformations" in ((await ended(true)) as object));
      [url, answers] = [before, true];
      assert.match(warnings.join("\n"), /The host could not be read \(.*ECONNREFUSED/);
    });
  });

  it("fails where the credential plugin does, and does not print what it prints", async () => {
    const args = ["-e", "console.error('S3CR3T'); process.exit(3)"];
    const running = check({ exec: { command: process.execPath, args } }, false).then(({ result }) => result);
    const error: unknown = await running.catch((reason: unknown) => reason);
    assert.ok(RunError.isInstance(error));
    assert.match(error.message, /^The credential plugin \S+ failed: exit code 3\. .* \[credential-plugin\]$/);
    assert.doesNotMatch(error.message, /S3CR3T/);
  });
});
