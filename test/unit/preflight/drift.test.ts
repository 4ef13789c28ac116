import * as assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import * as fc from "fast-check";

import { environmentNames } from "../../../components/names";
import type { HostClient } from "../../../host/client";
import { differences } from "../../../preflight/drift";
import { configIn, readRelease as read } from "../../../preflight/release";
import { isPlainObject, type JsonObject } from "../../../shared/json";

const names = environmentNames("dev", "example.org");
const MANIFEST = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: vcluster-dev-helm, namespace: dev-vcluster, labels: { app: vcluster } }
spec:
  replicas: 1
  template:
    spec:
      hostNetwork: false
      containers: [{ name: syncer, image: "syncer:1", resources: { limits: { cpu: "2", memory: 4096Mi } } }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: vc-dev }
rules: []
---
apiVersion: v1
kind: Secret
metadata: { name: vc-config-vcluster-dev-helm, namespace: dev-vcluster }
stringData: { config.yaml: "a: 1" }
`;
const RESOURCES: Readonly<Record<string, object[]>> = {
  "/apis/apps/v1": [
    { name: "statefulsets", kind: "StatefulSet", namespaced: true },
    { name: "statefulsets/scale", kind: "Scale", namespaced: true },
  ],
  "/apis/rbac.authorization.k8s.io/v1": [{ name: "clusterroles", kind: "ClusterRole", namespaced: false }],
  "/api/v1": [{ name: "secrets", kind: "Secret", namespaced: true }],
};
const STATEFUL_SET = "/apis/apps/v1/namespaces/dev-vcluster/statefulsets/vcluster-dev-helm";

/** The objects of {@link MANIFEST} as an API keeps them: with defaults, empty values left out. */
function live(replicas = 1): Record<string, JsonObject> {
  return {
    [STATEFUL_SET]: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: {
        name: "vcluster-dev-helm",
        namespace: "dev-vcluster",
        labels: { app: "vcluster", "app.kubernetes.io/managed-by": "Helm" },
        managedFields: [{ manager: "kubectl", subresource: "scale", fieldsV1: { "f:spec": { "f:replicas": {} } } }],
      },
      spec: {
        replicas,
        template: {
          spec: {
            containers: [{ name: "syncer", image: "syncer:1", resources: { limits: { cpu: "2000m", memory: "4Gi" } } }],
            restartPolicy: "Always",
          },
        },
      },
    },
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/vc-dev": {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "vc-dev" },
    },
    "/api/v1/namespaces/dev-vcluster/secrets/vc-config-vcluster-dev-helm": {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "vc-config-vcluster-dev-helm", namespace: "dev-vcluster" },
      data: { "config.yaml": Buffer.from("a: 1").toString("base64") },
    },
  };
}

function record(version: number, status: string, manifest = MANIFEST, config: JsonObject | null = null) {
  const release = gzipSync(JSON.stringify({ version, manifest, config, info: { status } })).toString("base64");
  const metadata = { name: `sh.helm.release.v1.vcluster-dev-helm.v${version}`, labels: { status } };
  return { metadata, data: { release: Buffer.from(release).toString("base64") } };
}

/** A host that has these records of Helm and these objects. */
function host(records: object[], objects: Record<string, JsonObject>): HostClient {
  const asked: Partial<HostClient> = {
    server: "https://host",
    list: (path: string) => {
      assert.match(
        path,
        /^\/api\/v1\/namespaces\/dev-vcluster\/secrets\?labelSelector=owner%3Dhelm%2Cname%3Dvcluster-dev-helm/,
      );
      return Promise.resolve(records as never[]);
    },
    find: (path: string) =>
      Promise.resolve((RESOURCES[path] === undefined ? objects[path] : { resources: RESOURCES[path] }) as never),
  };
  return asked as HostClient;
}

const readRelease = async (...args: Parameters<typeof read>) => (await read(...args)).release;

describe("readRelease", () => {
  it("finds when the newest record was last written", async () => {
    const written = (created: string | undefined, ...times: string[]) => {
      const { metadata, data } = record(1, "deployed");
      const managedFields = times.map((time) => ({ manager: "pulumi-resource-kubernetes", time }));
      return { metadata: { ...metadata, creationTimestamp: created, managedFields }, data };
    };
    const at = async (...args: Parameters<typeof written>) =>
      (await readRelease(host([written(...args)], live()), names))?.recordedAt;
    const [early, late] = ["2026-11-28T01:00:00Z", "2026-11-28T02:00:00Z"];
    assert.equal(await at(early, late, early), late);
    assert.equal(await at(late, early), late, "a record that a backup has brought back");
    assert.equal(await at(early), undefined);
    assert.equal(await at(undefined, early), undefined);
  });

  it("finds no drift where the API only added defaults and left out what is empty", async () => {
    assert.deepEqual(await readRelease(host([record(1, "deployed")], live()), names), {
      status: "deployed",
      drift: [],
      deleting: [],
      values: {},
      running: { a: 1 },
    });
  });

  it("knows what runs by the record of a release that is deployed, whatever the Secret has", async () => {
    const objects = live();
    const secret = objects["/api/v1/namespaces/dev-vcluster/secrets/vc-config-vcluster-dev-helm"] ?? {};
    secret["data"] = { "config.yaml": Buffer.from("a: 2").toString("base64") };
    const running = async (status: string) => (await readRelease(host([record(1, status)], objects), names))?.running;
    assert.deepEqual(await running("deployed"), { a: 1 });
    for (const status of ["failed", "pending-upgrade"]) assert.equal(await running(status), undefined);
  });

  it("compares nothing where the manifest has what only Go's parser may accept, and does not call the record damaged", async () => {
    for (const manifest of ["a: !own b", "a: [hidden"]) {
      const records = [record(1, "deployed"), record(2, "failed", manifest, { c: 1 })];
      const { release, records: problems } = await read(host(records, live(3)), names);
      assert.deepEqual(problems, { foreign: [], unreadable: [] });
      assert.deepEqual(release, {
        status: "failed",
        drift: [],
        unparsed: "sh.helm.release.v1.vcluster-dev-helm.v2",
        deleting: [],
        values: { c: 1 },
      });
    }
  });

  it("returns the values that the release was given", async () => {
    const config = { exportKubeConfig: { server: "https://dev-vcluster.example.org" } };
    const state = await readRelease(host([record(1, "deployed", "", config)], {}), names);
    assert.deepEqual(state?.values, config);
  });

  it("names object, field, both values and the writer", async () => {
    const state = await readRelease(host([record(1, "deployed")], live(0)), names);
    assert.deepEqual(state?.drift, [
      "StatefulSet vcluster-dev-helm: spec.replicas is 0 instead of 1 (written by kubectl)",
    ]);
  });

  it("names what is missing", async () => {
    const state = await readRelease(host([record(1, "deployed")], {}), names);
    assert.deepEqual(state?.drift, [
      "StatefulSet vcluster-dev-helm is missing",
      "ClusterRole vc-dev is missing",
      "Secret vc-config-vcluster-dev-helm is missing",
    ]);
    assert.equal(state.reconfigured, undefined);
  });

  it("shows nothing that a Secret holds", async () => {
    const objects = live();
    const secret = objects["/api/v1/namespaces/dev-vcluster/secrets/vc-config-vcluster-dev-helm"] ?? {};
    secret["data"] = { "config.yaml": Buffer.from("a: hidden").toString("base64") };
    const state = await readRelease(host([record(1, "deployed")], objects), names);
    assert.equal(state?.drift.length, 1);
    assert.equal(state.reconfigured, true);
    assert.match(state.drift[0] ?? "", /^Secret .*config\.yaml/);
    assert.doesNotMatch(state.drift[0] ?? "", /hidden|YTog/);
  });

  it("takes the newest record, and tells its status", async () => {
    const records = [record(9, "deployed", ""), record(10, "pending-upgrade"), record(2, "failed", "")];
    records.push({ ...record(11, "superseded"), data: { release: "" } });
    const state = await readRelease(host(records, live(3)), names);
    assert.deepEqual([state?.status, state?.drift.length], ["pending-upgrade", 1]);
  });

  it("takes a superseded record where that is the newest, because the one after it was deleted", async () => {
    const records = [record(3, "failed", ""), record(10, "superseded"), record(9, "superseded", "")];
    const state = await readRelease(host(records, live(3)), names);
    assert.deepEqual([state?.status, state?.drift.length, state?.running], ["superseded", 1, undefined]);
  });

  it("tells who made the newest revision, unless it was Pulumi", async () => {
    const by = (version: number, manager: string) => {
      const { metadata, ...rest } = record(version, "deployed", "");
      return { ...rest, metadata: { ...metadata, managedFields: [{ manager }] } };
    };
    const read = async (...records: object[]) => (await readRelease(host(records, {}), names))?.changedBy;
    assert.equal(await read(by(1, "pulumi-resource-kubernetes"), by(2, "helm")), "helm");
    assert.equal(await read(by(2, "pulumi-resource-kubernetes"), by(1, "helm")), undefined);
  });

  for (const manager of ["kubectl-edit", "pulumi-kubernetes-1", "helmfile"])
    it(`names what others have added, which Helm leaves as it is: ${manager}`, async () => {
      const objects = live();
      const set = objects[STATEFUL_SET] ?? {};
      const fields = { "f:spec": { "f:template": { "f:spec": { "f:nodeSelector": {} } } } };
      const metadata = {
        ...(set["metadata"] as JsonObject),
        managedFields: [{ manager, fieldsV1: fields }],
      };
      const template = {
        spec: { ...((set["spec"] as JsonObject)["template"] as { spec: object }).spec, nodeSelector: { a: "b" } },
      };
      objects[STATEFUL_SET] = { ...set, metadata, spec: { replicas: 1, template } };
      const state = await readRelease(host([record(1, "deployed")], objects), names);
      assert.deepEqual(state?.drift, [
        `StatefulSet vcluster-dev-helm: spec.template.spec.nodeSelector is {"a":"b"} instead of nothing (written by ${manager})`,
      ]);
      assert.deepEqual(
        state.added?.map(({ object, declared }) => [object.url, declared.kind]),
        [[STATEFUL_SET, "StatefulSet"]],
      );
    });

  it("tells what no upgrade can restore, with the deletion that helps", async () => {
    const manifest = MANIFEST.replace("  replicas: 1\n", "  replicas: 1\n  serviceName: headless\n");
    const found = async (spec: JsonObject, manager: string) => {
      const objects = live();
      const set = objects[STATEFUL_SET] ?? {};
      const managedFields = [{ manager, fieldsV1: { "f:spec": { "f:serviceName": {}, "f:replicas": {} } } }];
      const metadata = { ...(set["metadata"] as JsonObject), managedFields };
      objects[STATEFUL_SET] = { ...set, metadata, spec: { ...(set["spec"] as JsonObject), ...spec } };
      return (await readRelease(host([record(1, "deployed", manifest)], objects), names))?.immutable;
    };
    const difference = 'StatefulSet vcluster-dev-helm: spec.serviceName is "other" instead of "headless"';
    const command = "kubectl delete StatefulSet vcluster-dev-helm -n dev-vcluster --cascade=orphan";
    const other = await found({ serviceName: "other", replicas: 3 }, "kubectl-create");
    assert.deepEqual(
      other?.map((one) => one.difference),
      [`${difference} (written by kubectl-create)`],
    );
    assert.ok(other[0]?.fix.startsWith(`\`${command}\`, then update again`));
    assert.equal((await found({}, "kubectl-create"))?.length, 1);
    // Every other field can change; and what Helm itself wrote or left out is of another upgrade, which failed.
    assert.equal(await found({ serviceName: "headless", replicas: 3 }, "kubectl-create"), undefined);
    assert.equal(await found({ serviceName: "other" }, "helm"), undefined);
    assert.equal(await found({}, "helm"), undefined);
  });

  it("finds no drift in what a webhook changes of Helm's own write, as an upgrade would end the same", async () => {
    const driftOf = async (manager: string, containers: object[], fields: JsonObject) => {
      const objects = live();
      const set = objects[STATEFUL_SET] ?? {};
      const managedFields = [
        // Wrote in the same list later, but not this field.
        {
          manager: manager === "kubectl-set" ? "pulumi-resource-kubernetes" : "kubectl-set",
          time: "2026-11-28T02:00:00Z",
          fieldsV1: inContainers({ 'k:{"name":"syncer"}': { "f:resources": {} } }),
        },
        { manager, time: "2026-11-28T01:00:00Z", fieldsV1: inContainers(fields) },
      ];
      const metadata = { ...(set["metadata"] as JsonObject), managedFields };
      objects[STATEFUL_SET] = { ...set, metadata, spec: { replicas: 1, template: { spec: { containers } } } };
      return (await readRelease(host([record(1, "deployed")], objects), names))?.drift ?? [];
    };
    const inContainers = (fields: JsonObject) => ({
      "f:spec": { "f:template": { "f:spec": { "f:containers": fields } } },
    });
    const resources = { limits: { cpu: "2", memory: "4Gi" } };
    const rewritten = [{ name: "syncer", image: "mirror/syncer:1", resources }];
    const image = { 'k:{"name":"syncer"}': { ".": {}, "f:image": {} } };
    assert.deepEqual(await driftOf("pulumi-resource-kubernetes", rewritten, image), []);
    assert.deepEqual(await driftOf("helm", rewritten, image), []);
    assert.equal((await driftOf("kubectl-set", rewritten, image)).length, 1);
    // By another Pulumi program.
    assert.equal((await driftOf("pulumi-kubernetes-1", rewritten, image)).length, 1);
    // Written by an unknown manager, or missing.
    assert.equal((await driftOf("kubectl-set", rewritten, { 'k:{"name":"syncer"}': { "f:name": {} } })).length, 1);
    assert.equal((await driftOf("helm", [{ name: "syncer", resources }], image)).length, 1);
    assert.equal((await driftOf("kubectl-set", [], image)).length, 1);
  });

  it("is undefined without a release", async () => {
    assert.equal(await readRelease(host([], {}), names), undefined);
  });

  it("goes by the exact names of records, and names what is none", async () => {
    const forged = record(99, "failed", "");
    const copy = (name: string, original: object) => ({ ...forged, metadata: { name, annotations: original } });
    const annotated = (namespace: string, name: string) => ({
      "vcluster.loft.sh/object-namespace": namespace,
      "vcluster.loft.sh/object-name": name,
    });
    const unreadable = { metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v98" }, data: { release: "eA==" } };
    const found = [
      ...[record(1, "superseded"), record(2, "deployed"), unreadable],
      ...[copy("a", {}), copy("b", annotated("shop", "cart")), copy("c", annotated("shop", "$(id)"))],
    ];
    const { release, records } = await read(host(found, live()), names);
    assert.deepEqual([release?.status, release?.drift], ["deployed", []]);
    assert.deepEqual(records, {
      foreign: [{ name: "a" }, { name: "b", original: { namespace: "shop", name: "cart" } }, { name: "c" }],
      unreadable: [unreadable.metadata.name],
    });
  });
});

