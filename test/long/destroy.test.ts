import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1Namespace } from "@kubernetes/client-node";

import { addHostNames } from "../../local/hosts-file";
import { checkoutDir } from "../../shared/checkout";
import { exec, type ExecResult, succeeded } from "../../shared/exec";
import { table } from "../../shared/table";
import type { Names } from "../../components/names";
import { Cluster, reference, type Reference } from "../../testing/cluster";
import { Stack } from "../../testing/pulumi";
import { application } from "../support/argocd";
import { namesOf } from "../support/environments";
import { type Fault, FaultyHost } from "../support/faulty-host";
import { namedAfter, nothingNamedAfter } from "../support/leftovers";
import { keepResult } from "../support/results";

const name = "gone";
const { namespace, release, argocdCluster, priorityClass, admissionPolicy, inClusterUrl: server } = namesOf(name);
const minutes = 60_000;
const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
};
/** An Application that never becomes healthy. */
const broken = {
  ...config,
  applications: { web: { repository: "https://git.invalid/none.git" } },
  argocd: { syncTimeoutSeconds: 10, deleteTimeoutSeconds: 60 },
};
const POD = { containers: [{ name: "main", image: "example.org/none" }] };
/** Fails every change of the environment's PriorityClass with 500, as a webhook does whose server is down. */
const webhook = {
  ...reference("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "long-destroy"),
  webhooks: [
    {
      name: "long-destroy.example.org",
      clientConfig: { url: "https://127.0.0.1:1/" },
      rules: [
        {
          apiGroups: ["scheduling.k8s.io"],
          apiVersions: ["*"],
          operations: ["UPDATE"],
          resources: ["priorityclasses"],
        },
      ],
      matchConditions: [{ name: "own", expression: `object.metadata.name == '${priorityClass}'` }],
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      timeoutSeconds: 5,
    },
  ],
};
/** Lines for bash: Helm's records of the release, as arguments of kubectl, and what is done to them. */
const withRecords = (command: string) =>
  `kubectl -n ${namespace} get secrets -l owner=helm,name=${release} -o name | xargs -r kubectl -n ${namespace} ${command}`;
const quiet = ["--yes", "--non-interactive", "--color", "never", "--stack", name];

/**
 * Another team's environment, as far as a destroy of one with its names could delete it: a release by Helm itself with a
 * volume claim, and what is beside the namespace.
 *
 * @returns the objects with their uids
 */
async function sameNames(cluster: Cluster, names: Names, kubeconfig: string): Promise<Map<Reference, string>> {
  const chart = fs.mkdtempSync(path.join(os.tmpdir(), "long-destroy-chart-"));
  const { namespace, release, priorityClass, workloadPriorityClass, admissionPolicy, hostPolicy } = names;
  const admission = "admissionregistration.k8s.io/v1";
  const labels = { app: "theirs" };
  const released: (Reference & Record<string, unknown>)[] = [
    {
      ...reference("apps/v1", "StatefulSet", release, namespace),
      spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: POD } },
    },
    {
      ...reference("v1", "PersistentVolumeClaim", names.volumeClaim, namespace),
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    },
    { ...reference("rbac.authorization.k8s.io/v1", "ClusterRole", `vc-${release}-v-${namespace}`), rules: [] },
  ];
  const beside: (Reference & Record<string, unknown>)[] = [
    { ...reference("v1", "Namespace", namespace) },
    ...[priorityClass, workloadPriorityClass].map((one) => ({
      ...reference("scheduling.k8s.io/v1", "PriorityClass", one),
      value: 0,
    })),
    ...[admissionPolicy, hostPolicy].flatMap((one) => [
      {
        ...reference(admission, "ValidatingAdmissionPolicy", one),
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: ["example.org"], apiVersions: ["*"], operations: ["CREATE"], resources: ["*"] },
            ],
          },
          validations: [{ expression: "true" }],
        },
      },
      {
        ...reference(admission, "ValidatingAdmissionPolicyBinding", one),
        spec: { policyName: one, validationActions: ["Deny"] },
      },
    ]),
  ];
  fs.mkdirSync(path.join(chart, "templates"));
  fs.writeFileSync(path.join(chart, "Chart.yaml"), "apiVersion: v2\nname: theirs\nversion: 0.1.0\n");
  for (const [index, object] of released.entries()) {
    fs.writeFileSync(path.join(chart, "templates", `${index}.yaml`), JSON.stringify(object));
  }
  for (const object of beside) await cluster.apply(object);
  const args = ["install", release, chart, "--namespace", namespace, "--kubeconfig", kubeconfig];
  succeeded(await exec("helm", args, { timeoutMs: minutes }));
  fs.rmSync(chart, { recursive: true });
  const record = reference("v1", "Secret", `sh.helm.release.v1.${release}.v1`, namespace);
  const found = new Map<Reference, string>();
  for (const object of [...beside, ...released, record]) {
    const { uid } = (await cluster.get(object))?.metadata ?? {};
    assert.ok(uid, `${object.kind} ${object.metadata.name}`);
    found.set(object, uid);
  }
  return found;
}

