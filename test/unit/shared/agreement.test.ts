import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as path from "node:path";

import * as fc from "fast-check";

import type { IngressArgs } from "../../../components";
import { resolve } from "../../../components/resolve";
import { apiRoute } from "../../../components/ingress/api-route";
import { ENVIRONMENT_NAME_LENGTH, environmentNames, type Names } from "../../../components/names";
import { checkArgs } from "../../../components/validate";
import { checkoutDir } from "../../../shared/checkout";
import { type JsonObject, merge } from "../../../shared/json";
import { HOST_NAMESPACES } from "../../../shared/vcluster/host-namespaces";
import { OPEN_SOURCE_REPOSITORY } from "../../../shared/vcluster/open-source";
import { CHART_VALUES, PRO_VALUES } from "../../../shared/vcluster/versions";
import { record } from "../../support/mocks";

// The policy pack is another package, so that its compiled files are what is compared with the program.

interface Rule {
  readonly configSchema?: { readonly properties?: Readonly<Record<string, { readonly default?: unknown }>> };
  readonly validateResource?: (args: object, report: (message: string) => void) => void;
  readonly validateStack?: (args: object, report: (message: string) => void) => void;
}

const pack = createRequire(path.join(checkoutDir, "policy/bin/policy/index.js"));
const { rules } = pack("./rules") as { rules: readonly (Rule & { readonly name: string })[] };

const RELEASE = "kubernetes:helm.sh/v3:Release";
const NAMES = environmentNames("dev", "example.org");

/** True where the rule has nothing to report about a release with these values. */
function packAccepts(name: string, values: JsonObject, names: Names = NAMES): boolean {
  const { release, namespace } = names;
  return packAcceptsResource(name, RELEASE, {
    chart: "vcluster",
    name: release,
    namespace,
    values,
  });
}

function packAcceptsResource(name: string, type: string, props: JsonObject): boolean {
  const rule = rules.find((item) => item.name === name);
  assert.ok(rule, name);
  const resource = { type, name: "vcluster", urn: "urn", props };
  const defaults = Object.entries(rule.configSchema?.properties ?? {}).map(([key, schema]) => [key, schema.default]);
  const messages: string[] = [];
  const args = {
    getConfig: () => Object.fromEntries(defaults) as object,
    notApplicable: () => assert.fail("the rule does not apply"),
  };
  const report = (message: string) => messages.push(message);
  rule.validateResource?.({ ...resource, ...args }, report);
  rule.validateStack?.({ resources: [resource], ...args }, report);
  return messages.length === 0;
}

/** True where the program has no problem whose path and code fit. */
function programAccepts(args: object, about: RegExp): boolean {
  const problems = checkArgs("dev", { domain: "example.org", ...args });
  return !problems.some(({ path: at, code }) => about.test(`${at}: ${code}`));
}

/** Dotted paths as a tree. */
function tree(leaves: Readonly<Record<string, unknown>>): JsonObject {
  return Object.entries(leaves).reduce<JsonObject>(
    (all, [at, value]) =>
      merge(all, at.split(".").reduceRight<unknown>((below, key) => ({ [key]: below }), value) as JsonObject),
    {},
  );
}

/** Compares the verdicts over generated inputs, both of which must occur. */
function agree<T>(inputs: fc.Arbitrary<T>, examples: T[], verdicts: (input: T) => [boolean, boolean]): void {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(inputs, (input) => {
      const [program, policy] = verdicts(input);
      seen[program ? "accepted" : "refused"]++;
      assert.equal(policy, program, `the program ${program ? "accepts" : "refuses"} it and the pack does not`);
    }),
    { numRuns: 150 + examples.length, examples: examples.map((example) => [example]) },
  );
  assert.ok(seen.accepted > 5 && seen.refused > 5, JSON.stringify(seen));
}

