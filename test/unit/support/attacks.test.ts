import * as assert from "node:assert/strict";

import { ApiException } from "@kubernetes/client-node";

import { environmentNames, syncedName } from "../../../components/names";
import { isPlainObject } from "../../../shared/json";
import { refusals } from "../../support/admission";
import { attacks } from "../../support/attacks";
import type { Scene } from "../../support/attacks/fixture";
import { changed, creations, ordinary, patches } from "../../support/attacks/synced-objects";
import { celEvaluator } from "../../support/cel";

const domain = "cnoe.localtest.me";

/** As much of two environments as the objects of the attacks are made of. */
function scene(): Scene {
  const party = (name: string) => {
    const { namespace, release } = environmentNames(name, domain);
    const onHost = (object: string) => syncedName(object, "atk-attacks", release);
    return { names: { namespace, release }, party: { hostNamespace: namespace, onHost, pod: "10.42.0.9" } };
  };
  const [a, b] = [party("atka"), party("atkb")];
  return { a: a.names, b: b.names, ownerUid: "u", parties: { atka: a.party, atkb: b.party } } as unknown as Scene;
}

/** An object after a JSON merge patch. */
function merged(object: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch;
  const result: Record<string, unknown> = isPlainObject(object) ? { ...object } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}

describe("attacks on what the host takes from a syncer", () => {
  const isolation = { egress: [{ cidr: "203.0.113.77/32", ports: [80] }] };
  const args = { environment: "atka", domain, isolation, sync: { toHost: { podDisruptionBudgets: true } } };
  const kinds: Record<string, string> = {
    poddisruptionbudgets: "policy/poddisruptionbudgets",
    ingresses: "networking.k8s.io/ingresses",
    endpointslices: "discovery.k8s.io/endpointslices",
  };
  let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
  before(async () => {
    evaluate = await celEvaluator();
  });

  it("have titles of their own", () => {
    const titles = attacks.map(({ title, from }) => `${title}, from ${from}`);
    assert.deepEqual([...new Set(titles)], titles);
    assert.ok(titles.length > 130, `${titles.length}`);
  });

  it("change a Service again that vCluster makes anew, to give it the address of its copy", async () => {
    const changes = [
      () => Promise.reject(new ApiException(404, "not found", "", {})), // between its deletion and its creation
      () => Promise.resolve(), // lost with the one that is deleted
      () => Promise.resolve(void (copy = { metadata: { labels: { tier: "own" } } })),
    ];
    let copy: object = {};
    const cluster = {
      apply: () => Promise.resolve(),
      merge: () => changes.shift()?.(),
      core: { listNamespacedEvent: () => Promise.resolve({ items: [] }) },
      remove: () => Promise.resolve(),
    };
    const host = { get: () => Promise.resolve(copy) };
    const atka = { ...scene().parties.atka, cluster };
    const service = attacks.find(({ title }) => title === "give its service an address of others");
    assert.deepEqual(await service?.twin({ host, parties: { atka } } as unknown as Scene), {
      worked: true,
      seen: "it is on the host",
    });
    assert.equal(changes.length, 0);
  });

  for (const [kind, make] of Object.entries(ordinary)) {
    it(`start from a ${kind} that is allowed`, () => {
      const { resource, object } = make(scene());
      const request = { what: kind, kind: kinds[resource] ?? resource, object, args };
      assert.deepEqual([...refusals(evaluate, request)], []);
    });
  }

  for (const title of Object.keys(creations)) {
    it(`are stopped by one of its rules: ${title}`, () => {
      const { resource, object } = changed(title, scene());
      const kind = kinds[resource] ?? resource;
      // As JSON has it: without what is undefined.
      const made = JSON.parse(JSON.stringify(object)) as object;
      assert.notEqual(refusals(evaluate, { what: title, kind, object: made, args }).size, 0);
    });
  }

  const existing = (resource: string) => {
    const found = Object.values(ordinary).find((make) => make(scene()).resource === resource);
    return { status: { podIP: "10.42.0.3" }, ...found?.(scene()).object };
  };
  for (const [title, { resource, subresource, body }] of Object.entries(patches)) {
    it(`are stopped by one of its rules: ${title}`, () => {
      const old = existing(resource);
      const kind = subresource === undefined ? resource : `${resource}/${subresource}`;
      const { stringData, ...object } = merged(old, body(scene())) as { stringData?: object };
      const whole = stringData === undefined ? object : { ...object, data: stringData };
      assert.notEqual(refusals(evaluate, { what: title, kind, object: whole, old, args }).size, 0);
    });
  }
});
