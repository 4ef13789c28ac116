import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { ComponentResource, log, type Output, output } from "@pulumi/pulumi";

import { Environment } from "../../../../components";
import { attemptInto } from "../../../../components/kubernetes/attempt";
import { checkedIdentity, findNamespace, hostUid } from "../../../../components/kubernetes/find-namespace";
import { foreignObjects } from "../../../../components/kubernetes/foreign-objects";
import { owned } from "../../../../components/kubernetes/owned-by";
import { hostProblems, isOwn, ownershipProblems, randomIdentity } from "../../../../components/kubernetes/ownership";
import { resolve } from "../../../../components/resolve";
import { HostClient, HostError } from "../../../../host/client";
import type { Host } from "../../../../host/kubeconfig";
import { checkAgainstHost } from "../../../../preflight/preflight";
import { base64 } from "../../../../shared/base64";
import { ConfigurationError } from "../../../../shared/errors";
import type { JsonObject } from "../../../../shared/json";
import { outputs } from "../../../support/control-plane";
import { kubeconfigOf } from "../../../support/kubeconfig";
import { record, type Registration, value } from "../../../support/mocks";
import { listen, withBody } from "../../../support/servers";

const IDENTITY = "vcluster-environments/identity";
const STACK = "vcluster-environments/stack";
const NAME = "dev-vcluster";
const NAMESPACE = "kubernetes:core/v1:Namespace";
/** What the stand-in for the engine calls the stack, and the stand-in for the random provider returns. */
const OWNER = { stack: "organization/vcluster-environments/dev", identity: "1a2b3c4d" };

const namespace = (annotations: Record<string, string> = {}): JsonObject => ({ metadata: { name: NAME, annotations } });
const codes = (found: JsonObject | undefined, contents: string[] = []) =>
  ownershipProblems(NAME, { namespace: found, contents }, OWNER).map(({ path, code }) => `${path}: ${code}`);

describe("ownershipProblems", () => {
  const accepted: [string, JsonObject | undefined][] = [
    ["no namespace", undefined],
    ["an empty namespace without marks", namespace()],
    ["the owner's identity", namespace({ [STACK]: OWNER.stack, [IDENTITY]: OWNER.identity })],
    ["the owner's identity after the stack was renamed", namespace({ [STACK]: "a/b/c", [IDENTITY]: OWNER.identity })],
    ["the owner's stack, from before there were identities", namespace({ [STACK]: OWNER.stack })],
  ];
  for (const [title, found] of accepted) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(codes(found), []);
    });
  }

  const refused: [string, JsonObject][] = [
    ["another stack", namespace({ [STACK]: "organization/p/other" })],
    ["another stack of the same name", namespace({ [STACK]: OWNER.stack, [IDENTITY]: "another" })],
    ["an identity without a stack", namespace({ [IDENTITY]: "another" })],
  ];
  for (const [title, found] of refused) {
    it(`refuses the namespace of ${title}`, () => {
      assert.equal(isOwn(found, OWNER), false);
      assert.deepEqual(codes(found), ["environment: namespace-in-use"]);
    });
  }

  it("refuses a namespace that is not empty, and names what it holds", () => {
    const contents = ["ConfigMap a", "ConfigMap b", "ConfigMap c", "Secret d"];
    assert.deepEqual(codes(namespace(), contents), ["environment: namespace-not-empty"]);
    const [problem] = ownershipProblems(NAME, { namespace: namespace(), contents }, OWNER);
    assert.match(problem?.problem ?? "", /holds ConfigMap a, ConfigMap b, ConfigMap c and 1 more$/);
  });

  it("gives the command that adopts, after which the namespace is accepted", () => {
    const [problem] = ownershipProblems(NAME, { namespace: namespace({ [IDENTITY]: "x" }), contents: [] }, OWNER);
    const command = `kubectl annotate namespace ${NAME} --overwrite ${STACK}=${OWNER.stack} ${IDENTITY}-`;
    assert.ok(problem?.fix.includes(`\`${command}\``), problem?.fix);
    assert.deepEqual(codes(namespace({ [STACK]: OWNER.stack }), ["Pod a"]), []);
  });
});

