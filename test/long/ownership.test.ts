import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { KubernetesObject, V1ConfigMap, V1Namespace } from "@kubernetes/client-node";

import { OVERLAY } from "../../config";
import { addHostNames } from "../../local/hosts-file";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import type { JsonObject } from "../../shared/json";
import { table } from "../../shared/table";
import { Cluster, type Reference, reference } from "../../testing/cluster";
import { listObjects, type Objects, settledObjects } from "../../testing/objects";
import { Stack } from "../../testing/pulumi";
import { application } from "../support/argocd";
import { namesOf } from "../support/environments";
import { isNamedAfter, nothingNamedAfter } from "../support/leftovers";
import { keepResult } from "../support/results";
import { YamlExample } from "../support/yaml-example";

/** The name of every stack and environment here: that they are the same is what this is about. */
const NAME = "own";
const { namespace, release } = namesOf(NAME);
const IDENTITY = "vcluster-environments/identity";
/** A host other than the environment's cluster, for objects of another owner. */
const ELSEWHERE = "https://kubernetes.default.svc";
const REPOSITORY = "https://git.invalid/none.git";
const config = {
  domain: "cnoe.localtest.me",
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
};

describe("stacks of one name in two backends, on one host", function () {
  this.timeout(900_000);
  const host = Cluster.host();
  const yaml = new YamlExample(NAME);
  const ownNamespace = reference("v1", "Namespace", namespace);
  const inside = reference("v1", "ConfigMap", "kept", "default");
  let scratch: string;
  let first: Stack;
  let second: Stack;
  /** What the host has of the environment, with uids. */
  let objects: Map<string, string>;
  /** Who tried what, what became of it, and in which time; rows of the table. */
  const rows: string[][] = [];
  const timed = async <T>(title: string, outcome: string, attempt: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const row = [title, "FAILED", ""];
    rows.push(row);
    try {
      const result = await attempt();
      row[1] = outcome;
      return result;
    } finally {
      row[2] = ((performance.now() - start) / 1000).toFixed(0);
    }
  };

  /** A stack of the checkout's program in a backend of its own. */
  const open = (backend: string) => {
    fs.mkdirSync(path.join(scratch, backend), { recursive: true });
    const env = { ...process.env, PULUMI_BACKEND_URL: `file://${path.join(scratch, backend)}` };
    return Stack.open(NAME, { config, env });
  };
  const named = (all: Objects) => new Map([...all].filter(([object]) => isNamedAfter(object, NAME)));
  /** Everything that is named after the environment, once its pods have started. */
  const found = async () => named(await settledObjects(host));
  const virtual = async (stack: Stack) =>
    new Cluster("the virtual cluster", String((await stack.outputs())["kubeconfig"]));
  const untouched = async () => {
    // Not settled: Pulumi ends after what it deletes is gone, and what comes does no harm.
    const now = named(await listObjects(host));
    assert.deepEqual(
      [...objects].filter(([object, uid]) => now.get(object) !== uid),
      [],
    );
  };
  const firstDestroys = () =>
    timed("destroy of the first backend", "deletes all of its own", async () => {
      await first.destroy();
      await nothingNamedAfter(host, NAME);
    });
  const secondDestroys = () =>
    timed("destroy of the second backend", "deletes nothing of the first one's", async () => {
      await second.destroy();
      await untouched();
    });
  const refused = async (stack: Stack, code: string) => {
    for (const operation of ["preview", "up"] as const) {
      await timed(
        `${operation} of the ${stack === first ? "first" : "second"} backend`,
        `refused: ${code}`,
        async () => {
          const { exitCode, output } = await stack.operate(operation, operation === "up" ? ["--skip-preview"] : []);
          assert.notEqual(exitCode, 0, output);
          assert.match(output, new RegExp(`\\[${code}\\]`));
        },
      );
    }
  };

  before(async () => {
    addHostNames([NAME]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-ownership-"));
    await host.remove(ownNamespace);
    [first, second] = [await open("first"), await open("second")];
    await first.up();
    const marker = { ...inside, data: { kept: "yes" } } as V1ConfigMap;
    await (await virtual(first)).apply(marker);
    objects = await found();
    assert.ok(objects.size > 20);
  });
  after(async () => {
    const text = table([["attempt", "outcome", "seconds"], ...rows], [2]);
    keepResult("ownership", { title: "Stacks of one name in two backends, on one host", text, data: rows });
    await yaml.destroy();
    for (const stack of [first, second]) await stack.destroy();
    await host.remove(ownNamespace);
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  it("refuses the second backend at preview and up, and its destroy deletes nothing", async () => {
    await refused(second, "namespace-in-use");
    await secondDestroys();
  });

  const properties = { ...(JSON.parse(fs.readFileSync(process.env[OVERLAY] ?? "", "utf8")) as JsonObject), ...config };
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  const programs: [string, JsonObject, ("preview" | "up")[], RegExp][] = [
    ["the default provider", { environment: { properties } }, ["preview", "up"], /\[namespace-in-use\]/],
    [
      "a provider of its own",
      {
        elsewhere: { type: "pulumi:providers:kubernetes", properties: { kubeconfig } },
        environment: { properties, options: { providers: ["${elsewhere}"] } },
      },
      ["up"], // A preview does not ask the host of a provider that is new itself.
      /conflict[^]*vcluster-environments\/identity/,
    ],
  ];
  for (const [title, changes, operations, said] of programs) {
    it(`refuses a component in YAML with ${title}, and its destroy deletes nothing`, async () => {
      await yaml.write(changes);
      for (const operation of operations) {
        const flags = operation === "up" ? ["--skip-preview"] : [];
        await timed(`${operation} of a component in YAML, ${title}`, "refused", async () => {
          const { exitCode, output } = await yaml.operate(operation, flags);
          assert.notEqual(exitCode, 0, output);
          assert.match(output, said);
        });
      }
      await timed(`destroy of a component in YAML, ${title}`, "deletes nothing of the first one's", async () => {
        await yaml.destroy();
        await untouched();
      });
    });
  }

  it("gives an environment from before there were identities one, by one update of its namespace", async () => {
    await host.annotate(ownNamespace, IDENTITY, null);
    const { output } = succeeded(await first.operate("preview"));
    assert.match(output, /this update adopts it/);
    assert.match(output, /Resources:\s+~ 1 to update\s+\d+ unchanged/);
    await timed("up of the first backend, from before there were identities", "adopted by one update", async () => {
      await first.up();
      succeeded(await first.operate("preview", ["--expect-no-changes"]));
      await untouched();
    });
  });

  it("adopts the environment of a state that is lost by the commands in docs/operations.md", async () => {
    fs.rmSync(path.join(scratch, "first"), { recursive: true });
    first = await open("first");
    const { output } = await first.operate("preview");
    const [, annotate] = /`(kubectl annotate [^`]+)`/.exec(output) ?? [];
    assert.ok(annotate, output);
    const records = `kubectl delete secret -n ${namespace} -l owner=helm,name=${release}`;
    succeeded(await exec("bash", ["-ec", `${annotate}\n${records}`], { cwd: checkoutDir, timeoutMs: 60_000 }));
    await timed("up with a new state, after the command in the message", "adopted with its data", async () => {
      await first.up();
      const marker = await (await virtual(first)).get<V1ConfigMap>(inside);
      assert.deepEqual(marker?.data, { kept: "yes" });
    });
    objects = await found();
    await refused(second, "namespace-in-use");
  });

  it("deletes its own in the end", async () => {
    await firstDestroys();
  });

  it("keeps what a failed first update has made from the second backend, until its own destroy", async () => {
    const tag = "there-is-no-such-tag";
    first.configure({ ...config, image: { tag }, controlPlane: { ...config.controlPlane, startTimeoutSeconds: 20 } });
    assert.notEqual((await first.operate("up", ["--skip-preview"])).exitCode, 0);
    objects = await found();
    assert.ok(objects.has(`/Namespace -/${namespace}`));
    await refused(second, "namespace-in-use");
    // The pod that does not start is not what this is about.
    for (const object of objects.keys()) if (/^\/Pod /.test(object)) objects.delete(object);
    await secondDestroys();
    await firstDestroys();
  });

  const argocdObject = (apiVersion: string, kind: string) => reference(apiVersion, kind, namespace, "argocd");
  /** Name of a Secret that has the cluster's name only in its data. */
  const namesake = "e2e-namesake";
  /** Objects of another owner with the environment's names. Nothing is deployed by them. */
  const inArgocd: KubernetesObject[] = [
    {
      ...application(`web-${NAME}`),
      spec: {
        project: "default",
        source: { repoURL: REPOSITORY, path: ".", targetRevision: "HEAD" },
        destination: { server: ELSEWHERE, namespace: "default" },
      },
    } as KubernetesObject,
    {
      ...application(release),
      spec: {
        project: "default",
        source: { repoURL: REPOSITORY, path: ".", targetRevision: "HEAD" },
        destination: { server: "https://another-cluster.invalid", namespace },
      },
    } as KubernetesObject,
    {
      ...argocdObject("argoproj.io/v1alpha1", "AppProject"),
      spec: { sourceRepos: [REPOSITORY], destinations: [{ server: ELSEWHERE, namespace: "default" }] },
    } as KubernetesObject,
    {
      ...argocdObject("v1", "Secret"),
      stringData: { name: "another-cluster", server: "https://another-cluster.invalid", config: "{}" },
    } as KubernetesObject,
    {
      ...reference("v1", "Secret", namesake, "argocd"),
      metadata: { name: namesake, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
      stringData: { name: namespace, server: "https://another-cluster.invalid", config: "{}" },
    } as KubernetesObject,
  ];
  for (const object of inArgocd) {
    const kind = object.kind ?? "";
    const installs = object.metadata?.name === release;
    const other =
      object.metadata?.name === namesake ? `${kind} of another name, with the cluster's name in its data,` : kind;
    const title = installs ? `${kind}, for another cluster,` : other;
    it(`refuses another owner's ${title} in Argo CD with the environment's name, which stays as it is`, async () => {
      const found = async () => {
        const { metadata, spec, data } = (await host.get<KubernetesObject & JsonObject>(object as Reference)) ?? {};
        return { uid: metadata?.uid, labels: metadata?.labels, spec, data };
      };
      const delivery = installs ? { delivery: "argocd" } : {};
      second.configure({ ...config, ...delivery, applications: { web: { repository: REPOSITORY } } });
      await host.apply(object);
      try {
        const before = await found();
        assert.notEqual(before.uid, undefined);
        for (const operation of ["preview", "up"] as const) {
          await timed(`${operation} over another owner's ${kind}`, "refused: argocd-object-in-use", async () => {
            const flags = operation === "up" ? ["--skip-preview"] : [];
            const { exitCode, output } = await second.operate(operation, flags);
            assert.notEqual(exitCode, 0, output);
            assert.match(output, new RegExp(`the ${kind} "argocd/[^"]+" on the host .*\\[argocd-object-in-use\\]`));
            assert.deepEqual(await found(), before);
          });
        }
        await timed(`destroy beside another owner's ${kind}`, "deletes nothing of it", async () => {
          await second.destroy();
          assert.deepEqual(await found(), before);
        });
      } finally {
        await host.remove(object as Reference);
        second.configure(config);
      }
      await nothingNamedAfter(host, NAME);
    });
  }

  it("refuses another owner's cluster Secret in Argo CD in a component in YAML, which stays as it is", async () => {
    const secret = inArgocd.find(({ kind }) => kind === "Secret") as Reference;
    await host.apply(secret);
    try {
      const before = (await host.get<KubernetesObject>(secret))?.metadata;
      await yaml.write({ environment: { properties } });
      for (const operation of ["preview", "up"] as const) {
        await timed(`${operation} of a component in YAML over another owner's Secret`, "refused", async () => {
          const { exitCode, output } = await yaml.operate(operation, operation === "up" ? ["--skip-preview"] : []);
          assert.notEqual(exitCode, 0, output);
          assert.match(output, /\[argocd-object-in-use\]/);
        });
      }
      await timed("destroy of a component in YAML beside another owner's Secret", "deletes nothing of it", async () => {
        await yaml.destroy();
        assert.deepEqual((await host.get<KubernetesObject>(secret))?.metadata, before);
      });
    } finally {
      await host.remove(secret);
    }
    await nothingNamedAfter(host, NAME);
  });

  const besideNamespace: KubernetesObject[] = [
    { ...reference("scheduling.k8s.io/v1", "PriorityClass", release), value: 5 } as KubernetesObject,
    {
      ...reference("rbac.authorization.k8s.io/v1", "Role", release, "shared"),
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    } as KubernetesObject,
  ];
  for (const object of besideNamespace) {
    const kind = object.kind ?? "";
    it(`refuses another owner's ${kind} with the environment's name, which stays as it is`, async () => {
      const found = async () => {
        const { metadata, rules, value } = (await host.get<KubernetesObject & JsonObject>(object as Reference)) ?? {};
        return { uid: metadata?.uid, owners: metadata?.ownerReferences, rules, value };
      };
      await host.apply<V1Namespace>(reference("v1", "Namespace", "shared"));
      await host.apply(object);
      try {
        const before = await found();
        assert.notEqual(before.uid, undefined);
        await timed(`preview and up over another owner's ${kind}`, "refused: host-object-in-use", async () => {
          await refused(second, "host-object-in-use");
        });
        await timed(`destroy beside another owner's ${kind}`, "deletes nothing of it", async () => {
          await second.destroy();
          assert.deepEqual(await found(), before);
        });
      } finally {
        await host.remove(object as Reference);
      }
      await nothingNamedAfter(host, NAME);
    });
  }

  it("refuses a namespace that is unmarked and not empty", async () => {
    const kept = reference("v1", "ConfigMap", "kept", namespace);
    await host.apply<V1Namespace>(ownNamespace);
    await host.apply<V1ConfigMap>({ ...kept, data: { kept: "yes" } });
    await refused(second, "namespace-not-empty");
    await timed("destroy of the second backend", "its namespace keeps what is in it", async () => {
      await second.destroy();
      assert.deepEqual((await host.get<V1ConfigMap>(kept))?.data, { kept: "yes" });
    });
  });
});
