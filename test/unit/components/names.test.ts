import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { ENVIRONMENT_NAME_LENGTH, environmentNames, longestWholeName, syncedName } from "../../../components/names";
import { isLabel, isSubdomain } from "../../../shared/rfc1123";

describe("names", () => {
  it("are those of the design", () => {
    assert.deepEqual(environmentNames("dev", "cnoe.localtest.me"), {
      namespace: "dev-vcluster",
      release: "vcluster-dev-helm",
      pod: "vcluster-dev-helm-0",
      volumeClaim: "data-vcluster-dev-helm-0",
      syncer: "vc-vcluster-dev-helm",
      certificates: "vcluster-dev-helm-certs",
      admissionPolicy: "dev-vcluster-synced-objects",
      priorityClass: "vcluster-dev-helm",
      workloadPriorityClass: "vcluster-dev-helm-workloads",
      apiHost: "dev-vcluster.cnoe.localtest.me",
      apiUrl: "https://dev-vcluster.cnoe.localtest.me",
      inClusterHost: "vcluster-dev-helm.dev-vcluster.svc",
      inClusterUrl: "https://vcluster-dev-helm.dev-vcluster.svc:443",
      ingress: "dev-vcluster-ingress",
      argocdCluster: "dev-vcluster",
    });
  });

  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?$/);

  it("fit where they are used, for every name that is allowed", () => {
    fc.assert(
      fc.property(label, (environment) => {
        const { namespace, release, pod, volumeClaim, syncer } = environmentNames(environment, "example.org");
        for (const name of [namespace, release, pod, syncer]) assert.ok(isLabel(name), name);
        assert.ok(isSubdomain(volumeClaim));
        // Helm's own limit, and a StatefulSet's: its pods carry the label <name>-<10 characters>.
        assert.ok(release.length <= 52);
      }),
    );
    const longest = "e".repeat(ENVIRONMENT_NAME_LENGTH);
    assert.equal(environmentNames(longest, "example.org").release.length, 52);
  });

  it("differ when the environments differ", () => {
    fc.assert(
      fc.property(label, label, (one, other) => {
        fc.pre(one !== other);
        const [a, b] = [one, other].map((name) => Object.values(environmentNames(name, "example.org")) as string[]);
        assert.ok(a?.every((name, index) => name !== b?.[index]));
      }),
    );
  });
});

describe("names of synced objects", () => {
  // Calculated apart, by the rule in vCluster's pkg/util/translate.
  const vectors: [string, string, string, string][] = [
    [
      "backstage-staging",
      "backstage",
      "vcluster-staging-helm",
      "backstage-staging-x-backstage-x-vcluster-staging-helm",
    ],
    [
      "backstage-ingress-staging",
      "backstage",
      "vcluster-staging-helm",
      "backstage-ingress-staging-x-backstage-x-vcluster-staging-helm",
    ],
    // One character too long: cut off, with the digest of the whole.
    [
      "backstage-ingress-staging-222",
      "backstage",
      "vcluster-staging-helm",
      "backstage-ingress-staging-222-x-backstage-x-vcluster-01742979f3",
    ],
    // The dot before the hyphen is dropped.
    [`${"a".repeat(51)}.`, "b", "vcluster-dev-helm", `${"a".repeat(51)}-d1d0a1599d`],
  ];
  for (const [name, namespace, release, expected] of vectors) {
    it(`${name} of ${namespace} is ${expected}`, () => {
      assert.equal(syncedName(name, namespace, release), expected);
    });
  }

  it("are whole up to 63 characters, and 63 long at most above", () => {
    const text = fc.stringMatching(/^[a-z0-9.-]{1,70}$/);
    fc.assert(
      fc.property(text, text, text, (name, namespace, release) => {
        const whole = `${name}-x-${namespace}-x-${release}`;
        const synced = syncedName(name, namespace, release);
        if (whole.length <= 63) assert.equal(synced, whole);
        else assert.match(synced, /^.{1,52}-[0-9a-f]{10}$/);
      }),
    );
  });

  it("are whole exactly up to the length that is said of a namespace", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,60}$/);
    fc.assert(
      fc.property(label, label, fc.integer({ min: 1, max: 60 }), (namespace, release, length) => {
        const name = "a".repeat(length);
        const whole = syncedName(name, namespace, release) === `${name}-x-${namespace}-x-${release}`;
        assert.equal(whole, length <= longestWholeName(namespace, release));
      }),
    );
  });

  it("are nothing for nothing", () => {
    assert.equal(syncedName("", "backstage", "vcluster-dev-helm"), "");
  });
});
