import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { load } from "js-yaml";

import type { EnvironmentArgs } from "../../components";
import { settings } from "../../components/config/defaults";
import { KEYS } from "../../components/config/schema";
import { OVERLAY, readConfig } from "../../config";
import { checkoutDir } from "../../shared/checkout";
import { getPath, type JsonObject } from "../../shared/json";
import { value } from "../support/mocks";

const PROJECT = "vcluster-environments";

interface ProjectKey {
  type?: string;
  default?: unknown;
  value?: unknown;
  description?: string;
}
function projectConfig(): Record<string, ProjectKey> {
  const file = fs.readFileSync(path.join(checkoutDir, "Pulumi.yaml"), "utf8");
  return (load(file) as { config: Record<string, ProjectKey> }).config;
}
function stackFile(name: string): Record<string, unknown> {
  const file = fs.readFileSync(path.join(checkoutDir, `Pulumi.${name}.yaml`), "utf8");
  return (load(file) as { config: Record<string, unknown> }).config;
}

/** Gives the program the configuration that Pulumi would: text, with maps and lists as JSON. */
async function configure(stack: string, config: Record<string, unknown>, secrets: string[] = []): Promise<void> {
  await pulumi.runtime.setMocks(
    { call: () => ({}), newResource: () => ({ id: undefined, state: {} }) },
    PROJECT,
    stack,
  );
  const defaults = Object.entries(projectConfig()).filter(([, { default: fallback }]) => fallback !== undefined);
  const all = {
    ...Object.fromEntries(defaults.map(([key, { default: fallback }]) => [`${PROJECT}:${key}`, fallback])),
    ...config,
  };
  const text = Object.entries(all).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(text) as Record<string, string>, secrets);
}

/** What the configuration resolves to, as far as it follows from the arguments alone. */
function configured(): JsonObject {
  return Object.fromEntries(Object.entries(readConfig()).filter(([key]) => key !== "chartValues"));
}

function message(): string {
  try {
    readConfig();
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error));
    return error.message;
  }
  throw new Error("the configuration was accepted");
}

