import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import { ConfigurationError, Environment, type EnvironmentArgs } from "../../../components";
import { EnvironmentProvider } from "../../../provider/provider";
import { configurationKeys, type Key, NAME } from "../../../scripts/configuration";
import { checkoutDir } from "../../../shared/checkout";
import { outputs } from "../../support/control-plane";
import { record } from "../../support/mocks";

const TYPE = "vcluster-environments:index:Environment";

interface Property {
  $ref?: string;
  plain?: boolean;
  secret?: boolean;
  additionalProperties?: Property;
}
interface Type {
  properties: Record<string, Property>;
  required: string[];
}
interface Schema {
  version: string;
  types: Record<string, Type>;
  resources: Record<string, Type & { inputProperties: Record<string, Property>; requiredInputs: string[] }>;
}

const text = fs.readFileSync(path.join(checkoutDir, "provider/schema.json"), "utf8");
const schema = JSON.parse(text) as Schema;
const component = schema.resources[TYPE];
assert.ok(component);
const provider = new EnvironmentProvider(text);

function construct(inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions = {}, name = "dev") {
  // The SDK hands over new ones each time where a program gives no options.
  return provider.construct(name, TYPE, inputs, { aliases: [], dependsOn: [], providers: {}, ...options });
}

/** What a preview knows is enough, and nobody has to stand in for a control plane. */
const PREVIEW = { preview: true };

/** What is wrong with `inputs`; nothing may be registered by then. */
async function findings(inputs: pulumi.Inputs): Promise<ConfigurationError> {
  const { result, registrations } = await record(async () => {
    try {
      await construct(inputs);
    } catch (error) {
      assert.ok(error instanceof ConfigurationError, String(error));
      return error;
    }
    return assert.fail("it was accepted");
  });
  assert.deepEqual(registrations, []);
  return result;
}

describe("component schema", () => {
  it("has every key of the configuration, and no other", () => {
    assert.deepEqual(component.requiredInputs, ["domain"]);
    const compare = (keys: readonly Key[], properties: Record<string, Property>) => {
      assert.deepEqual(
        Object.keys(properties),
        keys.map((key) => key.path.at(-1)),
      );
      for (const key of keys) {
        const property = properties[key.path.at(-1) ?? ""];
        const named = key.keys[0]?.path.at(-2) === NAME;
        const reference = named ? property?.additionalProperties?.$ref : property?.$ref;
        const below = schema.types[(reference ?? "").replace("#/types/", "")];
        assert.equal(below !== undefined, key.keys.length > 0, key.path.join("."));
        if (below !== undefined) compare(key.keys, below.properties);
      }
    };
    compare(configurationKeys(), component.inputProperties);
  });

  it("accepts outputs only in `values`, as TypeScript does", () => {
    const later = Object.entries(component.inputProperties).filter(([, { plain }]) => plain !== true);
    assert.deepEqual(
      later.map(([name]) => name),
      ["values"],
    );
  });

  it("has the outputs of the component, with the same secret one", async () => {
    const registered: Record<string, unknown>[] = [];
    const { result } = await record(
      () => {
        const monitor = pulumi.runtime.getMonitor() as unknown as {
          registerResourceOutputs: (request: Outputs, callback: unknown) => unknown;
        };
        const original = monitor.registerResourceOutputs.bind(monitor);
        monitor.registerResourceOutputs = (request, callback) => {
          registered.push(request.getOutputs().toJavaScript());
          return original(request, callback);
        };
        return construct({ domain: "example.org" });
      },
      { outputs },
    );
    const names = Object.keys(component.properties);
    // The parts of an environment have no outputs.
    const own = registered.filter((properties) => Object.keys(properties).length > 0);
    assert.equal(own.length, 1);
    assert.deepEqual(Object.keys(own[0] ?? {}).sort(), [...names].sort());
    const { state } = await result;
    assert.deepEqual(Object.keys(state), names);
    for (const [name, { secret = false }] of Object.entries(component.properties)) {
      assert.equal(await pulumi.isSecret(state[name] as pulumi.Output<unknown>), secret, name);
    }
    assert.deepEqual(
      names.filter((name) => component.properties[name]?.secret),
      ["kubeconfig"],
    );
  });
});

interface Outputs {
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}