describe("randomIdentity", () => {
  const identities = async (preview: boolean) => {
    const program = () => [randomIdentity("a", "uid").value, randomIdentity("b", undefined).value];
    const { result, registrations } = await record(program, { outputs, preview });
    return { values: await Promise.all(result.map((one: Output<string>) => value(one))), registrations };
  };

  it("is what the state has", async () => {
    const { values, registrations } = await identities(false);
    assert.deepEqual(values, [OWNER.identity, OWNER.identity]);
    const form = { length: 20, upper: false, special: false };
    const inputs = (of: string) => registrations.find(({ name }) => name === of)?.inputs;
    assert.deepEqual(inputs("a"), { ...form, keepers: { host: "uid" } });
    assert.deepEqual(inputs("b"), { ...form, keepers: {} });
  });

  it("keeps the host that it was made on", async () => {
    const kept = (registration: Registration) => ({ ...outputs(registration), keepers: { host: "first" } });
    const { result } = await record(() => [randomIdentity("a", "second")], { outputs: kept });
    assert.deepEqual(await Promise.all(result.map(({ madeOn }) => value(madeOn))), ["first"]);
    assert.deepEqual(
      hostProblems("first", "second").map(({ code }) => code),
      ["other-host"],
    );
    for (const [madeOn, host] of [["first", "first"], ["first"], [undefined, "second"]]) {
      assert.deepEqual(hostProblems(madeOn, host), []);
    }
  });

  it("is known at the first preview, and different each time", async () => {
    const { values } = await identities(true);
    assert.match(values[0] ?? "", /^[0-9a-f-]{36}$/);
    assert.notEqual(values[0], values[1]);
  });
});

