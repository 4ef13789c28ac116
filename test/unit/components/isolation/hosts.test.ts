import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { settings } from "../../../../components/config/defaults";
import { isHostOf, isOwnHost } from "../../../../components/isolation/admission/hosts";
import { ENVIRONMENTS, hostRefusals, hostRulesOf, ingressAt } from "../../../support/admission";
import { celEvaluator } from "../../../support/cel";

const DOMAIN = "example.org";
const envOf = (environment: string, ingressHosts: string[] = []) =>
  settings(environment, { domain: DOMAIN, isolation: { ingressHosts } });

describe("hosts of Ingresses", () => {
  let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
  before(async () => {
    evaluate = await celEvaluator();
  });

  const isOwn = (host: string, environment: string, ingressHosts?: string[]) =>
    evaluate(isOwnHost("host", envOf(environment, ingressHosts)), { host }) === true;
  /** Environments that may make an Ingress for the host, while the host cluster has all of `environments`. */
  const owners = (host: string, environments: readonly string[], ingressHosts?: string[]) =>
    environments.filter(
      (one) =>
        isOwn(host, one, ingressHosts) &&
        environments.every((other) => hostRefusals(evaluate, one, other, ingressAt(host)).length === 0),
    );

  it("belong to the environment with the longest name that fits, of those that the host has", () => {
    assert.deepEqual(owners(`x-a-dev.${DOMAIN}`, ["dev"]), ["dev"]);
    assert.deepEqual(owners(`x-a-dev.${DOMAIN}`, ["dev", "a-dev"]), ["a-dev"]);
    assert.deepEqual(owners(`x-a-dev.${DOMAIN}`, ["a-dev", "dev"]), ["a-dev"]);
    assert.deepEqual(owners(`a-dev.${DOMAIN}`, ["dev", "a-dev"]), ["dev"]);
    assert.deepEqual(owners(`x.a-dev-vcluster.${DOMAIN}`, ["vcluster", "dev", "a-dev"]), ["a-dev"]);
    assert.deepEqual(owners(`x-vcluster.${DOMAIN}`, ["vcluster", "a-vcluster"]), []);
  });

  // Parts that names of environments and API hosts have, so that they meet.
  const part = fc.constantFrom("a", "b", "dev", "ev", "x", "vcluster", "pr", "1");
  const label = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("-"));
  const someEnvironments = fc.uniqueArray(fc.oneof(fc.constantFrom(...ENVIRONMENTS), label), {
    minLength: 1,
    maxLength: 5,
  });

  it("belong to one environment at most, whichever there are and whatever they list", () => {
    const host = fc.oneof(
      label,
      fc.tuple(label, label).map(([one, two]) => `${one}.${two}`),
    );
    const lists = fc.constantFrom<string[]>([], [`*.${DOMAIN}`]);
    fc.assert(
      fc.property(someEnvironments, host, lists, (environments, name, ingressHosts) => {
        const [first, ...more] = environments.filter((one) => isOwn(`${name}.${DOMAIN}`, one));
        if (first === undefined) return;
        const found = owners(`${name}.${DOMAIN}`, environments, ingressHosts);
        assert.equal(found.length, 1, `${name} of ${[first, ...more].join()} is ${found.join()}'s`);
      }),
    );
  });

  it("are `<application>-<environment>` of exactly one, which the preflight names as well", () => {
    fc.assert(
      fc.property(someEnvironments, label, fc.nat(), (environments, application, index) => {
        const environment = environments[index % environments.length] ?? "";
        const name = `${application}-${environment}`;
        fc.pre(!name.endsWith("-vcluster"));
        const fitting = environments.filter((one) => name.endsWith(`-${one}`));
        const [longest] = fitting.sort((a, b) => b.length - a.length);
        const host = `${name}.${DOMAIN}`;
        assert.deepEqual(owners(host, environments), [longest]);
        for (const one of environments.filter((other) => other !== longest)) {
          assert.equal(isHostOf(envOf(one), host, longest), false, "its holder's");
          assert.equal(isHostOf(envOf(longest ?? ""), host, one), true, "another's");
        }
      }),
    );
  });

  it("are refused with the name of the environment, in rules and certificates", () => {
    const message = (rule: string) =>
      "hosts of another environment in ingresses (a-dev) are not allowed; allowed: hosts of the environment dev; " +
      `nothing in the environment's configuration allows more (${rule})`;
    const foreign = `x-a-dev.${DOMAIN}`;
    assert.deepEqual(hostRefusals(evaluate, "dev", "a-dev", ingressAt(foreign)), [
      message("hosts-of-others"),
      message("tls-hosts-of-others"),
    ]);
    assert.equal(hostRulesOf("dev").length, 2);
    for (const [rule, spec] of [
      ["hosts-of-others", { rules: [{ host: foreign }] }],
      ["tls-hosts-of-others", { tls: [{ hosts: [foreign] }] }],
    ] as const) {
      const found = hostRefusals(evaluate, "dev", "a-dev", { metadata: {}, spec });
      assert.deepEqual(found, [message(rule)]);
    }
    assert.deepEqual(hostRefusals(evaluate, "dev", "a-dev", { metadata: {}, spec: {} }), []);
  });

  it("stay usable in what was made before the other environment", () => {
    const foreign = ingressAt(`x-a-dev.${DOMAIN}`);
    assert.deepEqual(hostRefusals(evaluate, "dev", "a-dev", foreign, foreign), []);
    assert.equal(hostRefusals(evaluate, "dev", "a-dev", foreign, ingressAt(`x-dev.${DOMAIN}`)).length, 2);
  });
});