describe("configIn", () => {
  const secret = (text: string) => ({ data: { "config.yaml": Buffer.from(text).toString("base64") } });

  it("returns the values of the control plane, and nothing for what is none", () => {
    assert.deepEqual(configIn(secret("a: { b: 1 }")), { a: { b: 1 } });
    assert.deepEqual(configIn({ kind: "Secret", stringData: { "config.yaml": "a: 1" } }), { a: 1 });
    for (const text of ["a: [hidden", "a: 1\na: 2", "text", ""]) assert.equal(configIn(secret(text)), undefined, text);
    assert.equal(configIn({}), undefined);
    assert.equal(configIn(undefined), undefined);
  });
});

describe("deletion", () => {
  it("tells what is being deleted, what holds it, and how to end that", () => {
    const metadata = { name: "vc-dev", deletionTimestamp: "2026-11-27T06:00:00Z", finalizers: ["example.org/never"] };
    const objects = live();
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/vc-dev";
    objects[path] = { ...objects[path], metadata };
    return readRelease(host([record(1, "deployed")], objects), names).then((state) => {
      assert.deepEqual(state?.drift, []);
      assert.match(
        state.deleting.join("\n"),
        /^ClusterRole vc-dev has been deleted at 2026-11-27T06:00:00Z .* held by example\.org\/never.*kubectl patch ClusterRole vc-dev --type merge/,
      );
    });
  });
});

