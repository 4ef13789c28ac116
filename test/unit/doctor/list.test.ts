import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import * as path from "node:path";

import { type Schema, Validator } from "@cfworker/json-schema";

import { asJson, listed } from "../../../cli/commands/list";
import { settings } from "../../../components/config/defaults";
import { environmentNames, podLabels } from "../../../components/names";
import { type Environment, environmentsOf, HELM_SECONDS, STATES } from "../../../doctor/list/environments";
import { listAsPage } from "../../../doctor/list/page";
import { age, bytes, cores, listForPeople } from "../../../doctor/list/print";
import type { Raw, Stack } from "../../../doctor/list/raw";
import type { KubeObject } from "../../../doctor/objects";
import { HostClient } from "../../../host/client";
import { checkoutDir } from "../../../shared/checkout";
import type { JsonObject } from "../../../shared/json";
import { days, NOW } from "../../support/doctor-snapshot";
import { listen } from "../../support/servers";

const stackOf = (name: string) => `organization/vcluster-environments/${name}`;

/** One environment on the host, by its objects. */
function made(name: string, { metadata = {}, spec = {}, ready = "True", created = days(-3).toISOString() } = {}) {
  const names = environmentNames(name, "example.org");
  const namespace: KubeObject = {
    metadata: {
      name: names.namespace,
      creationTimestamp: created,
      labels: { "vcluster-environments/environment": name, owner: "shop" },
      annotations: { "vcluster-environments/stack": stackOf(name), "vcluster-environments/identity": "x" },
      ...metadata,
    },
  };
  const set = {
    metadata: { name: names.release, namespace: names.namespace, labels: { chart: "vcluster-0.26.0" } },
    spec: {
      replicas: 1,
      template: { spec: { initContainers: [{ image: "ghcr.io/loft-sh/kubernetes:v1.34.4" }] } },
      ...spec,
    },
  } as KubeObject;
  const pod = {
    metadata: {
      name: names.pod,
      namespace: names.namespace,
      creationTimestamp: created,
      labels: podLabels(names).controlPlane,
    },
    spec: {
      containers: [{ resources: { requests: { cpu: "1", memory: "2Gi" } } }],
      initContainers: [{ resources: { requests: { cpu: "100m", memory: "3Gi" } } }],
    },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
  } as KubeObject;
  const ended = { ...pod, metadata: { name: "job", namespace: names.namespace }, status: { phase: "Succeeded" } };
  const claim = {
    metadata: { name: names.volumeClaim, namespace: names.namespace },
    spec: { resources: { requests: { storage: "5Gi" } } },
  } as KubeObject;
  const application = {
    metadata: { name: `web-${name}`, namespace: "argocd" },
    spec: { destination: { name: names.namespace } },
    status: { sync: { status: "Synced" }, health: { status: "Healthy" } },
  } as KubeObject;
  return { names, namespace, set, pod, ended, claim, application };
}

/** A host with an environment in each state, and healthy ones up to twenty. */
function host(): Raw {
  const healthy = Array.from({ length: 13 }, (_, index) => made(`pr-${index + 1}`));
  const stopped = made("stopped", { spec: { replicas: 0 } });
  const starting = made("starting", { ready: "False", created: new Date(NOW.getTime() - 30_000).toISOString() });
  const broken = made("broken", { ready: "False" });
  const pending = made("pending");
  const half = made("half");
  const going = made("going", { metadata: { deletionTimestamp: days(-1).toISOString() } });
  const orphan = made("orphan");
  const all = [...healthy, starting, broken, pending, orphan];
  const withPods = [...all, going];
  return {
    now: NOW,
    namespaces: [...all, stopped, half, going].map(({ namespace }) => namespace),
    statefulSets: [...all, stopped, going].map(({ set }) => set),
    records: [
      {
        metadata: {
          name: `sh.helm.release.v1.${pending.names.release}.v2`,
          namespace: pending.names.namespace,
          labels: { name: pending.names.release, status: "pending-upgrade" },
        },
      },
      {
        metadata: {
          name: "a-copy-with-labels-of-a-record",
          namespace: starting.names.namespace,
          labels: { name: starting.names.release, status: "pending-upgrade" },
        },
      },
    ],
    applications: all.map(({ application }) => application),
    pods: withPods.flatMap(({ pod, ended }) => [pod, ended]),
    volumeClaims: withPods.map(({ claim }) => claim),
    metrics: healthy.map(({ names }) => ({
      metadata: { name: names.pod, namespace: names.namespace },
      containers: [{ usage: { cpu: "250m", memory: "700Mi" } }],
    })),
    stacks: [
      ...[...all, stopped, half, going]
        .map(({ namespace }) => (namespace.metadata?.labels ?? {})["vcluster-environments/environment"] ?? "")
        .filter((name) => name !== "orphan")
        .map((name): Stack => ({ name, resourceCount: 30 })),
      { name: "elsewhere", resourceCount: 12 },
      { name: "empty", resourceCount: 0 },
      { name: "refused", resourceCount: 1 },
    ],
    unread: [],
  };
}

