import * as assert from "node:assert/strict";

import { output, runtime } from "@pulumi/pulumi";

import { Environment } from "../../../components/environment";
import { checkArgs } from "../../../components/validate";
import program from "../../../index";
import { ConfigurationError, type Problem } from "../../../shared/errors";
import { record } from "../../support/mocks";
import { invalidArguments } from "./invalid-arguments";

/** Problems as `path: code`; their texts are in messages.snapshot.txt. */
const codes = (problems: readonly Problem[]) => problems.map(({ path, code }) => `${path}: ${code}`);

function check(args: object, name = "dev"): string[] {
  return codes(checkArgs(name, { domain: "example.org", ...args }));
}

/** Arguments as Pulumi passes them to the program of a stack: strings, with maps and lists as JSON. */
function stackConfig(args: object): Record<string, string> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const text = given.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
  return Object.fromEntries(text.map(([key, value]) => [`vcluster-environments:${key}`, value]));
}

/** Not for an empty key, which means its default, nor for a number, which becomes a string. */
function sameAsStackConfig(args: object): boolean {
  return Object.values(args).every((value) => value !== undefined && value !== "" && typeof value !== "number");
}

/** A tree with `value` at a dotted path. */
const nest = (path: string, value: unknown) => path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);

/** What five replicas, five members of etcd and the DNS server need. */
const EXACT = {
  "count/pods": 11,
  services: 6,
  persistentvolumeclaims: 10,
  "requests.storage": "50Gi",
  "limits.ephemeral-storage": "45Gi",
  "requests.ephemeral-storage": "2250Mi",
};