describe("ownership on a host", function () {
  this.timeout(30_000);
  let server: Server;
  let host: Host;
  let kubeconfig: string;
  /** What the host has, by path; a number is a status. */
  let objects: Record<string, unknown>;

  before(async () => {
    server = createServer(
      withBody((request, _, response) => {
        const found = objects[(request.url ?? "").split("?")[0] ?? ""];
        const status = typeof found === "number" ? found : found === undefined ? 404 : 200;
        response.writeHead(status).end(JSON.stringify(status === 200 ? found : {}));
      }),
    );
    const url = `http://127.0.0.1:${await listen(server)}`;
    kubeconfig = kubeconfigOf(url);
    host = { server: url, origin: "a test", proxied: false, cluster: { server: url }, user: {} };
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    const resource = (name: string, kind: string, verbs = ["list"]) => ({ name, kind, namespaced: true, verbs });
    objects = {
      "/apis": { groups: [{ preferredVersion: { groupVersion: "apps/v1" } }] },
      "/api/v1": {
        resources: [
          resource("configmaps", "ConfigMap"),
          resource("serviceaccounts", "ServiceAccount"),
          resource("events", "Event"),
          resource("bindings", "Binding", ["create"]),
          { ...resource("nodes", "Node"), namespaced: false },
        ],
      },
      "/apis/apps/v1": { resources: [resource("deployments", "Deployment")] },
      [`/api/v1/namespaces/${NAME}`]: namespace(),
      [`/api/v1/namespaces/${NAME}/configmaps`]: { items: [{ metadata: { name: "kube-root-ca.crt", uid: "1" } }] },
      [`/api/v1/namespaces/${NAME}/serviceaccounts`]: { items: [{ metadata: { name: "default", uid: "2" } }] },
      [`/apis/apps/v1/namespaces/${NAME}/deployments`]: { items: [{ metadata: { name: "computed" } }] },
    };
  });
  const mark = (annotations: Record<string, string>) => {
    objects[`/api/v1/namespaces/${NAME}`] = namespace(annotations);
  };
  const fill = () => {
    objects[`/api/v1/namespaces/${NAME}/configmaps`] = { items: [{ metadata: { name: "keep", uid: "3" } }] };
  };

  describe("findNamespace", () => {
    const find = () => findNamespace(new HostClient(host), NAME);

    it("does not count what Kubernetes creates in every namespace", async () => {
      assert.deepEqual(await find(), { namespace: namespace(), contents: [] });
    });

    it("lists what an unmarked namespace holds", async () => {
      fill();
      assert.deepEqual((await find()).contents, ["ConfigMap keep"]);
    });

    it("counts what cannot be read as contents", async () => {
      objects[`/apis/apps/v1/namespaces/${NAME}/deployments`] = 403;
      const { contents } = await find();
      assert.match(contents.join(), /^objects that cannot be read: .*\/deployments cannot be read \(403\)/);
    });

    it("does not take an overloaded host for one with contents, or for another host", async () => {
      objects[`/apis/apps/v1/namespaces/${NAME}/deployments`] = 429;
      await assert.rejects(find(), { status: 429 });
      objects["/api/v1/namespaces/kube-system"] = 503;
      await assert.rejects(hostUid(new HostClient(host)), /\[host-busy\]/);
      objects["/api/v1/namespaces/kube-system"] = 403;
      assert.equal(await hostUid(new HostClient(host)), undefined);
    });

    it("asks for the uid again, after pauses, where the host does not answer, and not where it refuses", async () => {
      const cause = Object.assign(new Error("refused"), { syscall: "connect" });
      const uid = (...answers: (number | undefined | string)[]) => {
        const find = () => {
          const answer = answers.shift();
          if (typeof answer === "string") return Promise.resolve({ metadata: { uid: answer } });
          return Promise.reject(new HostError("no", answer, answer === undefined ? { cause } : {}));
        };
        return hostUid({ find } as unknown as HostClient, [1, 1]);
      };
      assert.equal(await uid(undefined, undefined, "uid"), "uid");
      assert.equal(await uid(undefined, undefined, undefined, "uid"), undefined);
      assert.equal(await uid(403, "uid"), undefined);
    });

    it("reads the uid on a host that starts to listen in between", async () => {
      const answer = JSON.stringify({ metadata: { uid: "uid" } });
      const late = createServer((_, response) => response.end(answer));
      const port = await listen(late);
      await new Promise((done) => late.close(done));
      const api = new HostClient({ ...host, server: `http://127.0.0.1:${port}` });
      const uid = hostUid(api, [200, 600]);
      await sleep(400);
      late.listen(port, "127.0.0.1");
      const found = await uid;
      late.closeAllConnections();
      late.close();
      assert.equal(found, "uid");
    });

    it("reads nothing of a namespace that is marked or missing", async () => {
      fill();
      mark({ [STACK]: "somebody" });
      assert.deepEqual((await find()).contents, []);
      objects = {};
      assert.deepEqual(await find(), { namespace: undefined, contents: [] });
    });
  });

  describe("foreignObjects", () => {
    const sync = { secrets: { "shared/*": "config/*" } };
    const role = "/apis/rbac.authorization.k8s.io/v1/namespaces/shared/roles/vcluster-dev-helm";
    const find = async (unreadable: string[] = []) => {
      const env = resolve("dev", { domain: "example.org", sync });
      return foreignObjects(new HostClient(host), env, attemptInto(unreadable));
    };

    it("finds what another owner has under the name of each object that the namespace owns", async () => {
      const env = resolve("dev", { domain: "example.org", sync });
      const places = owned(env).filter(({ kind, made }) => made && kind !== "AppProject");
      for (const { path, name } of places) objects[path] = { metadata: { name } };
      assert.equal((await find()).length, places.length);
      const { registrations } = await record(() => new Environment("dev", { domain: "example.org", sync }), {
        outputs,
      });
      const declared = registrations.flatMap(({ type, inputs }) => {
        const { name = "", ownerReferences } = (inputs["metadata"] ?? {}) as {
          name?: string;
          ownerReferences?: object[];
        };
        const [, kind = ""] = /^kubernetes:.*:(\w+)$/.exec(type) ?? [];
        return ownerReferences === undefined || kind === "AppProject" ? [] : [`${kind} ${name}`];
      });
      assert.deepEqual(places.map(({ kind, name }) => `${kind} ${name}`).sort(), declared.sort());
    });

    it("names the object and the command that deletes it", async () => {
      objects[role] = { metadata: { annotations: { "pulumi.com/patchForce": "true" } } };
      const [problem] = await find();
      assert.equal(
        problem?.problem,
        'the Role "shared/vcluster-dev-helm" on the host was not made by this environment',
      );
      assert.match(problem.fix, /`kubectl -n shared delete role vcluster-dev-helm`$/);
    });

    it("lets the environment have its own, also with marks or an owner that were changed by hand", async () => {
      const annotations = { "pulumi.com/patchForce": "true", "pulumi.com/deletionPropagationPolicy": "background" };
      // Version 0.1.0 gave them one annotation and no owner.
      const first = { "pulumi.com/deletionPropagationPolicy": "background" };
      const owner = { ownerReferences: [{ kind: "Namespace", name: NAME }] };
      for (const metadata of [{ annotations }, { annotations: first }, owner]) {
        objects[role] = { metadata };
        assert.deepEqual(await find(), []);
      }
      objects[role] = { metadata: { ownerReferences: [{ kind: "Namespace", name: "other" }] } };
      assert.equal((await find()).length, 1);
    });

    it("reports what may not be read, and stops at a host that is overloaded", async () => {
      objects[role] = 403;
      const unreadable: string[] = [];
      assert.deepEqual([await find(unreadable), unreadable], [[], ["the Role (403)"]]);
      objects[role] = 429;
      await assert.rejects(find(), /\[host-busy\]/);
    });
  });

  /** Codes of the errors that a program ends with, and what it registered until then. */
  async function attempt(
    program: () => unknown,
    expected?: RegExp,
    madeOn?: string,
  ): Promise<{ found: string[]; registrations: Registration[] }> {
    const registrations: Registration[] = [];
    const observed = (registration: Registration) => {
      registrations.push(registration);
      const kept = /RandomString$/.test(registration.type) && madeOn !== undefined;
      return { ...outputs(registration), ...(kept && { keepers: { host: madeOn } }) };
    };
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    try {
      // An error in an output ends a program; here, what waits for the output would wait for ever.
      const thrown = new Promise((fail) => process.on("unhandledRejection", fail));
      const run = record(program, { outputs: observed }).then(() => undefined);
      const error = await Promise.race([thrown, run.catch((reason: unknown) => reason)]);
      if (expected !== undefined) assert.match(String(error), expected);
      else assert.ok(error === undefined || error instanceof ConfigurationError, String(error));
      await sleep(200); // Every resource that waits for the output fails with the same error.
      const problems = error instanceof ConfigurationError ? error.problems : [];
      return { found: problems.map(({ code }) => code), registrations };
    } finally {
      process.removeAllListeners("unhandledRejection");
      for (const other of others) process.on("unhandledRejection", other);
    }
  }

  describe("preflight", () => {
    const preflight = () =>
      attempt(async () => {
        const env = resolve("dev", { domain: "example.org" });
        await checkAgainstHost(env, new HostClient(host), randomIdentity("identity", undefined));
      });

    it("accepts the stack's own namespace, and one from before there were identities", async () => {
      mark({ [STACK]: OWNER.stack, [IDENTITY]: OWNER.identity });
      assert.deepEqual((await preflight()).found, []);
      mark({ [STACK]: OWNER.stack });
      assert.deepEqual((await preflight()).found, []);
    });

    it("refuses the namespace of a stack of the same name in another backend", async () => {
      mark({ [STACK]: OWNER.stack, [IDENTITY]: "another" });
      const { found, registrations } = await preflight();
      assert.deepEqual(found, ["namespace-in-use"]);
      assert.deepEqual(
        registrations.map(({ name }) => name),
        ["identity"],
      );
    });

    it("refuses another host than the identity's, and says nothing else", async () => {
      fill();
      const identity = { value: output(OWNER.identity), madeOn: output("first"), usedOn: output("second") };
      const env = resolve("dev", { domain: "example.org" });
      const { found } = await attempt(() => checkAgainstHost(env, new HostClient(host), identity));
      assert.deepEqual(found, ["other-host"]);
    });

    it("refuses a host that may be another one, unless the namespace with its identity is there", async () => {
      const identity = { value: output(OWNER.identity), madeOn: output("first"), usedOn: output(undefined) };
      const env = resolve("dev", { domain: "example.org" });
      const check = () => attempt(() => checkAgainstHost(env, new HostClient(host), identity));
      const path = `/api/v1/namespaces/${NAME}`;
      for (const [found, expected] of [
        [undefined, ["other-host"]],
        [namespace(), ["other-host"]],
        [namespace({ [STACK]: OWNER.stack }), ["other-host"]],
        [namespace({ [IDENTITY]: "another" }), ["other-host"]],
        [namespace({ [IDENTITY]: OWNER.identity }), []],
        [403, []],
      ] as const) {
        objects[path] = found;
        assert.deepEqual((await check()).found, expected, JSON.stringify(found));
      }
      // The environment had another name before; of the stack's name alone, another host may have one too.
      objects[path] = undefined;
      for (const [annotations, expected] of [
        [{ [STACK]: OWNER.stack }, ["other-host"]],
        [{ [STACK]: OWNER.stack, [IDENTITY]: OWNER.identity }, []],
      ] as const) {
        const labels = { "vcluster-environments/environment": "before" };
        objects["/api/v1/namespaces"] = { items: [{ metadata: { name: "before-vcluster", labels, annotations } }] };
        assert.deepEqual((await check()).found, expected, JSON.stringify(annotations));
      }
    });

    it("refuses an object of another owner, or another host, where the rest cannot be read", async () => {
      // An answer that is larger than what is read is neither a lack of permission nor an overloaded host.
      objects["/api/v1/namespaces"] = { items: [], padding: "a".repeat(1_000) };
      const check = (madeOn: string | undefined) => {
        const identity = { value: output(OWNER.identity), madeOn: output(madeOn), usedOn: output("second") };
        const env = resolve("dev", { domain: "example.org" });
        return attempt(() => checkAgainstHost(env, new HostClient(host, { bytes: 900 }), identity));
      };
      objects["/apis/scheduling.k8s.io/v1/priorityclasses/vcluster-dev-helm"] = {};
      assert.deepEqual((await check("second")).found, ["host-object-in-use"]);
      assert.deepEqual((await check("first")).found, ["other-host"]);
    });

    it("refuses an object of another owner outside of the namespace, with a name of the environment", async () => {
      const name = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/dev-vcluster-synced-objects";
      objects[name] = {};
      mark({ [IDENTITY]: OWNER.identity });
      assert.deepEqual((await preflight()).found, ["host-object-in-use"]);
    });

    it("refuses a namespace that is unmarked and not empty", async () => {
      fill();
      assert.deepEqual((await preflight()).found, ["namespace-not-empty"]);
    });
  });

  describe("component", () => {
    let before: string | undefined;
    beforeEach(() => {
      before = process.env["KUBECONFIG"];
      process.env["KUBECONFIG"] = kubeconfig;
    });
    afterEach(() => {
      process.env["KUBECONFIG"] = before;
    });
    const component = (expected?: RegExp) => attempt(() => new Environment("dev", { domain: "example.org" }), expected);
    const made = (registrations: Registration[]) =>
      registrations
        .filter(({ type, id }) => type.startsWith("kubernetes:") && id === undefined)
        .map(({ name }) => name);

    for (const [title, prepare, code] of [
      [
        "of another environment",
        () => {
          mark({ [STACK]: OWNER.stack, [IDENTITY]: "another" });
        },
        "namespace-in-use",
      ],
      ["that is unmarked and not empty", fill, "namespace-not-empty"],
    ] as const) {
      it(`registers nothing on the host with a namespace ${title}`, async () => {
        prepare();
        const { found, registrations } = await component();
        assert.deepEqual(found, [code]);
        assert.deepEqual(made(registrations), []);
      });
    }

    const elsewhere = { data: { server: "aHR0cHM6Ly9lbHNld2hlcmU=" } };
    const path = (kind: string) => `/apis/argoproj.io/v1alpha1/namespaces/argocd/${kind}`;
    for (const [title, taken, code] of [
      ["a cluster Secret", { "/api/v1/namespaces/argocd/secrets/dev-vcluster": elsewhere }, "argocd-object-in-use"],
      [
        "another cluster in Argo CD",
        {
          "/api/v1/namespaces/argocd/secrets": {
            items: ["dev-vcluster", "theirs"].map((name) => ({
              metadata: { name },
              data: { name: base64("dev-vcluster") },
            })),
          },
        },
        "argocd-object-in-use",
      ],
      ["an AppProject", { [`${path("appprojects")}/dev-vcluster`]: {} }, "argocd-object-in-use"],
      [
        "an Application",
        { [`${path("applications")}/web-dev`]: { metadata: { name: "web-dev" }, spec: { destination: {} } } },
        "argocd-object-in-use",
      ],
      [
        "an object of the whole host",
        { "/apis/scheduling.k8s.io/v1/priorityclasses/vcluster-dev-helm": {} },
        "host-object-in-use",
      ],
    ] as const) {
      it(`registers nothing on the host where another owner has ${title} with its name`, async () => {
        objects = taken;
        const applications = { web: { repository: "https://git.example.org/a.git" } };
        const { found, registrations } = await attempt(
          () => new Environment("dev", { domain: "example.org", applications }),
        );
        assert.deepEqual(found, [code]);
        assert.deepEqual(made(registrations), []);
      });
    }

    it("registers everything where those cannot be read", async () => {
      mark({ [IDENTITY]: OWNER.identity });
      objects["/apis/scheduling.k8s.io/v1/priorityclasses/vcluster-dev-helm"] = 403;
      objects["/api/v1/namespaces/argocd/secrets/dev-vcluster"] = 403;
      objects["/api/v1/namespaces/argocd/secrets"] = 403;
      const { found, registrations } = await component();
      assert.deepEqual(found, []);
      assert.ok(made(registrations).length > 20);
    });

    it("registers everything with a namespace of its own", async () => {
      mark({ [IDENTITY]: OWNER.identity });
      const { found, registrations } = await component();
      assert.deepEqual(found, []);
      assert.ok(made(registrations).length > 20);
      const own = registrations.find(({ type, name }) => type === NAMESPACE && name === "dev-namespace");
      assert.deepEqual(own?.dependsOn, ["dev-identity"]);
    });

    it("registers nothing on a host that may be another one, unless the namespace with its identity is there", async () => {
      const program = () => new Environment("dev", { domain: "example.org" });
      objects = { "/api/v1/namespaces/kube-system": 403 };
      const elsewhere = await attempt(program, undefined, "first");
      assert.deepEqual([elsewhere.found, made(elsewhere.registrations)], [["other-host"], []]);
      mark({ [STACK]: OWNER.stack, [IDENTITY]: OWNER.identity });
      const own = await attempt(program, undefined, "first");
      assert.deepEqual(own.found, []);
      assert.ok(made(own.registrations).length > 20);
      objects[`/api/v1/namespaces/${NAME}`] = 403;
      assert.deepEqual((await attempt(program, undefined, "first")).found, []);
    });

    it("leaves it to the provider to report a host that is out of reach, and says what was not checked", async () => {
      process.env["KUBECONFIG"] = kubeconfigOf("http://127.0.0.1:1");
      const warn = Object.getOwnPropertyDescriptor(log, "warn");
      const warnings: string[] = [];
      const note = (message: string) => Promise.resolve(void warnings.push(message));
      Object.defineProperty(log, "warn", { value: note, configurable: true });
      const env = resolve("dev", { domain: "example.org" });
      const program = () => checkedIdentity("identity", env, new ComponentResource("a:b:C", "c"), [1, 1]);
      try {
        for (const [madeOn, expected] of [
          [undefined, [/^Whose namespace dev-vcluster is was not checked: .*ECONNREFUSED/, /\[host-uid-unreadable\]$/]],
          ["first", [/^Whose namespace/]],
        ] as const) {
          warnings.length = 0;
          const { result } = await record(program, {
            outputs: (one) => ({ ...outputs(one), ...(madeOn && { keepers: { host: madeOn } }) }),
          });
          assert.equal(await value(result), OWNER.identity);
          const found = warnings.filter((line) => !line.startsWith("Could not read"));
          assert.equal(found.length, expected.length, warnings.join("\n"));
          for (const [index, line] of found.entries()) assert.match(line, expected[index] as RegExp);
        }
      } finally {
        if (warn) Object.defineProperty(log, "warn", warn);
      }
    });

    it("registers nothing on the host while that is overloaded", async () => {
      objects = Object.fromEntries([[`/api/v1/namespaces/${NAME}`, 429]]);
      const { found, registrations } = await component(/\[host-busy\]/);
      assert.deepEqual(found, []);
      assert.deepEqual(made(registrations), []);
    });

    it("leaves it to the host's conflict where the host cannot be read", async () => {
      objects = Object.fromEntries([[`/api/v1/namespaces/${NAME}`, 403]]);
      const { found, registrations } = await component();
      assert.deepEqual(found, []);
      assert.ok(made(registrations).length > 20);
    });
  });
});
