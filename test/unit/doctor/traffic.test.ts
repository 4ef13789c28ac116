import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import type { KubeObject } from "../../../doctor/objects";
import { allows } from "../../../doctor/traffic";

const POD = { app: "vcluster" };
const place = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const policy = (spec: object): KubeObject => ({ metadata: { name: "p" }, spec: { podSelector: {}, ...spec } });
const from = (namespace: string, policies: readonly KubeObject[], port = 8443) =>
  allows(policies, POD, "Ingress", { namespace }, port);
const to = (address: string, policies: readonly KubeObject[], port = 6443) =>
  allows(policies, POD, "Egress", { address }, port);

describe("network policies as the doctor evaluates them", () => {
  it("allow everything where none selects the pod for the direction", () => {
    assert.ok(from("a", []));
    assert.ok(from("a", [policy({ podSelector: { matchLabels: { app: "other" } } })]));
    assert.ok(to("192.0.2.1", [policy({ policyTypes: ["Ingress"] })]));
    assert.ok(!from("a", [policy({})]), "Ingress is the default direction");
    assert.ok(!to("192.0.2.1", [policy({ policyTypes: ["Egress"] })]));
  });

  it("add up", () => {
    const rules = (name: string) => policy({ ingress: [{ from: [place(name)] }] });
    assert.ok(from("b", [rules("a"), rules("b")]));
    assert.ok(!from("c", [rules("a"), rules("b")]));
  });

  it("take an empty rule, or one without peers, for everybody", () => {
    assert.ok(from("a", [policy({ ingress: [{}] })]));
    assert.ok(from("a", [policy({ ingress: [{ from: [] }] })]));
  });

  it("look at ports, ranges of ports and protocols", () => {
    const rule = (ports: object[]) => [policy({ ingress: [{ from: [place("a")], ports }] })];
    assert.ok(from("a", rule([{ protocol: "TCP", port: 8443 }])));
    assert.ok(!from("a", rule([{ protocol: "TCP", port: 8080 }])));
    assert.ok(!from("a", rule([{ protocol: "UDP", port: 8443 }])));
    assert.ok(from("a", rule([{ port: 8000, endPort: 9000 }])));
    assert.ok(!from("a", rule([{ port: 8000, endPort: 8100 }])));
    assert.ok(from("a", rule([{ protocol: "TCP" }])));
  });

  it("select by expressions, and by pods only where their labels are known", () => {
    const selector = (namespaceSelector: object, podSelector?: object) => [
      policy({ ingress: [{ from: [{ namespaceSelector, ...(podSelector && { podSelector }) }] }] }),
    ];
    const key = "kubernetes.io/metadata.name";
    assert.ok(from("a", selector({ matchExpressions: [{ key, operator: "In", values: ["a", "b"] }] })));
    assert.ok(!from("c", selector({ matchExpressions: [{ key, operator: "In", values: ["a", "b"] }] })));
    assert.ok(!from("a", selector({ matchExpressions: [{ key, operator: "NotIn", values: ["a"] }] })));
    assert.ok(from("a", selector({ matchExpressions: [{ key, operator: "Exists" }] })));
    assert.ok(!from("a", selector({ matchExpressions: [{ key, operator: "DoesNotExist" }] })));
    assert.ok(from("a", selector({})));
    assert.ok(!from("a", selector({}, { matchLabels: { app: "x" } })));
    assert.ok(!from("a", [policy({ ingress: [{ from: [{ podSelector: {} }] }] })]), "pods of the own namespace");
  });

  it("compare addresses with ranges as IP does", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const number = (parts: readonly number[]) => parts.reduce((value, part) => value * 256 + part, 0);
    fc.assert(
      fc.property(
        fc.array(octet, { minLength: 4, maxLength: 4 }),
        fc.array(octet, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 32 }),
        (base, address, bits) => {
          const inside = number(base) >>> (32 - bits) === number(address) >>> (32 - bits);
          const cidr = `${base.join(".")}/${bits}`;
          assert.equal(
            to(address.join("."), [policy({ policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr } }] }] })]),
            inside,
          );
        },
      ),
    );
    const one = (cidr: string) => [policy({ policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr } }] }] })];
    assert.ok(to("2001:db8::1", one("2001:db8::1/128")));
    assert.ok(!to("2001:db8::1", one("192.0.2.0/24")));
    assert.ok(to("192.0.2.9", one("0.0.0.0/0")));
  });
});
