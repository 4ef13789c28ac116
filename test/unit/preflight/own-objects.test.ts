import * as assert from "node:assert/strict";

import { OWN_OBJECT } from "../../../components/kubernetes/annotations";
import { type HostClient, HostError, type KubernetesObject } from "../../../host/client";
import type { LiveObject } from "../../../host/live-objects";
import { compare } from "../../../preflight/own-objects";
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
    return { said: await compare(host as HostClient, find, own, preview), written };
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
    for (const object of [live({}, {}), undefined, byPulumi]) {
      assert.deepEqual(await compared(object, false), { said: [], written: [] });
    }
    const shared = await compared(opened(), false, declared({}));
    assert.deepEqual([shared.said.length, shared.written], [2, []]);
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
    const said = await compare(host as HostClient, find, declared(), false);
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
    const said = await compare(host as HostClient, find, declared(), false);
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
    const said = await compare(host as HostClient, find, declared(), false);
    assert.match(
      said.at(-1) ?? "",
      /^NetworkPolicy all-pods: the host adds spec\.podSelector\.matchLabels again .* Fix: exempt the object/,
    );
    assert.equal(said.length, 3);
  });

  it("are named with the command that helps where the host refuses it", async () => {
    const { said } = await compared(opened(), false, declared(), new HostError("denied", 403));
    assert.match(
      said.at(-1) ?? "",
      /^NetworkPolicy all-pods could not be restored \(denied\)\. Fix: update again.*`kubectl patch NetworkPolicy all-pods -n dev-vcluster --type json -p '\[\{"op":"remove"/,
    );
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
});
