import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import {
  ENVIRONMENT_NAME_LENGTH,
  ENVIRONMENT_NAME_LENGTH_WITH_ETCD,
  environmentNames,
  longestWholeName,
  type Names,
  syncedName,
  volumeClaims,
} from "../../../components/names";
import { isLabel, isSubdomain } from "../../../shared/rfc1123";

describe("environmentNames", () => {
  it("returns the names of the design", () => {
    assert.deepEqual(environmentNames("dev", "cnoe.localtest.me"), {
      namespace: "dev-vcluster",
      release: "vcluster-dev-helm",
      pod: "vcluster-dev-helm-0",
      volumeClaim: "data-vcluster-dev-helm-0",
      etcd: "vcluster-dev-helm-etcd",
      syncer: "vc-vcluster-dev-helm",
      certificates: "vcluster-dev-helm-certs",
      admissionPolicy: "dev-vcluster-synced-objects",
      hostPolicy: "dev-vcluster-ingress-hosts",
      priorityClass: "vcluster-dev-helm",
      workloadPriorityClass: "vcluster-dev-helm-workloads",
      apiHost: "dev-vcluster.cnoe.localtest.me",
      apiPort: 443,
      apiUrl: "https://dev-vcluster.cnoe.localtest.me",
      inClusterHost: "vcluster-dev-helm.dev-vcluster.svc",
      inClusterUrl: "https://vcluster-dev-helm.dev-vcluster.svc:443",
      ingress: "dev-vcluster-ingress",
      argocdCluster: "dev-vcluster",
    });
  });

  it("has a claim for each pod of the control plane, and those of etcd first", () => {
    const names = environmentNames("dev", "example.org");
    assert.deepEqual(volumeClaims(names, 1), [names.volumeClaim]);
    assert.deepEqual(
      volumeClaims(names, 3),
      ["etcd-0", "etcd-1", "etcd-2", "0", "1", "2"].map((suffix) => `data-vcluster-dev-helm-${suffix}`),
    );
  });

  it("has the port of the ingress controller in the public URL, and in no other", () => {
    const { apiPort, apiUrl, ...others } = environmentNames("dev", "example.org", 8443);
    assert.deepEqual([apiPort, apiUrl], [8443, "https://dev-vcluster.example.org:8443"]);
    assert.doesNotMatch(JSON.stringify(others), /8443/);
  });

  // Without a size, fast-check draws short texts only.
  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?$/, { size: "max" });

  it("returns valid names for every allowed environment", () => {
    fc.assert(
      fc.property(label, (environment) => {
        const { namespace, release, pod, volumeClaim, syncer } = environmentNames(environment, "example.org");
        for (const name of [namespace, release, pod, syncer]) assert.ok(isLabel(name), name);
        assert.ok(isSubdomain(volumeClaim));
        // Helm's own limit, and a StatefulSet's: its pods carry the label <name>-<10 characters>.
        assert.ok(release.length <= 52);
      }),
    );
    // The label controller-revision-hash of a StatefulSet's pods.
    const { etcd } = environmentNames("e".repeat(ENVIRONMENT_NAME_LENGTH_WITH_ETCD), "example.org");
    assert.equal(`${etcd}-0123456789`.length, 63);
    const longest = "e".repeat(ENVIRONMENT_NAME_LENGTH);
    assert.equal(environmentNames(longest, "example.org").release.length, 52);
  });

  it("returns different names for different environments", () => {
    fc.assert(
      fc.property(label, fc.oneof(label, fc.constant(undefined)), (one, drawn) => {
        // Two drawn at random have little in common; the neighbour differs in its last character alone.
        const other = drawn ?? one.slice(0, -1) + (one.endsWith("a") ? "b" : "a");
        fc.pre(one !== other);
        const [a, b] = [one, other].map((name) => withoutPort(environmentNames(name, "example.org")));
        assert.ok(a?.every((name, index) => name !== b?.[index]));
      }),
    );
  });
});

/** Everything that is called something. */
const withoutPort = ({ apiPort, ...names }: Names) =>
  Object.values({ ...names, apiPort: `${names.apiHost}:${apiPort}` });

describe("syncedName", () => {
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

  it("keeps names of up to 63 characters, and shortens others to 63 at most", () => {
    const text = fc.stringMatching(/^[a-z0-9.-]{1,35}$/, { size: "max" });
    const seen = { whole: 0, shortened: 0 };
    fc.assert(
      fc.property(text, text, text, (name, namespace, release) => {
        const whole = `${name}-x-${namespace}-x-${release}`;
        const synced = syncedName(name, namespace, release);
        seen[whole.length <= 63 ? "whole" : "shortened"]++;
        if (whole.length <= 63) assert.equal(synced, whole);
        else assert.match(synced, /^.{1,52}-[0-9a-f]{10}$/);
      }),
      { numRuns: 500 },
    );
    assert.ok(seen.whole > 20 && seen.shortened > 20, JSON.stringify(seen));
  });

  it("keeps names exactly up to longestWholeName", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,60}$/);
    fc.assert(
      fc.property(label, label, fc.integer({ min: 1, max: 60 }), (namespace, release, length) => {
        const name = "a".repeat(length);
        const whole = syncedName(name, namespace, release) === `${name}-x-${namespace}-x-${release}`;
        assert.equal(whole, length <= longestWholeName(namespace, release));
      }),
    );
  });

  it("returns an empty name for an empty name", () => {
    assert.equal(syncedName("", "backstage", "vcluster-dev-helm"), "");
  });
});