describe("checkArgs", () => {
  for (const [title, args, expected] of invalidArguments) {
    it(`finds ${title}`, () => {
      assert.deepEqual(check(args), expected);
    });
  }

  it("prevents all registrations, by the component and by the stack program", async () => {
    assert.ok(invalidArguments.length >= 121);
    let compared = 0;
    const { result, registrations } = await record(async () => {
      for (const [title, args, expected] of invalidArguments) {
        const given = { domain: "example.org", ...args };
        assert.throws(() => new Environment("dev", given), ConfigurationError, title);
        runtime.setAllConfig(stackConfig(given));
        await assert.rejects(program(), (error) => {
          assert.ok(error instanceof ConfigurationError, `${title}: ${String(error)}`);
          if (sameAsStackConfig(given)) {
            compared++;
            assert.deepEqual(codes(error.problems), expected, title);
          }
          return true;
        });
      }
    });
    await result;
    assert.ok(compared > 90, `only ${compared} of ${invalidArguments.length} are the same as stack configuration`);
    assert.deepEqual(registrations, []);
  });

  it("reports all problems at once", () => {
    const all = { environment: "Dev", domain: "", kubernetesVersion: "x", ingress: { controller: "x" }, chrt: {} };
    assert.deepEqual(check(all), [
      "chrt: unknown-key",
      "environment: environment-invalid",
      "domain: domain-invalid",
      "kubernetesVersion: kubernetes-version-invalid",
      "ingress.controller: controller-unknown",
    ]);
  });

  it("checks the component's name without `environment`", () => {
    assert.deepEqual(check({}, "Not a name"), ["environment: environment-invalid"]);
  });

  const right: [string, object][] = [
    ["nothing but the domain", {}],
    [
      "undefined as absent",
      { chart: undefined, argocd: { namespace: undefined }, sync: { secrets: { "a/*": undefined } } },
    ],
    [
      "every form of mapping",
      { sync: { secrets: { "a/*": "b/*", "a/x": "b/y", "a/z": "c/*", "/own": "d/x", "": "e" } } },
    ],
    ["CNOE's labels by hand", { argocd: { labels: { "vcluster.cnoe.io/clusterClass": "app-runtime" } } }],
    ["the longest name", { environment: "e".repeat(38) }],
    ["numbers as quantities", { controlPlane: { requests: { cpu: 1 }, limits: { cpu: 1.5 } } }],
    [
      "equal requests and limits in different units",
      { controlPlane: { requests: { cpu: "2000m" }, limits: { cpu: "2" } } },
    ],
    ["wildcards and addresses in the certificate", { extraSans: ["*.example.org", "10.0.0.1", "::1"] }],
    ["Traefik without a class", { ingress: { controller: "traefik" } }],
    ["Traefik with a class", { ingress: { controller: "traefik", className: "internal" } }],
    [
      "a Gateway and its listener",
      { ingress: { controller: "gateway", gateway: { name: "edge", namespace: "infra", sectionName: "tls" } } },
    ],
    ["no ingress", { ingress: { controller: "none" } }],
    ["charts from a registry", { chart: { repository: "oci://registry.example.org/charts" } }],
    ["the same target for two kinds", { sync: { secrets: { "a/*": "c/*" }, configMaps: { "b/*": "c/*" } } }],
    [
      "an image from a mirror",
      { image: { registry: "mirror.example.org:5000/ghcr", repository: "loft-sh/vcluster-oss" } },
    ],
    ["free values that say what the keys say", { values: nest("controlPlane.statefulSet.resources.limits.cpu", 2) }],
    [
      "paid values on the image that has them",
      { image: { repository: "loft-sh/vcluster-pro" }, values: { sleepMode: { enabled: true } } },
    ],
    ["paid values that are off", { values: { sleepMode: { enabled: false }, networking: { resolveDNS: [] } } }],
    [
      "a list of SANs that covers all",
      { values: nest("controlPlane.proxy.extraSANs", ["*.example.org", "*.dev-vcluster.svc"]) },
    ],
    [
      "another server that the certificate is valid for",
      { extraSans: ["*.example.com"], values: nest("exportKubeConfig.server", "https://api.example.com") },
    ],
    ["no scheduler and no nodes", { controlPlane: { virtualScheduler: false }, sync: { fromHost: { nodes: false } } }],
    [
      "placement as Kubernetes takes it",
      {
        controlPlane: {
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { operator: "Exists" },
            { key: "a", value: "b", effect: "NoExecute", tolerationSeconds: 60 },
            { key: "a", operator: "Exists", effect: "PreferNoSchedule" },
          ],
          affinity: { podAntiAffinity: {} },
          priorityClass: "system-cluster-critical",
          probes: { startup: { periodSeconds: 1, failureThreshold: 600 }, liveness: { enabled: false } },
        },
      },
    ],
    [
      "labels and annotations of one's own",
      { labels: { team: "a", "app.kubernetes.io/part-of": "shop" }, annotations: { "example.org/owner": "a b, c" } },
    ],
    ["three replicas", { controlPlane: { replicas: 3 }, delivery: "argocd" }],
    [
      "five replicas, whose quota has just room for them",
      { controlPlane: { replicas: 5 }, isolation: { quota: EXACT } },
    ],
    [
      "the chart's own number of replicas in values",
      { values: { controlPlane: { statefulSet: { highAvailability: { replicas: 1 } } } } },
    ],
    [
      "three replicas with an etcd of the host",
      {
        controlPlane: { replicas: 3 },
        values: {
          controlPlane: {
            backingStore: {
              etcd: { deploy: { enabled: false }, external: { enabled: true, endpoint: "etcd.databases:2379" } },
            },
          },
        },
      },
    ],
    [
      "etcd of one replica where no policies keep it apart",
      {
        isolation: { profile: "open" },
        values: {
          controlPlane: {
            backingStore: {
              etcd: { deploy: { enabled: true, statefulSet: { persistence: { volumeClaim: { size: "1Gi" } } } } },
            },
          },
        },
      },
    ],
    ["null for a value of ours", { values: { exportKubeConfig: null } }],
    ["values that are not known yet", { values: output({ a: null }) }],
  ];
  for (const [title, args] of right) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(check(args), []);
    });
  }
});
