import * as assert from "node:assert/strict";

import type { IsolationArgs } from "../../../../components";
import { settings } from "../../../../components/config/defaults";
import { admissionPolicy, validations } from "../../../../components/isolation/admission-policy";
import { environmentNames } from "../../../../components/names";
import { checkArgs } from "../../../../components/validate";
import { record } from "../../../support/mocks";

function made(isolation: IsolationArgs) {
  const s = settings("dev", { domain: "example.org", isolation });
  return { s, names: environmentNames(s.environment, s.domain) };
}

/** The expression that judges a kind of object. */
function expression(isolation: IsolationArgs, resource: string): string {
  const { s, names } = made(isolation);
  return validations(names, s).find((rule) => rule.expression.includes(`'${resource}'`))?.expression ?? "";
}

// What the expressions refuse and let through is seen on a real host, by test/e2e/attacks.test.ts.
describe("the check of what the syncer makes on the host", () => {
  it("is for the environment's namespace and for its syncer's account", async () => {
    const { s, names } = made({});
    const { registrations } = await record(() => admissionPolicy("dev", names, s, "vc-syncer", {}));
    assert.deepEqual(
      registrations.map(({ type }) => type.split(":").at(-1)),
      ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
    );
    const [policy, binding] = registrations.map(
      ({ inputs }) => inputs as { metadata: object; spec: Record<string, unknown> },
    );
    // Kubernetes fills in defaults in a part that it compares as a whole: what a killed run has left would be a conflict.
    for (const one of [policy, binding]) {
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
  });

  it("is left out of the profile open, and in the others", async () => {
    for (const [profile, count] of [
      ["open", 0],
      ["default", 2],
      ["hardened", 2],
    ] as const) {
      const { s, names } = made({ profile });
      const { registrations } = await record(() => admissionPolicy("dev", names, s, "vc-syncer", {}));
      assert.equal(registrations.length, count, profile);
    }
  });

  it("lets hosts below the API host through", () => {
    assert.ok(expression({}, "ingresses").includes("(r.host.endsWith('.dev-vcluster.example.org'))"));
  });

  it("lets further hosts through unless they are another environment's or the whole domain", () => {
    const found = expression({ ingressHosts: ["shop.example.com", "*.example.org"] }, "ingresses");
    const added =
      "((r.host == 'shop.example.com' || r.host.endsWith('.example.org'))" +
      " && !r.host.matches('^([^.]+[.])*[^.]+-vcluster[.]example[.]org$') && !(r.host == '*.example.org'))";
    assert.ok(found.includes(added), found);
  });

  it("lets no endpoints through, or those that workloads may connect to", () => {
    assert.ok(expression({}, "endpoints").includes("s.addresses.all(a, false)"));
    const found = expression({ egress: [{ cidr: "0.0.0.0/0" }, { namespace: "databases" }] }, "endpoints");
    assert.ok(found.includes("cidr('0.0.0.0/0').containsIP(a.ip) && !cidr('10.0.0.0/8').containsIP(a.ip)"), found);
  });

  it("takes hosts and domains with an asterisk, and nothing else", () => {
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
