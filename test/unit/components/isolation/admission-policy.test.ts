import * as assert from "node:assert/strict";

import type { IsolationArgs } from "../../../../components";
import { admissionPolicy } from "../../../../components/isolation/admission-policy";
import { type Rule, validation } from "../../../../components/isolation/admission/rule";
import { resolve } from "../../../../components/resolve";
import { checkArgs } from "../../../../components/validate";
import { getIn } from "../../../../shared/json";
import { hostRulesOf, refusals, rulesFor } from "../../../support/admission";
import { celEvaluator } from "../../../support/cel";
import { record } from "../../../support/mocks";
import { admissionCases } from "./admission-cases";

const resolved = (isolation: IsolationArgs) => resolve("dev", { domain: "example.org", isolation });

// The real API server evaluates the same expressions in test/e2e/attacks.test.ts.
describe("admissionPolicy", () => {
  it("matches the environment's namespace and its syncer's account", async () => {
    const advanced = { serviceAccount: { name: "vc-syncer" } };
    const values = { controlPlane: { advanced } };
    const env = resolve("dev", { domain: "example.org", values });
    const { registrations } = await record(() => admissionPolicy("dev", env, {}));
    assert.deepEqual(
      registrations.map(({ type }) => type.split(":").at(-1)).sort(),
      ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].flatMap((type) => [type, type]),
    );
    const suffixes = ["synced-objects", "ingress-hosts", "synced-objects-binding", "ingress-hosts-binding"];
    const [policy, hosts, binding, hostsBinding] = suffixes.map((suffix) => {
      const registration = registrations.find(({ name }) => name === `dev-${suffix}`);
      return registration?.inputs as { metadata: object; spec: Record<string, unknown> } | undefined;
    });
    // Kubernetes fills in defaults in a part that it compares as a whole: what a killed run has left would be a conflict.
    for (const one of [policy, hosts, binding, hostsBinding]) {
      assert.equal(
        (one?.metadata as { annotations: Record<string, string> }).annotations["pulumi.com/patchForce"],
        "true",
      );
    }
    const { matchConstraints, matchConditions, failurePolicy } = policy?.spec ?? {};
    assert.equal(failurePolicy, "Fail");
    assert.deepEqual((matchConstraints as { namespaceSelector: object }).namespaceSelector, {
      matchLabels: { "kubernetes.io/metadata.name": "dev-vcluster" },
    });
    assert.deepEqual(matchConditions, [
      {
        name: "by-the-syncer",
        expression: "request.userInfo.username == 'system:serviceaccount:dev-vcluster:vc-syncer'",
      },
    ]);
    assert.deepEqual(binding?.spec, { policyName: "dev-vcluster-synced-objects", validationActions: ["Deny"] });
    assert.deepEqual(hosts?.spec["matchConditions"], matchConditions);
    assert.deepEqual(hosts.spec["paramKind"], { apiVersion: "v1", kind: "Namespace" });
    assert.deepEqual(hostsBinding?.spec, {
      policyName: "dev-vcluster-ingress-hosts",
      validationActions: ["Deny"],
      paramRef: {
        selector: { matchExpressions: [{ key: "vcluster-environments/environment", operator: "Exists" }] },
        parameterNotFoundAction: "Allow",
      },
    });
  });

  it("is omitted in the profile open only", async () => {
    for (const [profile, count] of [
      ["open", 0],
      ["default", 4],
      ["hardened", 4],
    ] as const) {
      const { registrations } = await record(() => admissionPolicy("dev", resolved({ profile }), {}));
      assert.equal(registrations.length, count, profile);
    }
  });

  describe("its rules", () => {
    let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
    before(async () => {
      evaluate = await celEvaluator();
    });

    for (const given of admissionCases) {
      const { kind, what, old, refusedBy = [] } = given;
      const verb = old === undefined ? "of new" : "of changed";
      it(`${refusedBy.length > 0 ? "refuse" : "allow"}, ${verb} ${kind}, one ${what}`, () => {
        assert.deepEqual([...refusals(evaluate, given).keys()].sort(), [...refusedBy].sort());
      });
    }

    it("are each needed: without one of them, something that it alone refuses is let through", () => {
      const names = new Set(admissionCases.flatMap(({ args }) => rulesFor(args).map(({ name }) => name)));
      for (const name of names) {
        const alone = admissionCases.find(({ refusedBy = [] }) => refusedBy.length === 1 && refusedBy[0] === name);
        assert.ok(alone, `no case is refused by the rule ${name} alone`);
        const others = rulesFor(alone.args).filter((rule) => rule.name !== name);
        assert.equal(refusals(evaluate, alone, others).size, 0, name);
      }
    });

    it("have names of their own, and allow something of each kind that they look at", () => {
      for (const args of admissionCases.map(({ args }) => args)) {
        const names = rulesFor(args).map(({ name }) => name);
        assert.deepEqual(names, [...new Set(names)]);
      }
      const allowed = new Set(admissionCases.flatMap(({ kind, refusedBy }) => (refusedBy === undefined ? [kind] : [])));
      const looked = rulesFor().flatMap(({ kinds = [] }) => kinds);
      const missing = looked.filter((kind) => !allowed.has(kind) && kind !== "pods/resize");
      assert.deepEqual([...new Set(missing)], ["snapshot"].slice(1));
    });

    it("name what is refused, and the key that allows it", () => {
      const message = (what: string) => {
        const given = admissionCases.find((one) => one.what === what);
        assert.ok(given, what);
        return [...refusals(evaluate, given).values()].join("\n");
      };
      assert.equal(
        message("with the annotation vault.hashicorp.com/role"),
        "annotations that controllers outside of the virtual cluster may act on (vault.hashicorp.com/role) are not allowed; " +
          "allowed: keys without a domain or a dot, and those of known tools that have no effect there; " +
          "isolation.allow.annotations in the environment's configuration allows more (annotations-of-pods)",
      );
      assert.match(
        message("to be copied elsewhere"),
        / \(reflector\.[^)]+\) are not allowed; allowed: keys without a domain, and those/,
      );
      assert.match(
        message("that belongs to a node"),
        /^owners \(metadata\.ownerReferences\) that [^;]+, \(v1 Node\) are not allowed; allowed: owners of the kinds Pod and Service without/,
      );
      assert.match(message("that belongs to a Service that it keeps"), /, \(Service with blockOwnerDeletion\) are not/);
      assert.match(
        message("of no class"),
        /^claims without a storage class are not allowed; allowed: any class, by its name; isolation\.allow\.storageClasses /,
      );
      assert.match(
        message("of no class, beside those that are allowed"),
        /^other storage classes of claims \(none\) are not allowed; allowed: standard; /,
      );
      assert.match(message("with a volume of the kind nfs"), /\(nfs\) .*isolation\.allow\.volumes/);
      assert.match(
        message("that ends tomorrow"),
        /\(86400\) .*300 seconds.*isolation\.objectLimits\.gracePeriodSeconds/,
      );
      assert.match(message("of the type NodePort"), /\(NodePort\) .*isolation\.quota \(services\.nodeports/);
      assert.match(message("for the host shop.example.com"), /\(shop\.example\.com\) .*isolation\.ingressHosts/);
      assert.match(message("for more hosts than a message has room for"), /^[^(]+ are not allowed; .*ingressHosts/);
      assert.match(message('with the path "/a b"'), /nothing in the environment's configuration allows more/);
    });

    it("say in every message what is refused, what is allowed and which key allows more, in words of the tenant", () => {
      const { names } = resolve("dev", { domain: "example.org" });
      const unknown = new RegExp(`${names.release}|${names.namespace}(?![.]example[.]org)|\\bhost's\\b|\\bthe host\\b`);
      const seen = new Set<string>();
      for (const given of admissionCases.filter(({ refusedBy }) => refusedBy !== undefined)) {
        for (const [name, text] of refusals(evaluate, given)) {
          seen.add(name);
          const { refuses, allowed, keys } = rulesFor(given.args).find((rule) => rule.name === name) as Rule;
          const opens = keys.length > 0 ? keys.join(" or ") : "nothing";
          const rest = ` are not allowed; allowed: ${allowed}; ${opens} in the environment's configuration allows more (${name})`;
          assert.ok(refuses.length > 0 && allowed.length > 0, name);
          assert.ok(text.startsWith(refuses) && text.endsWith(rest), text);
          // Values, where there are some, are never empty.
          assert.match(text.slice(refuses.length, -rest.length), /^( \(.+\))?$/s, text);
          assert.doesNotMatch(`${refuses}${rest}`, unknown);
        }
      }
      for (const args of admissionCases.map((one) => one.args)) {
        for (const { name } of rulesFor(args)) assert.ok(seen.has(name), `no case shows the message of ${name}`);
      }
    });

    it("have messages that Kubernetes takes: without line breaks, and codes that can be looked up", () => {
      for (const rule of [...rulesFor(), ...hostRulesOf("dev")]) {
        const { message } = validation(rule);
        assert.ok(!/[\n\r]/.test(message) && message.length < 1024, message);
        assert.match(rule.name, /^[a-z]+(-[a-z]+)*$/);
      }
    });

    it("name only keys that there are", () => {
      const s = resolve("dev", { domain: "example.org" });
      for (const key of rulesFor().flatMap(({ keys }) => keys)) {
        const [path = ""] = key.split(" ");
        assert.notEqual(getIn(s, ...path.split(".")), undefined, key);
      }
    });

    it("take texts of the configuration for texts", () => {
      const args = { isolation: { allow: { annotations: ["a'b\\c"], labels: ["') || true || ('"] } } };
      const pod = admissionCases.find(({ what }) => what === "with the label sidecar.istio.io/inject");
      assert.ok(pod);
      assert.equal(refusals(evaluate, { ...pod, args }).size, 1);
    });
  });

  it("accepts hosts and wildcard domains, and nothing else", () => {
    const findings = checkArgs("dev", {
      domain: "example.org",
      isolation: { ingressHosts: ["shop.example.com", "*.example.com", "https://example.com", "a.*.com", "Shop"] },
    });
    assert.deepEqual(
      findings.map(({ path, code }) => `${path}: ${code}`),
      [
        "isolation.ingressHosts[2]: ingress-host-invalid",
        "isolation.ingressHosts[3]: ingress-host-invalid",
        "isolation.ingressHosts[4]: ingress-host-invalid",
      ],
    );
  });
});