describe("list of environments", () => {
  const raw = host();
  const environments = environmentsOf(raw);
  const named = (name: string) => environments.find((one) => one.name === name);

  it("has each state, with a reason and a command for all that are not ready", () => {
    assert.equal(environments.length, 21);
    assert.deepEqual([...new Set(environments.map(({ state }) => state))].sort(), [...STATES].sort());
    for (const { state, reason = "", fix = "" } of environments) {
      assert.deepEqual([reason !== "", fix !== ""], [state !== "ready", state !== "ready"]);
    }
    const states = ["stopped", "starting", "broken", "pending", "half", "going", "orphan", "elsewhere"].map((name) => [
      name,
      named(name)?.state,
    ]);
    assert.deepEqual(states, [
      ["stopped", "stopped"],
      ["starting", "starting"],
      ["broken", "broken"],
      ["pending", "half made"],
      ["half", "half made"],
      ["going", "left over"],
      ["orphan", "left over"],
      ["elsewhere", "left over"],
    ]);
    for (const name of ["empty", "refused"]) assert.equal(named(name), undefined);
    assert.equal(named("broken")?.fix, "make doctor STACK=broken");
    assert.equal(named("pending")?.fix, "make recover STACK=pending");
    assert.match(
      named("orphan")?.fix ?? "",
      /delete namespace orphan-vcluster .* vc-vcluster-orphan-helm-v-orphan-vcluster /,
    );
  });

  it("says that a run may be in progress where Helm works on the release for less than its time limit", () => {
    const [record] = raw.records;
    const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
    const judged = (metadata: JsonObject, labels: JsonObject = {}) => {
      const own = { ...record?.metadata, ...metadata, labels: { ...record?.metadata?.labels, ...labels } };
      const records = [{ ...record, metadata: own } as KubeObject];
      const found = environmentsOf({ ...raw, records }).find(({ name }) => name === "pending");
      return [found?.state, found?.reason, found?.fix];
    };
    const creationTimestamp = ago(74).toISOString();
    assert.deepEqual(judged({ creationTimestamp }), [
      "starting",
      `the Helm release is pending-upgrade since ${creationTimestamp.replace(".000Z", "Z")}; a run may be in progress`,
      "make doctor STACK=pending",
    ]);
    const old = { creationTimestamp: ago(HELM_SECONDS + 1).toISOString() };
    assert.deepEqual(judged(old), ["half made", "the Helm release is pending-upgrade", "make recover STACK=pending"]);
    assert.equal(judged(old, { modifiedAt: String(Math.floor(ago(74).getTime() / 1000)) })[0], "starting");
    assert.equal(settings("dev", { domain: "example.com" }).controlPlane.startTimeoutSeconds, HELM_SECONDS);
  });

  it("has versions, owner, amounts and Applications", () => {
    const { requests, use, disk, pods, applications, chart, kubernetes, owner, stack } = named("pr-1") ?? {};
    assert.deepEqual(
      { requests, use, disk, pods, applications, chart, kubernetes, owner, stack },
      {
        // The init container asks for more memory than the others together.
        requests: { cpu: 1, memory: 3 * 1024 ** 3 },
        use: { cpu: 0.25, memory: 700 * 1024 ** 2 },
        disk: 5 * 1024 ** 3,
        pods: 1,
        applications: { total: 1, healthy: 1 },
        chart: "0.26.0",
        kubernetes: "v1.34.4",
        owner: "shop",
        stack: stackOf("pr-1"),
      },
    );
  });

  it("calls nothing left over where the backend could not be asked, or for another project's stack", () => {
    const states = environmentsOf({ ...raw, stacks: undefined }).filter(({ state }) => state === "left over");
    assert.deepEqual(
      states.map(({ name }) => name),
      ["going"],
    );
    const other = made("other", {
      metadata: { annotations: { "vcluster-environments/stack": "organization/their-program/x" } },
    });
    const found = environmentsOf({
      ...raw,
      namespaces: [other.namespace],
      statefulSets: [other.set],
      pods: [other.pod],
      stacks: [],
    });
    assert.deepEqual(
      found.map(({ state }) => state),
      ["ready"],
    );
  });

  it("has virtual clusters that this project did not make", () => {
    const theirs = made("theirs");
    const found = environmentsOf({ ...raw, namespaces: [], statefulSets: [theirs.set], pods: [], stacks: [] });
    assert.deepEqual(
      found.map(({ name, state, fix }) => ({ name, state, fix })),
      [
        {
          name: "vcluster-theirs-helm",
          state: "broken",
          fix: "node bin/cli/main.js doctor --namespace theirs-vcluster --release vcluster-theirs-helm",
        },
      ],
    );
  });

  it("is JSON by its schema", () => {
    const schema = JSON.parse(fs.readFileSync(path.join(checkoutDir, "docs/list.schema.json"), "utf8")) as Schema;
    const validate = (tree: unknown) => new Validator(schema, "7").validate(tree).valid;
    const content = JSON.parse(asJson("https://host", environments, NOW, [])) as { environments: JsonObject[] };
    assert.ok(validate(content));
    assert.ok(!validate({ ...content, environments: [{ ...content.environments[0], state: "fine" }] }));
  });

  it("is a table with the commands below it", () => {
    const text = listForPeople(environments, NOW, ["metrics: forbidden"]);
    assert.match(text, /^name +state +stack +owner +chart +kubernetes +age +cpu +memory +disk +pods +apps\n/);
    assert.match(text, /\npr-1 +ready +pr-1 +shop +0\.26\.0 +v1\.34\.4 +3d +250m\/1 +700Mi\/3Gi +5Gi +1 +1\/1\n/);
    assert.match(text, /\nbroken is broken: \S+ is not ready\n {2}fix: make doctor STACK=broken\n/);
    assert.match(text, /\nnot read: metrics: forbidden$/);
    assert.match(listForPeople([], NOW), /^There is no environment/);
  });

  it("is a page of its own that loads nothing, with what is in it escaped", () => {
    const [first, ...rest] = environments;
    const text = listAsPage(
      "https://host",
      [{ ...(first as Environment), owner: "<script>alert(1)</script>" }, ...rest],
      NOW,
    );
    assert.equal(text.split("<tr>").length - 1, environments.length + 1);
    assert.doesNotMatch(text, /<script|src=|href=|url\(|@import/);
    assert.match(text, /&lt;script&gt;alert\(1\)/);
    assert.match(text, /prefers-color-scheme: dark/);
    assert.match(text, /<meta name="viewport" content="width=device-width/);
    assert.match(
      text,
      /<span class="state broken">broken<\/span><div class="why">\S+ is not ready<\/div><code>make doctor STACK=broken<\/code>/,
    );
    for (const state of STATES)
      assert.ok(text.includes(`<span class="state ${state.split(" ")[0] ?? ""}">${state}</span>`), state);
  });

  it("writes amounts and ages in one unit", () => {
    assert.deepEqual([0, 1024, 1536 * 1024 ** 2, 20 * 1024 ** 3].map(bytes), ["0", "1Ki", "1.5Gi", "20Gi"]);
    assert.deepEqual([0, 0.25, 1, 12.4].map(cores), ["0", "250m", "1", "12"]);
    const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
    assert.deepEqual(
      [undefined, ago(5), ago(600), ago(8000), ago(200_000)].map((time) => age(time, NOW)),
      [...["-", "5s", "10m", "2h", "2d"]],
    );
  });

  describe("from a host", () => {
    let server: Server;
    let client: HostClient;
    const paths: string[] = [];

    before(async () => {
      const ofPlace = (objects: readonly KubeObject[], url: string) =>
        objects.filter(({ metadata }) => url.includes(`/${metadata?.namespace ?? ""}/`));
      server = createServer((request, response) => {
        const url = (request.url ?? "").replace(/\?.*/, "");
        paths.push(url);
        const items: Record<string, readonly object[]> = {
          "/api/v1/namespaces": raw.namespaces,
          "/apis/apps/v1/statefulsets": raw.statefulSets,
          "/api/v1/secrets": raw.records,
          "/apis/argoproj.io/v1alpha1/applications": raw.applications,
        };
        if (url.startsWith("/apis/metrics.k8s.io")) {
          response.writeHead(403).end(JSON.stringify({ message: "pods.metrics.k8s.io is forbidden" }));
          return;
        }
        const found = items[url] ?? ofPlace(url.endsWith("/pods") ? raw.pods : raw.volumeClaims, url);
        response.end(JSON.stringify({ items: found }));
      });
      const address = `http://127.0.0.1:${await listen(server)}`;
      client = new HostClient({ server: address, origin: "", proxied: false, cluster: {}, user: {} });
    });
    after(() => {
      server.close();
    });

    it("takes less than 2 s for 20 environments, and says what could not be read", async () => {
      const start = Date.now();
      const text = await listed(client, Promise.resolve(raw.stacks), true);
      assert.ok(Date.now() - start < 2_000);
      const { environments: found, unread } = JSON.parse(text) as {
        environments: { state: string }[];
        unread: string[];
      };
      assert.equal(found.length, 21);
      assert.deepEqual(unread, ["metrics: pods.metrics.k8s.io is forbidden"]);
      assert.ok(paths.length < 60, String(paths.length));
    });
  });
});