describe("program and policy pack", () => {
  it("agree on requests and limits", () => {
    const cpu = fc.oneof(
      fc.integer({ min: 100, max: 8000 }).map((milli) => `${milli}m`),
      fc.integer({ min: 100, max: 8000 }).map((milli) => `${milli / 1000}`),
      fc.constantFrom("1e3Ki", "1e0", "x", "-1", "1.", "4000000u"),
    );
    agree(
      fc.tuple(cpu, cpu),
      [
        ["700m", "0.7"],
        ["1e3Ki", "8"],
      ],
      ([request, limit]) => [
        programAccepts(
          { controlPlane: { requests: { cpu: request }, limits: { cpu: limit } } },
          /controlPlane\.(requests|limits)\.cpu/,
        ),
        packAccepts("control-plane-resources", {
          controlPlane: { statefulSet: { resources: { requests: { cpu: request }, limits: { cpu: limit } } } },
        }),
      ],
    );
  }).timeout(30_000);

  const versions = fc.constantFrom("0.25.0", "0.26.0", "0.30.0", "0.31.0", "0.32.0", "0.36.1", "0.99.0");
  /** A release of the chart's version with these values, all of them set, and the verdicts of both about them. */
  const verdicts = (
    version: string,
    paths: string[],
    value: unknown,
    rule: string,
    code: RegExp,
  ): [boolean, boolean] => {
    const values = tree(Object.fromEntries(paths.map((at) => [at, value])));
    const image = tree({ "controlPlane.statefulSet.image.repository": OPEN_SOURCE_REPOSITORY });
    return [
      programAccepts({ chart: { version }, values }, code),
      packAcceptsResource(rule, RELEASE, { chart: "vcluster", version, values: merge(image, values) }),
    ];
  };

  it("agree on the values that a version of the chart has", () => {
    const paths = fc.subarray(Object.keys(CHART_VALUES), { maxLength: 2 });
    agree(fc.tuple(versions, paths), [], ([version, set]) =>
      verdicts(version, set, {}, "values-in-chart", / value-not-in-chart$/),
    );
  }).timeout(30_000);

  it("agree on paid values of a version of the chart", () => {
    const paths = fc.subarray(PRO_VALUES, { maxLength: 1 });
    const value = { a: true };
    agree(fc.tuple(versions, paths), [], ([version, set]) =>
      verdicts(version, set, value, "open-source-values", / pro-feature$/),
    );
  }).timeout(30_000);

  const side = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "-", ".", "A", " "), maxLength: 5 });
  const formed = fc.constantFrom<string>("", "a/*", "a/b", "/b", "a", "b/b.c", "c/*", "c/b", "c");
  const mapped = (byName: JsonObject) => tree({ "sync.fromHost.secrets": { enabled: true, mappings: { byName } } });

  it("agree on the syntax of mappings", () => {
    const sides = ["", " ", "/", "a", "a/", "/a", "/*", "*", "*/*", "*/a", "a/*", "a/b", "a//b", "a/b/c", "A/b", "a/B"];
    const more = ["a /b", "a/b ", "a/b..c", "a/b.", "-a/b", "a/-b", "a/**", "a*/b", "a.b/c", `${"a".repeat(64)}/b`];
    const known = [...sides, ...more].flatMap((key) =>
      [...sides, ...more].map((target): [string, string] => [key, target]),
    );
    const pairs = fc.tuple(fc.oneof(side, formed), fc.oneof(side, formed));
    agree(pairs, known, ([key, target]) => [
      programAccepts({ sync: { secrets: { [key]: target } } }, /^sync\.secrets/),
      // The second refuses wildcard namespaces.
      packAccepts("mapping-syntax", mapped({ [key]: target })) &&
        packAccepts("mapping-sources", mapped({ [key]: target })),
    ]);
  }).timeout(30_000);

  it("agree on namespaces that nothing is mapped from", () => {
    const usual = fc.constantFrom(...Object.keys(HOST_NAMESPACES), "shared", "backstage", "default", "monitoring");
    const part = fc.constantFrom("vcluster", "kube", "system", "a", "argocd");
    const formed = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("-"));
    agree(fc.oneof(usual, formed), ["staging-vcluster", "kube-system", "vcluster"], (namespace) => [
      programAccepts({ sync: { secrets: { [`${namespace}/*`]: "x/*" } } }, / mapping-source-reserved$/),
      packAccepts(
        "mapping-sources",
        tree({ "sync.fromHost.secrets": { enabled: true, mappings: { byName: { [`${namespace}/*`]: "x/*" } } } }),
      ),
    ]);
  }).timeout(30_000);

  it("agree on mappings with one target", () => {
    const maps = fc.dictionary(fc.constantFrom("", "a/*", "a/b", "b/b", "b/d", "/b", "/d"), formed, { maxKeys: 3 });
    const known: Record<string, string>[] = [
      { "a/b": "c/*", "b/d": "c/*" },
      { "": "c", "a/*": "c/*" },
      { "a/b": "c/b", "b/*": "c/*" },
    ];
    const wellFormed = maps.filter(
      (map) => programAccepts({ sync: { secrets: map } }, / mapping-invalid$/) && Object.keys(map).length > 0,
    );
    agree(wellFormed, known, (map) => [
      programAccepts({ sync: { secrets: map } }, / mapping-target-duplicate$/),
      packAccepts("mapping-targets", mapped(map)),
    ]);
  }).timeout(30_000);

  it("agree on the lengths of names", () => {
    const lengths = fc.integer({ min: 1, max: 45 });
    agree(lengths, [17, 18, ENVIRONMENT_NAME_LENGTH, ENVIRONMENT_NAME_LENGTH + 1], (length) => {
      const environment = "e".repeat(length);
      return [
        programAccepts({ environment }, /^environment:/),
        packAccepts("name-lengths", {}, environmentNames(environment, "example.org")),
      ];
    });
  }).timeout(30_000);

  it("agree on exact chart versions", () => {
    const known = [
      "0.26.0",
      "0.26",
      "0.26.0-rc.1",
      "0.26.0+build.1",
      "0.26.0-rc.1+build",
      "~0.26.0",
      "0.26.x",
      ">=0.26.0 <1",
      "",
    ];
    const part = fc.constantFrom("0", "26", ".", "-", "+", "rc", "x", "~", " ");
    const text = fc.array(part, { maxLength: 4 }).map((parts) => `0.26.0${parts.join("")}`);
    agree(fc.oneof(text, fc.constantFrom(...known)), known, (version) => [
      programAccepts({ chart: { version } }, / chart-version-not-exact$/),
      packAcceptsResource("chart-version-pinned", RELEASE, { chart: "vcluster", version }),
    ]);
  }).timeout(30_000);

  const ingresses: [string, IngressArgs][] = [
    ["nginx", {}],
    ["HAProxy", { controller: "haproxy" }],
    ["Traefik", { controller: "traefik" }],
    ["a Gateway", { controller: "gateway", gateway: { name: "edge", namespace: "infrastructure" } }],
  ];
  for (const [title, ingress] of ingresses) {
    it(`agree on TLS passthrough by ${title}: annotations, class, host and port`, async () => {
      const complete = resolve("dev", { domain: "example.org", ingress });
      const { registrations } = await record(() => apiRoute("dev-ingress", complete, {}));
      const [{ type, inputs }] = registrations as [(typeof registrations)[0]];
      const kinds = type.endsWith(":Ingress") ? ["annotations", "class", "rule", "tls"] : ["routes"];
      for (const name of ["api-host-domain", ...kinds.map((kind) => `passthrough-${kind}`)]) {
        assert.ok(packAcceptsResource(name, type, inputs), name);
      }
    });
  }

  it("agree on schedulers without nodes", () => {
    const old = "controlPlane.advanced.virtualScheduler.enabled";
    const hybrid = "sync.toHost.pods.hybridScheduling.enabled";
    agree(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), [], ([own, advanced, pods, nodes]) => [
      programAccepts(
        {
          controlPlane: { virtualScheduler: own },
          sync: { fromHost: { nodes } },
          values: tree({ [old]: advanced, [hybrid]: pods }),
        },
        / scheduler-without-nodes$/,
      ),
      packAccepts(
        "scheduler-needs-nodes",
        tree({
          "controlPlane.distro.k8s.scheduler.enabled": own,
          [old]: advanced,
          [hybrid]: pods,
          "sync.fromHost.nodes.enabled": nodes,
        }),
      ),
    ]);
  }).timeout(30_000);

  it("agree on paid values", () => {
    const paths = fc.constantFrom(
      "sleepMode.enabled",
      "networking.resolveDNS",
      "external.platform",
      "sync.toHost.pods.patches",
      "sync.fromHost.nodes.patches",
      "controlPlane.coredns.embedded",
      "controlPlane.proxy.extraSANs",
      "telemetry.enabled",
    );
    const value = fc.constantFrom<unknown>(true, false, "true", [], {}, [{}], { x: {} });
    const image = fc.constantFrom(
      "loft-sh/vcluster-oss",
      "mirror/vcluster-oss",
      "vcluster-oss",
      "loft-sh/vcluster-pro",
      "x-oss",
    );
    agree(
      fc.tuple(paths, value, image),
      [["networking.resolveDNS", true, "mirror/vcluster-oss"]],
      ([at, given, repository]) => [
        programAccepts({ image: { repository }, values: tree({ [at]: given }) }, / pro-feature$/),
        packAccepts(
          "open-source-values",
          tree({ [at]: given, "controlPlane.statefulSet.image.repository": repository }),
        ),
      ],
    );
  }).timeout(30_000);

  it("agree on the names of a certificate", () => {
    const label = fc.constantFrom("a", "b", "*");
    const name = fc
      .array(label, { minLength: 1, maxLength: 2 })
      .map((labels) => [...labels, "example", "org"].join("."));
    const host = name.filter((one) => !one.includes("*"));
    const known: [string[], string] = [["*.example.org"], "a.b.example.org"];
    agree(fc.tuple(fc.array(name, { maxLength: 2 }), host), [known], ([names, at]) => {
      const values = tree({
        "controlPlane.proxy.extraSANs": [NAMES.inClusterHost, NAMES.apiHost, ...names],
        "exportKubeConfig.server": `https://${at}`,
      });
      return [programAccepts({ values }, /exportKubeConfig\.server/), packAccepts("api-sans", values)];
    });
  }).timeout(30_000);
});