describe("destroy", function () {
  this.timeout(30 * minutes);
  const host = Cluster.host();
  const foreign = application("long-destroy-foreign");
  /** What was run, how it ended, and how long it took; rows of the table. */
  const results: [string, string, string, string][] = [];
  let scratch: string;
  let env: NodeJS.ProcessEnv;
  let stack: Stack;

  before(async () => {
    addHostNames([name]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-destroy-"));
    fs.mkdirSync(path.join(scratch, "state"));
    env = { ...process.env, PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}` };
    stack = await Stack.open(name, { config, env });
  });
  after(async () => {
    const text = table([["run", "exit code", "seconds", "then"], ...results], [1, 2]);
    keepResult("destroy", {
      title: "Destroy, and `up`, with hosts that are wrong, faulty or gone",
      text,
      data: results,
    });
    await host.remove(foreign, webhook);
    await stack.destroy();
    fs.rmSync(path.join(checkoutDir, `Pulumi.${name}.yaml`), { force: true });
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  const exported = async () => succeeded(await stack.run(["stack", "export", "--stack", name])).stdout;
  async function resources(): Promise<unknown[]> {
    return (JSON.parse(await exported()) as { deployment: { resources?: unknown[] } }).deployment.resources ?? [];
  }
  async function nothingIsLeft(): Promise<void> {
    assert.deepEqual(await resources(), []);
    assert.equal(await host.get(reference("v1", "Namespace", namespace)), undefined);
    assert.equal(await host.get(reference("v1", "Secret", argocdCluster, "argocd")), undefined);
    await nothingNamedAfter(host, name);
    then("nothing is left on the host and in the state");
  }
  /** Says in the table what was seen after the last run. */
  function then(what: string): void {
    const last = results.at(-1);
    if (last) last[3] = what;
  }
  /** Runs Pulumi, and keeps how long it took. */
  async function timed(title: string, args: string[], cwd = checkoutDir, more: NodeJS.ProcessEnv = {}) {
    const result = await exec("pulumi", args, { cwd, env: { ...env, ...more }, timeoutMs: 15 * minutes });
    results.push([title, String(result.exitCode), (result.elapsedMs / 1000).toFixed(0), ""]);
    console.log(`      ${title}: exit ${result.exitCode} after ${(result.elapsedMs / 1000).toFixed(0)} s`);
    return result;
  }
  const failed = (result: ExecResult, message: RegExp) => {
    assert.notEqual(result.exitCode, 0, result.output);
    // Pulumi breaks lines of a diagnostic, and indents them.
    assert.match(result.output.replace(/\s+/g, " "), message);
  };

  it("works from a fresh clone without node_modules", async () => {
    succeeded(await stack.operate("up"));
    const clone = path.join(scratch, "clone");
    succeeded(await exec("git", ["clone", "--quiet", checkoutDir, clone], { timeoutMs: minutes }));
    fs.copyFileSync(stack.file, path.join(clone, `Pulumi.${name}.yaml`));
    // By which Kubernetes would delete them after the namespace.
    for (const object of [
      reference("scheduling.k8s.io/v1", "PriorityClass", priorityClass),
      reference("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", admissionPolicy),
      reference("argoproj.io/v1alpha1", "AppProject", argocdCluster, "argocd"),
    ]) {
      await host.merge(object, { metadata: { ownerReferences: null } });
    }
    succeeded(await timed("fresh clone, owners removed by hand", ["destroy", ...quiet], clone));
    await nothingIsLeft();
  });

  it("works from a folder with two lines of Pulumi.yaml", async () => {
    succeeded(await stack.operate("up"));
    const folder = path.join(scratch, "folder");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: vcluster-environments\nruntime: nodejs\n");
    succeeded(await timed("only a project's name", ["destroy", ...quiet], folder));
    await nothingIsLeft();
  });

  it("stops before the namespace goes where the host does not let an owner be given back, and leaves nothing afterwards", async () => {
    succeeded(await stack.operate("up"));
    await host.merge(reference("scheduling.k8s.io/v1", "PriorityClass", priorityClass), {
      metadata: { ownerReferences: null },
    });
    await host.apply(webhook);
    const change = `/apis/scheduling.k8s.io/v1/priorityclasses/${priorityClass}?dryRun=All`;
    await host.waitFor(async () => (await host.send("PATCH", change, { description: "none" })).status === 500, {
      what: "the webhook to fail",
      timeoutMs: 30_000,
      namespace,
    });
    const args = ["destroy", ...stack.target(), "--yes"];
    failed(await timed("owner removed by hand, webhook down", args), /may be left: .*webhook.*\[owner-not-restored\]/);
    assert.ok(await host.get(reference("v1", "Namespace", namespace)));
    then("the namespace is still there");
    await host.remove(webhook);
    succeeded(await timed("owner removed by hand, webhook removed", args));
    await nothingIsLeft();
  });

  for (const [title, command, ...more] of [
    ["records deleted by hand", "delete"],
    // A refresh fails on them.
    ["records damaged", `patch --type merge -p '{"data":{"release":"eA=="}}'`, "--refresh=false"],
  ] as const) {
    it(`leaves no ClusterRole of the release without Helm's records: ${title}`, async () => {
      succeeded(await stack.operate("up"));
      succeeded(await exec("bash", ["-eo", "pipefail", "-c", withRecords(command)], { timeoutMs: minutes }));
      succeeded(await timed(title, ["destroy", ...stack.target(), "--yes", ...more]));
      await nothingIsLeft();
    });
  }

  it("keeps its guards after a first `up` whose Applications did not become healthy", async () => {
    stack.configure(broken);
    failed(await stack.operate("up"), /Not Synced and Healthy after 10 s/);
    const source = { repoURL: "https://git.invalid/none.git", path: ".", targetRevision: "HEAD" };
    await host.apply({
      ...foreign,
      spec: { project: "default", source, destination: { server, namespace: "default" } },
    });
    failed(
      await timed("first up failed, others' Application", ["destroy", ...stack.target(), "--yes"]),
      /Applications of others/,
    );
    assert.ok(await host.get(reference("v1", "Secret", argocdCluster, "argocd")));
    then("the cluster is still registered; the message lists the others' Application");
    await host.remove(foreign);
    succeeded(await timed("first up failed", ["destroy", ...stack.target(), "--yes"]));
    await nothingIsLeft();
    stack.configure(config);
  });

  it("stops on a wrong host before it deletes anything", async () => {
    succeeded(await stack.operate("up"));
    // The virtual cluster itself is another Kubernetes cluster.
    const file = path.join(scratch, "other");
    fs.writeFileSync(file, String((await stack.outputs())["kubeconfig"]), { mode: 0o600 });
    const virtual = new Cluster("another host", fs.readFileSync(file, "utf8"));
    await virtual.apply<V1Namespace>(reference("v1", "Namespace", namespace));
    const before = await exported();
    failed(
      await timed("up on a wrong host", ["up", ...stack.target(), "--yes"], checkoutDir, { KUBECONFIG: file }),
      /the host that the environment was made on.*other-host/,
    );
    assert.equal(await exported(), before);
    then("the state is as before");
    // What lets an update delete the environment for one of another name.
    const renamed = { ...config, environment: `${name}-other`, persistence: { allowDataLoss: true } };
    for (const [title, operation, kubeconfig, expected, declared] of [
      ["wrong host, kube-system cannot be read", "up", file, /this may be another host.*other-host/, config],
      ["right host, kube-system cannot be read", "preview", process.env["KUBECONFIG"], undefined, config],
      ["right host, the same, another name declared", "preview", process.env["KUBECONFIG"], undefined, renamed],
    ] as const) {
      stack.configure(declared);
      const proxy = await FaultyHost.start(kubeconfig);
      const proxied = path.join(scratch, "anonymous");
      fs.writeFileSync(proxied, proxy.kubeconfig, { mode: 0o600 });
      proxy.fault = "anonymous";
      try {
        const args = [operation, ...stack.target(), ...(operation === "up" ? ["--yes"] : []), "--refresh=false"];
        const result = await timed(`${operation}, ${title}`, args, checkoutDir, { KUBECONFIG: proxied });
        if (expected === undefined) succeeded(result);
        else failed(result, expected);
        then(expected === undefined ? "the namespace has the environment's identity" : "refused");
        assert.equal(await exported(), before);
      } finally {
        proxy.stop();
        stack.configure(config);
      }
    }
    const copy = path.join(checkoutDir, `Pulumi.${name}.yaml`);
    fs.copyFileSync(stack.file, copy);
    for (const command of ["recover", "renew"]) {
      const run = { cwd: checkoutDir, env: { ...env, KUBECONFIG: file }, timeoutMs: 5 * minutes };
      const result = await exec("make", [command, `STACK=${name}`], run);
      results.push([
        `make ${command} on a wrong host`,
        String(result.exitCode),
        (result.elapsedMs / 1000).toFixed(0),
        "",
      ]);
      failed(result, /other-host/);
      assert.equal(await exported(), before);
      then("the state is as before");
    }
    fs.rmSync(copy);
    const elsewhere = ["destroy", ...stack.target(), "--yes"];
    failed(
      await timed("wrong host, without refresh", [...elsewhere, "--refresh=false"], checkoutDir, { KUBECONFIG: file }),
      /is not the one that this stack created.*Nothing was deleted/,
    );
    assert.ok(await virtual.get(reference("v1", "Namespace", namespace)));
    then("the namespace of that name is still there");
    failed(
      await timed("wrong host", elsewhere, checkoutDir, { KUBECONFIG: file }),
      /is not the one that this stack created.*pulumi stack import/,
    );
    assert.ok(await virtual.get(reference("v1", "Namespace", namespace)));
    then("the same; `pulumi stack import` restores the state, as the message says");
    // As the message says.
    const backup = path.join(scratch, "backup.json");
    fs.writeFileSync(backup, before);
    succeeded(await stack.run(["stack", "import", "--stack", name, "--file", backup]));
    await virtual.remove(reference("v1", "Namespace", namespace));
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
  });

  it("deletes nothing of another host's environment of the same name after a first `up` that failed", async () => {
    const early = namesOf("early");
    const other = path.join(scratch, "other");
    fs.writeFileSync(other, String((await stack.outputs())["kubeconfig"]), { mode: 0o600 });
    const virtual = new Cluster("another host", fs.readFileSync(other, "utf8"));
    const theirs = await sameNames(virtual, early, other);
    const failing = { ...config, domain: "early.invalid", readiness: { timeoutSeconds: 5 } };
    const second = await Stack.open("early", { config: failing, env });
    try {
      failed(
        await timed("first up failed", ["up", "--yes", "--skip-preview", ...second.target()]),
        /Failed check: DNS/,
      );
      const before = path.join(scratch, "early.json");
      fs.writeFileSync(before, succeeded(await second.run(["stack", "export", "--stack", "early"])).stdout);
      for (const more of [["--refresh=false"], []]) {
        const args = ["destroy", ...second.target(), "--yes", ...more];
        failed(
          await timed(["first up failed, wrong host", ...more].join(" "), args, checkoutDir, { KUBECONFIG: other }),
          /is not the one that this stack created.*Nothing was deleted/,
        );
        for (const [object, uid] of theirs) {
          const { metadata = {} } = (await virtual.get(object)) ?? {};
          const title = `${object.kind} ${object.metadata.name}`;
          assert.deepEqual([metadata.uid, metadata.deletionTimestamp], [uid, undefined], title);
        }
        then("everything of that name is still there: release, volume claim, priority class, policies, roles");
        succeeded(await second.run(["stack", "import", "--stack", "early", "--file", before]));
      }
      // The other host is a virtual cluster of this one, which has copies of what is in it.
      const copies = (await namedAfter(host, "early")).filter((object) => object.includes(` ${namespace}/`));
      succeeded(await timed("first up failed, right host", ["destroy", ...second.target(), "--yes"]));
      await nothingNamedAfter(host, "early", new Set(copies));
    } finally {
      await virtual.remove(...[...theirs.keys()].reverse());
      await second.destroy();
    }
  });

  for (const fault of ["hang", "trickle", "lie"] satisfies Fault[]) {
    it(`ends within its limits, as \`up\` does, with a host that answers discovery only and then: ${fault}`, async () => {
      const proxy = await FaultyHost.start();
      const file = path.join(scratch, "faulty");
      fs.writeFileSync(file, proxy.kubeconfig, { mode: 0o600 });
      const before = path.join(scratch, "before.json");
      fs.writeFileSync(before, await exported());
      try {
        // The proxy itself is no hindrance.
        succeeded(
          await timed("proxy without a fault", ["preview", ...stack.target()], checkoutDir, { KUBECONFIG: file }),
        );
        proxy.fault = fault;
        for (const operation of ["up", "destroy"]) {
          const args = [operation, "--yes", "--skip-preview", ...stack.target()];
          const result = await timed(`${fault}: ${operation}`, args, checkoutDir, { KUBECONFIG: file });
          assert.notEqual(result.exitCode, 0, result.output);
          assert.ok(result.elapsedMs < 10 * minutes, `${operation} took ${result.elapsedMs} ms`);
        }
        assert.ok(await host.get(reference("v1", "Namespace", namespace)));
        then("the environment is still there");
      } finally {
        proxy.stop();
        await stack.run(["cancel", "--yes", "--stack", name]);
        succeeded(await stack.run(["stack", "import", "--stack", name, "--file", before]));
      }
    });
  }

  it("has one way to empty the stack of a host that is gone, and says what is left there", async () => {
    const file = path.join(scratch, "closed");
    const kubeconfig = fs.readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
    fs.writeFileSync(file, kubeconfig.replace(/server: .*/, "server: https://127.0.0.1:1"), { mode: 0o600 });
    const before = path.join(scratch, "before.json");
    fs.writeFileSync(before, await exported());
    const gone = { KUBECONFIG: file };
    const destroyed = ["destroy", ...stack.target(), "--yes"];
    failed(await timed("host gone", destroyed, checkoutDir, gone), /unreachable|does not answer/);
    const variables = { PULUMI_K8S_DELETE_UNREACHABLE: "true", VCLUSTER_ENVIRONMENTS_FORCE_DESTROY: "true" };
    failed(
      await timed("host gone, Pulumi's variable", destroyed, checkoutDir, { ...gone, ...variables }),
      /does not answer: .*ECONNREFUSED.*make forget/,
    );
    then("the message names `make forget`");
    succeeded(await stack.run(["stack", "import", "--stack", name, "--file", before]));
    fs.copyFileSync(stack.file, path.join(checkoutDir, `Pulumi.${name}.yaml`));
    const forget = (kubeconfigFile: string, ...more: string[]) =>
      exec("make", ["forget", `STACK=${name}`, ...more], {
        cwd: checkoutDir,
        env: { ...env, KUBECONFIG: kubeconfigFile },
        timeoutMs: 5 * minutes,
      });
    const answering = path.join(scratch, "answering");
    fs.writeFileSync(answering, kubeconfig, { mode: 0o600 });
    const [, living = ""] = /server: (\S+)/.exec(kubeconfig) ?? [];
    failed(await forget(answering, `GONE=${living}`), /answers\. Nothing was changed/);
    for (const more of [[], ["YES=1"]]) {
      const listed = succeeded(await forget(file, ...more));
      assert.match(listed.output, new RegExp(`- Namespace ${namespace}\n[^]*GONE=https://127\\.0\\.0\\.1:1\``));
    }
    failed(await forget(file, `GONE=${living}`), /Nothing was changed\. .*\[host-not-confirmed\]/);
    const urns = async () => (await resources()).map((resource) => (resource as { urn: string }).urn);
    const all = await urns();
    assert.notDeepEqual(all, []);
    const forgotten = succeeded(await forget(file, "GONE=https://127.0.0.1:1"));
    results.push(["host gone: make forget GONE=<server>", "0", (forgotten.elapsedMs / 1000).toFixed(0), ""]);
    assert.deepEqual(await resources(), []);
    then("the state is empty and saved in a file; what is left on the host is listed");
    const [, saved = ""] = /pulumi stack import --stack \S+ --file '(.+)'/.exec(forgotten.output) ?? [];
    assert.equal(fs.statSync(saved).mode & 0o777, 0o600);
    // Out of the checkout, which may be on another file system.
    const backup = path.join(scratch, "saved.json");
    fs.copyFileSync(saved, backup);
    fs.rmSync(saved);
    // The host comes back: the environment of that name is still there, and `up` says so.
    const back = await timed("host back, up", ["up", "--yes", "--skip-preview", ...stack.target()]);
    failed(back, new RegExp(`namespace-in-use|${namespace}.*still in use|cannot re-use a name`));
    then("the message says what is left there");
    succeeded(await stack.run(["stack", "import", "--stack", name, "--file", backup]));
    assert.deepEqual(await urns(), all);
    succeeded(await timed("host back, state restored from that file", destroyed));
    await nothingIsLeft();
  });
});
