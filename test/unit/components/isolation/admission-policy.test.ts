import * as assert from "node:assert/strict";

import type { IsolationArgs } from "../../../../components";
import { settings } from "../../../../components/config/defaults";
import { admissionPolicy, validations } from "../../../../components/isolation/admission-policy";
import { environmentNames } from "../../../../components/names";
import { checkArgs } from "../../../../components/validate";
import { celEvaluator } from "../../../support/cel";
import { record } from "../../../support/mocks";

function made(isolation: IsolationArgs) {
  const s = settings("dev", { domain: "example.org", isolation });
  return { s, names: environmentNames(s.environment, s.domain) };
}

// The real API server evaluates the same expressions in test/e2e/attacks.test.ts.
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

  describe("its expressions", () => {
    let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
    before(async () => {
      evaluate = await celEvaluator();
    });

    /** Whether all validations admit an object of that resource. */
    const admits = (isolation: IsolationArgs, resource: string, object: object) => {
      const { s, names } = made(isolation);
      return validations(names, s)
        .map(({ expression }) => evaluate(expression, { request: { resource: { resource } }, object }))
        .every((result) => {
          assert.equal(typeof result, "boolean");
          return result === true;
        });
    };
    const ingress = (...hosts: string[]) => ({ metadata: {}, spec: { rules: hosts.map((host) => ({ host })) } });
    const admitsHost = (isolation: IsolationArgs, host: string) => {
      const byRule = admits(isolation, "ingresses", ingress(host));
      const byTls = admits(isolation, "ingresses", { metadata: {}, spec: { tls: [{ hosts: [host] }] } });
      assert.equal(byRule, byTls, host);
      return byRule;
    };

    it("lets hosts below the API host through", () => {
      assert.ok(admitsHost({}, "app.dev-vcluster.example.org"));
      for (const host of [
        "dev-vcluster.example.org",
        "app.other-vcluster.example.org",
        "app-dev-vcluster.example.org",
        "app.dev-vcluster.example.org.example.com",
        "shop.example.com",
        "*.example.org",
      ]) {
        assert.ok(!admitsHost({}, host), host);
      }
      assert.ok(!admits({}, "ingresses", ingress("app.dev-vcluster.example.org", "shop.example.com")));
    });

    it("lets further hosts through unless they are another environment's or the whole domain", () => {
      const isolation = { ingressHosts: ["shop.example.com", "*.example.org"] };
      for (const host of ["shop.example.com", "shop.example.org", "a.b.example.org", "app.dev-vcluster.example.org"]) {
        assert.ok(admitsHost(isolation, host), host);
      }
      for (const host of [
        "other-vcluster.example.org",
        "app.other-vcluster.example.org",
        "*.other-vcluster.example.org",
        "*.example.org",
        "a.shop.example.com",
        "example.org",
      ]) {
        assert.ok(!admitsHost(isolation, host), host);
      }
    });

    it("refuse an Ingress without a host, and one for everything else", () => {
      assert.ok(!admits({}, "ingresses", { metadata: {}, spec: { rules: [{}] } }));
      assert.ok(!admits({}, "ingresses", { metadata: {}, spec: { defaultBackend: {} } }));
    });

    it("refuse annotations that reach beyond the environment", () => {
      const annotated = (key: string) => ({
        ...ingress("a.dev-vcluster.example.org"),
        metadata: { annotations: { [key]: "" } },
      });
      for (const key of ["server-alias", "auth-url", "mirror-target", "configuration-snippet", "stream-snippet"]) {
        assert.ok(!admits({}, "ingresses", annotated(`nginx.ingress.kubernetes.io/${key}`)), key);
      }
      assert.ok(!admits({}, "ingresses", annotated("traefik.ingress.kubernetes.io/router.middlewares")));
      assert.ok(!admits({}, "ingresses", annotated("traefik.ingress.kubernetes.io/service.serverstransport")));
      for (const key of ["auth-url-x", "rewrite-target", "auth-secret"]) {
        assert.ok(admits({}, "ingresses", annotated(`nginx.ingress.kubernetes.io/${key}`)), key);
      }
    });

    it("refuse Services with an external name or external addresses", () => {
      const admitsService = (spec: object) => admits({}, "services", { metadata: {}, spec });
      assert.ok(admitsService({ type: "ClusterIP" }));
      assert.ok(admitsService({ type: "ClusterIP", externalIPs: [] }));
      assert.ok(!admitsService({ type: "ExternalName", externalName: "argocd-server.argocd.svc" }));
      assert.ok(!admitsService({ type: "ClusterIP", externalIPs: ["192.0.2.1"] }));
    });

    it("lets no endpoints through, or those that workloads may connect to", () => {
      const open = { egress: [{ cidr: "0.0.0.0/0" }, { cidr: "10.1.0.0/16" }, { namespace: "databases" }] };
      const admitsAddress = (isolation: IsolationArgs, ip: string) => {
        const [ready, notReady] = ["addresses", "notReadyAddresses"].map((key) =>
          admits(isolation, "endpoints", { metadata: {}, subsets: [{ [key]: [{ ip }] }] }),
        );
        assert.equal(ready, notReady, ip);
        return ready;
      };
      assert.ok(admits({}, "endpoints", { metadata: {} }));
      assert.ok(!admitsAddress({}, "203.0.113.1"));
      for (const ip of ["203.0.113.1", "10.1.2.3"]) assert.ok(admitsAddress(open, ip), ip);
      for (const ip of ["10.0.0.1", "169.254.169.254", "192.168.1.1"]) assert.ok(!admitsAddress(open, ip), ip);
      assert.ok(!admitsAddress({ egress: [{ namespace: "databases" }] }, "203.0.113.1"));
    });
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