describe("component provider", () => {
  const args: EnvironmentArgs = {
    domain: "example.org",
    controlPlane: { limits: { cpu: 3 } },
    values: { controlPlane: { statefulSet: { labels: { team: "a" } } } },
  };

  it("registers the same resources as TypeScript", async () => {
    const ours = await record(() => construct({ ...args }), { outputs });
    const theirs = await record(() => new Environment("dev", args), { outputs });
    // The SDK registers what does not depend on each other in the order in which it has read the inputs.
    const sorted = (all: typeof ours.registrations) => [...all].sort((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(sorted(ours.registrations), sorted(theirs.registrations));
    assert.ok(ours.registrations.length > 30);
  });

  it("reports the same problems as TypeScript, at once, before any registration", async () => {
    const wrong = {
      domain: "no_domain",
      argocd: { namespace: "Argo" },
      chrat: {},
      values: { sleepMode: { enabled: true } },
    };
    let expected = "";
    await record(() => {
      assert.throws(
        () => new Environment("dev", wrong),
        ({ message }: Error) => {
          expected = message;
          return true;
        },
      );
    });
    const { message } = await findings(wrong);
    assert.equal(message, expected);
    assert.match(message, /^4 problems/);
  });

  it("rejects secrets outside of `values` without printing them, and unknown inputs", async () => {
    const error = await findings({
      domain: pulumi.secret("hunter2.EXAMPLE"),
      extraSans: [pulumi.unknown],
      delivery: "git",
    });
    assert.deepEqual(
      error.problems.map(({ path: where, code }) => `${where}: ${code}`),
      ["domain: secret-not-allowed", "extraSans: output-unknown", "delivery: delivery-unknown"],
    );
    assert.doesNotMatch(error.message, /hunter2/);
  });

  it("checks secret values, and keeps them secret", async () => {
    const values = { controlPlane: { statefulSet: { labels: { team: pulumi.secret("a") } } } };
    const { registrations } = await record(() => construct({ domain: "example.org", values }), PREVIEW);
    const release = registrations.find(({ name }) => name === "dev-vcluster");
    assert.ok(release?.secretInputs.includes("values"));
    const { message } = await findings({
      domain: "example.org",
      delivery: "argocd",
      values: pulumi.secret({ sleepMode: { enabled: true } }),
    });
    assert.match(
      message,
      /^2 problems.*\n {2}- values: .*\[secret-in-application\]\n {2}- values.sleepMode.enabled: .*\[pro-feature\]$/,
    );
  });

  it("accepts outputs of other resources once known", async () => {
    const { registrations } = await record(() => construct({ domain: pulumi.output("example.com") }), PREVIEW);
    const release = registrations.find(({ name }) => name === "dev-vcluster");
    assert.match(JSON.stringify(release?.inputs), /dev-vcluster\.example\.com/);
  });

  it("passes providers to the children", async () => {
    const { registrations } = await record(() => {
      const elsewhere = new kubernetes.Provider("elsewhere", { kubeconfig: "{}" });
      return construct({ domain: "example.org" }, { providers: { kubernetes: elsewhere } });
    }, PREVIEW);
    const children = registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(children.length > 20);
    for (const { name, provider: used } of children) assert.match(used, /::elsewhere::/, name);
  });

  it("passes the other options to the component", async () => {
    const parent = "urn:pulumi:dev::vcluster-environments::team:index:Team::team";
    const { registrations } = await record(
      () => construct({ domain: "example.org" }, { aliases: [{ parent, name: "before" }], retainOnDelete: true }),
      PREVIEW,
    );
    const component = registrations.find(({ type }) => type === TYPE);
    const before = parent.replace(/::team$/, `$$${TYPE}::before`);
    assert.deepEqual([component?.aliasUrns, component?.retainOnDelete], [[before], true]);
  });

  it("reports the same environment twice in one program", async () => {
    await record(async () => {
      await construct({ domain: "example.org", environment: "dev" }, {}, "one");
      const again = construct({ domain: "example.com", environment: "dev" }, {}, "two");
      await assert.rejects(again, /"one" .*\[environment-duplicate\]/);
    }, PREVIEW);
  });

  it("lists its components for an unknown one", async () => {
    const other = provider.construct("dev", "vcluster-environments:index:Cluster", {}, {});
    await assert.rejects(other, /Fix: use vcluster-environments:index:Environment\./);
  });
});
