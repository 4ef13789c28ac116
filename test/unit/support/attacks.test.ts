import * as assert from "node:assert/strict";

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
  return { a: a.names, b: b.names, parties: { atka: a.party, atkb: b.party } } as unknown as Scene;
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
  const args = { environment: "atka", domain, isolation: { egress: [{ cidr: "203.0.113.77/32", ports: [80] }] } };
  const kinds: Record<string, string> = { ingresses: "networking.k8s.io/ingresses" };
  let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
  before(async () => {
    evaluate = await celEvaluator();
  });

  it("have titles of their own", () => {
    const titles = attacks.map(({ title, from }) => `${title}, from ${from}`);
    assert.deepEqual([...new Set(titles)], titles);
    assert.ok(titles.length > 130, `${titles.length}`);
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
