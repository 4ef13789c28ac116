import * as assert from "node:assert/strict";

import { log, output, type Resource } from "@pulumi/pulumi";

import { OWN_OBJECT } from "../../../components/kubernetes/annotations";
import { type HostClient, HostError, type KubernetesObject } from "../../../host/client";
import type { LiveObject } from "../../../host/live-objects";
import { compare, restoringOwn } from "../../../preflight/own-objects";
import { restore } from "../../../preflight/restore";
import type { JsonObject } from "../../../shared/json";

const url = "/apis/networking.k8s.io/v1/namespaces/dev-vcluster/networkpolicies/all-pods";

describe("objects that are the environment's alone", () => {
  const declared = (annotations: Readonly<Record<string, string>> = OWN_OBJECT) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "all-pods", namespace: "dev-vcluster", annotations },
    spec: { podSelector: {}, egress: [] },
  });
  const live = (fields: JsonObject, spec: JsonObject) => ({
    ...declared(),
    metadata: {
      ...declared().metadata,
      managedFields: [{ manager: "kubectl-edit", time: "2026-11-28T00:00:00Z", fieldsV1: { "f:spec": fields } }],
    },
    spec: { ...declared().spec, ...spec },
  });
  const opened = () =>
    live({ "f:egress": {}, "f:podSelector": {} }, { egress: [{}], podSelector: { matchLabels: { a: "b" } } });

  /** Compares with the object on the host. @returns what is said, and what is written */
  async function compared(object: JsonObject | undefined, preview: boolean, own = declared(), refusal?: HostError) {
    const written: unknown[] = [];
    const host: Partial<HostClient> = {
      patch: (path: string, body: object) => {
        if (refusal !== undefined) return Promise.reject(refusal);
        written.push([path, body]);
        return Promise.resolve({} as never);
      },
      find: () => Promise.resolve(object as never),
    };
    const find = () => Promise.resolve(object && { url, live: object });
    return { said: (await compare(host as HostClient, find, own, preview)) as string[], written };
  }

  it("are named with field and writer in a preview, which writes nothing", async () => {
    const { said, written } = await compared(opened(), true);
    assert.deepEqual(said, [
      'NetworkPolicy all-pods: spec.podSelector.matchLabels is {"a":"b"} instead of nothing (written by kubectl-edit); this update restores it.',
      "NetworkPolicy all-pods: spec.egress is [{}] instead of [] (written by kubectl-edit); this update restores it.",
    ]);
    assert.deepEqual(written, []);
  });

  it("are restored by an update, as long as the fields are as they were seen", async () => {
    const { written } = await compared(opened(), false);
    assert.deepEqual(written, [
      [
        `${url}?fieldManager=pulumi-kubernetes-restored`,
        [
          { op: "test", path: "/spec/podSelector/matchLabels", value: { a: "b" } },
          { op: "remove", path: "/spec/podSelector/matchLabels" },
          { op: "test", path: "/spec/egress", value: [{}] },
          { op: "replace", path: "/spec/egress", value: [] },
        ],
      ],
    ]);
  });

  it("are left to Pulumi where they are as declared, missing, shared, or changed by the configuration", async () => {
    const byPulumi = live({}, { egress: [{}] });
    byPulumi.metadata.managedFields = [
      { manager: "pulumi-kubernetes-1", time: "2026-11-28T00:00:00Z", fieldsV1: { "f:spec": { "f:egress": {} } } },
    ];
    for (const object of [live({}, {}), byPulumi]) {
      assert.deepEqual(await compared(object, false), { said: [], written: [] });
    }
    assert.deepEqual(await compared(undefined, false), { said: undefined, written: [] });
    const shared = await compared(opened(), false, declared({}));
    assert.deepEqual([shared.said.length, shared.written], [2, []]);
  });

  it("are restored where another Pulumi program has changed them, which writes under a random name as well", async () => {
    const wrote = (manager: string, time: string, ...annotations: string[]) => {
      const marks = Object.fromEntries(annotations.map((key) => [`f:${key}`, {}]));
      const fieldsV1 = { "f:metadata": { "f:annotations": marks }, "f:spec": { "f:egress": {}, "f:podSelector": {} } };
      return { manager, time: `2026-11-28T0${time}:00:00Z`, fieldsV1 };
    };
    const by = (...managedFields: object[]) => {
      const object = opened();
      return { ...object, metadata: { ...object.metadata, managedFields } };
    };
    const own = wrote("pulumi-kubernetes-1", "1", ...Object.keys(OWN_OBJECT));
    const other = wrote("pulumi-kubernetes-2", "2", "pulumi.com/patchForce");
    const { said, written } = await compared(by(own, other), false);
    assert.equal(said.length, 2);
    for (const line of said) assert.match(line, /\(written by pulumi-kubernetes-2\); this update restores it\.$/);
    assert.equal(written.length, 1);
    // Of this program, or restored by it; or from before objects had the annotations.
    const [before, restored] = [wrote("pulumi-kubernetes-3", "3"), wrote("pulumi-kubernetes-restored", "3")];
    for (const object of [by(own), by(own, restored), by(before)]) {
      assert.deepEqual(await compared(object, false), { said: [], written: [] });
    }
  });

  it("are left to Pulumi where a field is new in the configuration, and has no writer", async () => {
    const own = { ...declared(), spec: { ...declared().spec, policyTypes: ["Egress"] } };
    assert.deepEqual(await compared(live({ "f:egress": {} }, {}), false, own), { said: [], written: [] });
  });

  it("are not called refused where Pulumi has restored them first", async () => {
    const host: Partial<HostClient> = {
      patch: () => Promise.reject(new HostError("the test failed", 422)),
      find: () => Promise.resolve(live({}, {}) as never),
    };
    const find = () => Promise.resolve({ url, live: opened() });
    const said = (await compare(host as HostClient, find, declared(), false)) ?? [];
    assert.deepEqual(
      said.filter((line) => !line.endsWith("this update restores it.")),
      [],
    );
    assert.equal(said.length, 2);
  });

  it("are written once more where Pulumi has restored a part of them first", async () => {
    const left = live({ "f:podSelector": {} }, { podSelector: { matchLabels: { a: "b" } } });
    const patches: unknown[] = [];
    const host: Partial<HostClient> = {
      patch: (_, body: object) => {
        patches.push(body);
        return patches.length === 1
          ? Promise.reject(new HostError("the test failed", 422))
          : Promise.resolve(live({}, {}) as never);
      },
      find: () => Promise.resolve(left as never),
    };
    const find = () => Promise.resolve({ url, live: opened() });
    const said = (await compare(host as HostClient, find, declared(), false)) ?? [];
    assert.equal(said.length, 2, said.join("\n"));
    assert.deepEqual(patches.slice(1), [
      [
        { op: "test", path: "/spec/podSelector/matchLabels", value: { a: "b" } },
        { op: "remove", path: "/spec/podSelector/matchLabels" },
      ],
    ]);
  });

  it("are named where the host adds again what was removed", async () => {
    const host: Partial<HostClient> = { patch: () => Promise.resolve(opened() as never) };
    const find = () => Promise.resolve({ url, live: opened() });
    const said = (await compare(host as HostClient, find, declared(), false)) ?? [];
    assert.match(
      said.at(-1) ?? "",
      /^NetworkPolicy all-pods: the host adds spec\.podSelector\.matchLabels again .* Fix: exempt the object/,
    );
    assert.equal(said.length, 3);
  });

  describe("in a program", () => {
    const warnings: string[] = [];
    const warn = Object.getOwnPropertyDescriptor(log, "warn");
    before(() => {
      const value = (message: string) => Promise.resolve(void warnings.push(message));
      Object.defineProperty(log, "warn", { value, configurable: true });
    });
    after(() => {
      if (warn) Object.defineProperty(log, "warn", warn);
    });

    /** What a run with this host says of the declared object. */
    async function warned(
      find: HostClient["find"],
      preview = true,
      id?: string,
      nameMissing = true,
    ): Promise<string[]> {
      warnings.length = 0;
      const host = { find } as HostClient;
      const resource = { id: output(id === undefined ? new Promise(() => undefined) : id) } as unknown as Resource;
      const type = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
      restoringOwn(host, preview, nameMissing)({ resource, type, name: "all-pods", props: declared(), opts: {} });
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [...warnings];
    }

    it("keep in a preview what the API refuses to change: it would refuse the new object beside the old one", () => {
      const host = { find: () => Promise.resolve(undefined) } as unknown as HostClient;
      const opts = { ignoreChanges: ["metadata"] };
      const ignored = (kind: string, preview: boolean) => {
        const about = { resource: {} as Resource, type: `kubernetes:v1:${kind}`, name: "one", props: declared(), opts };
        return (restoringOwn(host, preview, false)(about) as { opts: object } | undefined)?.opts;
      };
      assert.deepEqual(ignored("RoleBinding", true), { ignoreChanges: ["metadata", "roleRef"] });
      assert.deepEqual(ignored("Secret", true), { ignoreChanges: ["metadata", "type"] });
      assert.deepEqual(ignored("PriorityClass", true), { ignoreChanges: ["metadata", "value"] });
      assert.equal(ignored("RoleBinding", false), undefined);
      assert.equal(ignored("Role", true), undefined);
    });

    it("are not passed over in silence where the host is slow or faulty, except without permission or connection", async () => {
      const failing = (error: HostError) => warned(() => Promise.reject(error));
      for (const error of [
        new HostError("no complete answer", undefined, { code: "host-timeout" }),
        ...[410, 429, 500, 503].map((status) => new HostError("try again", status)),
      ]) {
        const said = await failing(error);
        assert.equal(said.length, 1);
        assert.match(said[0] ?? "", /^NetworkPolicy all-pods was not compared with the host \(.*Fix: run it again/);
      }
      for (const error of [new HostError("no", 403), new HostError("who", 401), new HostError("refused")]) {
        assert.deepEqual(await failing(error), []);
      }
    });

    it("are named where the state has them and the host does not, which only a refresh would tell Pulumi", async () => {
      const kinds = { resources: [{ name: "networkpolicies", kind: "NetworkPolicy", namespaced: true }] };
      /** A host that has the object from the second time on that it is asked for. */
      const host = (then?: object) => {
        let asked = 0;
        const find = (path: string) => Promise.resolve(path.endsWith("/v1") ? kinds : asked++ === 0 ? undefined : then);
        return find as HostClient["find"];
      };
      for (const preview of [true, false]) {
        const said = await warned(host(), preview, "dev-vcluster/all-pods");
        assert.equal(said.length, 1);
        assert.match(said[0] ?? "", /^NetworkPolicy all-pods is missing on the host, which .*--refresh=false/);
      }
      // New, made by this update, or gone with its namespace.
      assert.deepEqual(await warned(host()), []);
      assert.deepEqual(await warned(host(live({}, {})), false, "dev-vcluster/all-pods"), []);
      assert.deepEqual(await warned(host(), true, "dev-vcluster/all-pods", false), []);
    });
  });

  it("are named with the command that helps where the host refuses it", async () => {
    const { said } = await compared(opened(), false, declared(), new HostError("denied", 403));
    assert.match(
      said.at(-1) ?? "",
      /^NetworkPolicy all-pods could not be restored \(denied\)\. Fix: update again.*`kubectl patch NetworkPolicy all-pods -n dev-vcluster --type json -p '\[\{"op":"remove"/,
    );
  });

  it("are left to Pulumi, which makes them again, where the API refuses to change the field", async () => {
    const role = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Role", name });
    const own = { ...declared(), kind: "RoleBinding", roleRef: role("syncer") };
    const managedFields = [{ manager: "kubectl-create", fieldsV1: { "f:roleRef": {} } }];
    const object = { ...own, metadata: { ...own.metadata, managedFields }, roleRef: role("view") };
    const { said, written } = await compared(object, false, own, new HostError("cannot change roleRef", 422));
    assert.deepEqual(said, [
      'RoleBinding all-pods: roleRef.name is "view" instead of "syncer" (written by kubectl-create); an update that refreshes the ' +
        "state, as a plain `pulumi up` does, makes the object again.",
    ]);
    assert.deepEqual(written, []);
  });

  it("are named with the deletion that helps where the object was made immutable", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "dev-vcluster", namespace: "argocd" } };
    const frozen = { ...secret, immutable: true } as unknown as KubernetesObject;
    const host: Partial<HostClient> = {
      patch: () => Promise.reject(new HostError("field is immutable when `immutable` is set", 422)),
      find: () => Promise.resolve(frozen as never),
    };
    const found = () => [{ path: ["immutable"], actual: true, desired: undefined }];
    const said = await restore(host as HostClient, { url, live: frozen } as LiveObject, found);
    assert.match(
      said.join("\n"),
      /could not be restored .*Fix: `kubectl delete Secret dev-vcluster -n argocd`, then update/,
    );
  });

  it("are named with the deletion that helps, and not patched, in fields that the API refuses to change", async () => {
    const own = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "workloads", namespace: "dev-vcluster", annotations: OWN_OBJECT },
      spec: { hard: { pods: "5" } },
    };
    const made = (object: typeof own, fieldsV1: JsonObject, more: JsonObject) => ({
      ...object,
      ...more,
      metadata: { ...object.metadata, managedFields: [{ manager: "kubectl-replace", fieldsV1 }] },
    });
    const scopes = made(
      own,
      { "f:spec": { "f:scopes": {}, "f:hard": { "f:pods": {} } } },
      { spec: { hard: { pods: "7" }, scopes: ["Terminating"] } },
    );
    const { said, written } = await compared(scopes, false, own as never);
    assert.deepEqual(said, [
      'ResourceQuota workloads: spec.scopes is ["Terminating"] instead of nothing (written by kubectl-replace), and the API refuses to ' +
        "change it back. Fix: `kubectl delete ResourceQuota workloads -n dev-vcluster`, then update again (nothing is lost, and until " +
        "then it limits nothing).",
      'ResourceQuota workloads: spec.hard.pods is "7" instead of "5" (written by kubectl-replace); this update restores it.',
    ]);
    assert.doesNotMatch(JSON.stringify(written), /scopes/);
    assert.match(JSON.stringify(written), /hard/);

    const { name, annotations } = own.metadata;
    const priority = {
      kind: "PriorityClass",
      apiVersion: "scheduling.k8s.io/v1",
      metadata: { name, annotations },
      value: -1,
    };
    const changed = made(priority as never, { "f:value": {} }, { value: 500 });
    for (const preview of [true, false]) {
      const found = await compared(changed, preview, priority as never);
      assert.equal(found.said.length, 1);
      assert.match(found.said[0] ?? "", /value is 500 instead of -1 .*`kubectl delete PriorityClass workloads`/);
      assert.deepEqual(found.written, []);
    }
  });
});