describe("differences of values that turn something off", () => {
  it("are seen where the value is removed and the default is another", () => {
    const container = { securityContext: { allowPrivilegeEscalation: false, runAsUser: 0, privileged: false } };
    const declared = { automountServiceAccountToken: false, hostNetwork: false, containers: [container] };
    assert.deepEqual(
      differences(declared, { containers: [{ securityContext: { privileged: false } }] }).map(({ path }) =>
        path.join("."),
      ),
      [
        "automountServiceAccountToken",
        "containers.0.securityContext.allowPrivilegeEscalation",
        "containers.0.securityContext.runAsUser",
      ],
    );
    // With all that it was in.
    assert.equal(differences(container, {}).length, 1);
    assert.deepEqual(differences(declared, declared), []);
  });
});

describe("differences", () => {
  const leaf = fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: 1, max: 99 }), fc.constant(true));
  const tree = fc.object({ key: fc.stringMatching(/^[a-z]{1,6}$/), values: [leaf], maxDepth: 4 }).filter(isPlainObject);

  it("are none for the same object with more fields in every map", () => {
    const defaulted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(defaulted);
      if (!isPlainObject(value)) return value;
      return { ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, defaulted(one)])), Added: "x" };
    };
    fc.assert(fc.property(tree, (one) => differences(one, defaulted(one) as JsonObject).length === 0));
  });

  it("are exactly the leaves that were changed or removed", () => {
    const leaves = (value: unknown, path: string[] = []): string[][] =>
      isPlainObject(value) ? Object.entries(value).flatMap(([key, one]) => leaves(one, [...path, key])) : [path];
    const changed = (value: JsonObject, path: readonly string[], to: unknown): JsonObject => {
      const [key = "", ...rest] = path;
      return { ...value, [key]: rest.length === 0 ? to : changed(value[key] as JsonObject, rest, to) };
    };
    let judged = 0;
    fc.assert(
      fc.property(tree, fc.nat(), fc.constantFrom("another", undefined), (one, pick, to) => {
        const filled = leaves(one).filter((path) => !["status", "stringData"].includes(path[0] ?? ""));
        const path = filled[pick % Math.max(filled.length, 1)];
        if (path === undefined) return true;
        const before = path.reduce<unknown>((value, key) => (value as JsonObject)[key], one);
        if (typeof before === "object" || before === to) return true;
        judged += 1;
        const found = differences(one, changed(one, path, to));
        return found.length === 1 && found[0]?.path.join() === path.join();
      }),
    );
    assert.ok(judged > 30, `only ${judged} cases had a leaf`);
  });
});
