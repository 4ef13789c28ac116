import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as path from "node:path";

import * as fc from "fast-check";

import { environmentNames } from "../../../components/names";
import { checkArgs } from "../../../components/validate";
import { checkoutDir } from "../../../shared/checkout";
import { type JsonObject, merge } from "../../../shared/json";

// The policy pack is another package, so that its compiled files are what is compared with the program.

interface Rule {
  readonly configSchema?: { readonly properties?: Readonly<Record<string, { readonly default?: unknown }>> };
  readonly validateResource?: (args: object, report: (message: string) => void) => void;
  readonly validateStack?: (args: object, report: (message: string) => void) => void;
}

const pack = createRequire(path.join(checkoutDir, "policy/bin/policy/index.js"));
const { rules } = pack("./rules") as { rules: readonly (Rule & { readonly name: string })[] };

const NAMES = environmentNames("dev", "example.org");

/** True where the rule has nothing to report about a release with these values. */
function packAccepts(name: string, values: JsonObject): boolean {
  const rule = rules.find((one) => one.name === name);
  assert.ok(rule, name);
  const resource = {
    type: "kubernetes:helm.sh/v3:Release",
    name: "vcluster",
    urn: "urn",
    props: { chart: "vcluster", name: NAMES.release, namespace: NAMES.namespace, values },
  };
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
    { numRuns: 150, examples: examples.map((example) => [example]) },
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

  it("agree on mappings", () => {
    const side = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "-", ".", "A"), maxLength: 5 });
    const formed = fc.constantFrom("", "a/*", "a/b", "/b", "a", "b/b.c");
    const known: [string, string][] = [
      ["a/b..c", "c/d"],
      ["a/b", "x/y..z"],
      ["/*", "e/*"],
    ];
    // A wildcard namespace is left to the rule mapping-sources.
    const pairs = fc.tuple(fc.oneof(side, formed), fc.oneof(side, formed)).filter(([key]) => !key.startsWith("*/"));
    agree(pairs, known, ([key, value]) => [
      programAccepts({ sync: { secrets: { [key]: value } } }, /^sync\.secrets/),
      packAccepts(
        "mapping-syntax",
        tree({ "sync.fromHost.secrets": { enabled: true, mappings: { byName: { [key]: value } } } }),
      ),
    ]);
  }).timeout(30_000);

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
    agree(fc.tuple(paths, value), [["networking.resolveDNS", true]], ([at, given]) => [
      programAccepts({ values: tree({ [at]: given }) }, / pro-feature$/),
      packAccepts(
        "open-source-values",
        tree({ [at]: given, "controlPlane.statefulSet.image.repository": "loft-sh/vcluster-oss" }),
      ),
    ]);
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