describe("Pulumi.yaml", () => {
  it("has every key of an environment, with matching type, default and description", () => {
    const own = Object.entries(projectConfig()).filter(([key]) => !key.includes(":"));
    assert.deepEqual(own.map(([key]) => key).sort(), Object.keys(KEYS).sort());
    for (const [key, { type, default: fallback, description }] of own) {
      assert.equal(type, KEYS[key as keyof EnvironmentArgs]["type"], key);
      assert.notEqual(fallback, undefined, key);
      assert.match(description ?? "", /^[A-Z].+\.$/, key);
    }
  });

  it("updates Argo CD's Secret in place for a new token", () => {
    assert.deepEqual(projectConfig()["kubernetes:enableSecretMutable"], { value: "true" });
  });

  it("bounds each request of the Kubernetes provider", () => {
    assert.deepEqual(projectConfig()["kubernetes:kubeClientSettings"], { value: { timeout: 60 } });
  });

  it("names no file that only a build makes, so that a destroy needs none", () => {
    const project = load(fs.readFileSync(path.join(checkoutDir, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    assert.equal(project["main"], undefined);
  });
});

describe("readConfig", () => {
  let directory: string;
  const overlay = (content: unknown) => {
    const file = path.join(directory, "overlay.json");
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    process.env[OVERLAY] = file;
    return file;
  };
  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "config-"));
  });
  beforeEach(() => {
    Reflect.deleteProperty(process.env, OVERLAY);
  });
  after(() => {
    Reflect.deleteProperty(process.env, OVERLAY);
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const amounts = {
    dev: [
      ["1", "2Gi"],
      ["2", "4Gi"],
    ],
    staging: [
      ["2", "4Gi"],
      ["4", "8Gi"],
    ],
  } as const;
  for (const [stack, [requests, limits]] of Object.entries(amounts)) {
    it(`returns the design's settings for ${stack}`, async () => {
      await configure(stack, stackFile(stack));
      const controlPlane = {
        requests: { cpu: requests[0], memory: requests[1] },
        limits: { cpu: limits[0], memory: limits[1] },
      };
      assert.deepEqual(configured(), settings(stack, { domain: "cnoe.localtest.me", controlPlane }));
    });
  }

  it("returns defaults and the stack's name without configuration", async () => {
    await configure("pr-123", {});
    assert.deepEqual(configured(), settings("pr-123", { domain: "cnoe.localtest.me" }));
    assert.equal(readConfig().environment, "pr-123");
  });

  it("reads every type of value", async () => {
    const config = {
      [`${PROJECT}:environment`]: "demo",
      [`${PROJECT}:kubernetesVersion`]: "v1.34.4",
      [`${PROJECT}:argocd`]: { register: false },
      [`${PROJECT}:extraSans`]: ["a.example.org"],
      [`${PROJECT}:values`]: { logging: { encoding: "json" } },
      "kubernetes:context": "other",
    };
    await configure("dev", config);
    const args: EnvironmentArgs = {
      environment: "demo",
      domain: "cnoe.localtest.me",
      kubernetesVersion: "v1.34.4",
      argocd: { register: false },
      extraSans: ["a.example.org"],
      values: { logging: { encoding: "json" } },
    };
    assert.deepEqual(configured(), settings("dev", args));
    assert.equal(getPath(await value(readConfig().chartValues), "logging.encoding"), "json");
  });

  it("merges the host's overlay, key by key", async () => {
    overlay({
      chart: { path: "/charts/vcluster" },
      kubernetesVersion: "v1.34.4",
      controlPlane: { requests: { cpu: "200m" } },
    });
    await configure("dev", stackFile("dev"));
    const args: EnvironmentArgs = {
      domain: "cnoe.localtest.me",
      chart: { path: "/charts/vcluster" },
      kubernetesVersion: "v1.34.4",
      controlPlane: { requests: { cpu: "200m", memory: "2Gi" }, limits: { cpu: "2", memory: "4Gi" } },
    };
    assert.deepEqual(configured(), settings("dev", args));
  });

  it("takes the chart of the stack's version where the host has it beside the one of its overlay", async () => {
    const chart = path.join(directory, "vcluster");
    fs.mkdirSync(`${chart}-0.30.0`, { recursive: true });
    overlay({ chart: { path: chart } });
    const pathOf = async (version?: string) => {
      await configure("dev", version === undefined ? {} : { [`${PROJECT}:chart`]: { version } });
      return getPath(configured(), "chart.path");
    };
    assert.equal(await pathOf("0.30.0"), `${chart}-0.30.0`);
    assert.equal(await pathOf("0.26.0"), chart);
    assert.equal(await pathOf(), chart);
    fs.mkdirSync(chart, { recursive: true });
    fs.writeFileSync(path.join(chart, "Chart.yaml"), "name: vcluster\nversion: 0.26.0\n");
    assert.equal(await pathOf("0.26.0"), chart);
    await configure("dev", { [`${PROJECT}:chart`]: { version: "0.34.0" } });
    assert.match(
      message(),
      /chart\.version: "0\.34\.0" is not .* Allowed: 0\.26\.0, 0\.30\.0\. .*\[chart-not-on-host\]/,
    );
    // That of the source code says nothing.
    fs.writeFileSync(path.join(chart, "Chart.yaml"), "version: 0.0.1 # auto-generated\n");
    assert.equal(await pathOf("0.34.0"), chart);
    // A host with a chart of its own, such as that of a repository, has no others.
    overlay({ chart: { repository: "https://charts.example.org" } });
    assert.equal(await pathOf("0.30.0"), undefined);
  });

  it("checks configuration and overlay together, with all problems in one error", async () => {
    overlay({ kubernetsVersion: "v1.34.4" });
    await configure("dev", { [`${PROJECT}:domain`]: "Nowhere", [`${PROJECT}:image`]: { tag: "a b" } });
    const text = message();
    assert.match(text, /^3 problems in the configuration of environment "dev"; nothing was changed:\n/);
    assert.deepEqual(
      [...text.matchAll(/^ {2}- (.+?): .* \[(.+)\]$/gm)].map(([, where, code]) => `${where}: ${code}`),
      ["kubernetsVersion: unknown-key", "domain: domain-invalid", "image.tag: image-tag-invalid"],
    );
  });

  it("reports a missing or invalid overlay, with its path", async () => {
    await configure("dev", {});
    process.env[OVERLAY] = path.join(directory, "missing.json");
    assert.match(
      message(),
      /VCLUSTER_ENVIRONMENTS_OVERLAY: the file ".+missing\.json" cannot be read: ENOENT.* \[overlay-invalid\]/,
    );
    const file = overlay("{ not json");
    assert.ok(message().includes(`the file ${JSON.stringify(file)} cannot be read: `));
    overlay([]);
    assert.match(message(), /overlay\.json" .*\[\].* \[overlay-invalid\]/);
  });

  it("keeps secret values secret, and rejects other secrets", async () => {
    const keys = [`${PROJECT}:values`];
    await configure("dev", { [`${PROJECT}:values`]: { logging: { encoding: "json" } } }, keys);
    const { values, chartValues } = readConfig();
    assert.ok(pulumi.Output.isInstance(values));
    const output = pulumi.output(values);
    assert.equal(await pulumi.isSecret(output), true);
    assert.deepEqual(await value(output), { logging: { encoding: "json" } });
    assert.equal(await pulumi.isSecret(chartValues), true);

    await configure("dev", {}, [`${PROJECT}:domain`]);
    assert.match(message().split("\n")[1] ?? "", /^ {2}- domain: .* \[secret-not-allowed\]$/);

    // What else is wrong with it would be said with its value.
    await configure("dev", { [`${PROJECT}:domain`]: "Canary!" }, [`${PROJECT}:domain`]);
    assert.match(message(), /^ {2}- domain: .* \[secret-not-allowed\]$/m);
    assert.doesNotMatch(message(), /Canary/);
    await configure("dev", { [`${PROJECT}:persistence`]: { size: "Canary!" } }, [`${PROJECT}:persistence`]);
    assert.match(message(), /^ {2}- persistence: .* \[secret-not-allowed\]$/m);
    assert.doesNotMatch(message(), /Canary/);
  });

  it("does not pass secret values to Argo CD", async () => {
    const values = { [`${PROJECT}:values`]: { logging: { encoding: "json" } } };
    await configure("dev", { ...values, [`${PROJECT}:delivery`]: "argocd" }, [`${PROJECT}:values`]);
    assert.match(message(), /^ {2}- values: .* \[secret-in-application\]$/m);
  });

  it("checks secret values too", async () => {
    await configure("dev", { [`${PROJECT}:values`]: { logging: null } }, [`${PROJECT}:values`]);
    assert.match(message(), /^ {2}- values\.logging: .* \[null-without-effect\]$/m);
  });
});
