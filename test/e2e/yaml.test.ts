import * as assert from "node:assert/strict";
import * as fs from "node:fs";

import { OVERLAY } from "../../config";
import { addHostNames } from "../../local/hosts-file";
import type { JsonObject } from "../../shared/json";
import { Cluster } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { listObjects } from "../../testing/objects";
import { YamlExample } from "../support/yaml-example";
import { namesOf } from "../support/environments";

/** What `pulumi preview --json` says of one resource, as far as it is looked at. */
interface Step {
  op: string;
  urn: string;
  newState: { type: string; provider?: string };
}

describe("example in Pulumi YAML", function () {
  this.timeout(300_000);
  const name = "plugin";
  const example = new YamlExample(name);
  // What is true of this host and of no other: where the chart is, and how much there is to reserve.
  const properties = JSON.parse(fs.readFileSync(process.env[OVERLAY] ?? "", "utf8")) as JsonObject;
  const host = Cluster.host();
  const own = async () => [...(await listObjects(host)).keys()].filter((object) => object.includes(name));

  const steps = async () => {
    const { stdout } = succeeded(await example.operate("preview", ["--json"]));
    return (JSON.parse(stdout) as { steps: Step[] }).steps;
  };

  before(async () => {
    addHostNames([name]);
    await example.write({ environment: { properties } });
    await example.destroy();
  });
  after(() => example.destroy());

  it("passes the program's provider to all resources of the environment", async () => {
    const kubeconfig = process.env["KUBECONFIG"];
    await example.write({
      elsewhere: { type: "pulumi:providers:kubernetes", properties: { kubeconfig } },
      environment: { properties, options: { providers: ["${elsewhere}"] } },
    });
    const made = (await steps()).filter(({ newState }) => newState.type.startsWith("kubernetes:"));
    assert.ok(made.length > 20);
    for (const { urn, newState } of made) assert.match(newState.provider ?? "", /::elsewhere::/, urn);
    await example.write({ environment: { properties } });
  });

  it("creates an environment whose kubeconfig works", async () => {
    succeeded(await example.operate("up"));
    const { stdout } = succeeded(await example.run(["stack", "output", "--json", "--show-secrets", "--stack", name]));
    const outputs = JSON.parse(stdout) as Record<string, string>;
    assert.equal(outputs["apiUrl"], namesOf(name).apiUrl);
    assert.equal(outputs["argocdCluster"], namesOf(name).argocdCluster);
    const inside = new Cluster("the virtual cluster", outputs["kubeconfig"] ?? "");
    const { items } = await inside.core.listNamespace();
    assert.ok(items.some(({ metadata }) => metadata?.name === "kube-system"));
    assert.ok((await own()).length > 20);
  });

  it("keeps the kubeconfig secret", async () => {
    const { stdout } = succeeded(await example.run(["stack", "output", "--json", "--stack", name]));
    assert.equal((JSON.parse(stdout) as Record<string, string>)["kubeconfig"], "[secret]");
    const state = succeeded(await example.run(["stack", "export", "--stack", name])).stdout;
    assert.doesNotMatch(state, /client-key-data/);
    assert.match(state, /"kubeconfig": \{\s*"4dabf18193072939515e22adb298388d"/);
  });

  it("has nothing to change afterwards", async () => {
    succeeded(await example.operate("preview", ["--expect-no-changes"]));
  });

  it("reports all problems at once, before anything is changed", async () => {
    const wrong = { environment: "Plugin", domain: "no_domain", delivery: "git" };
    await example.write({ environment: { properties: { ...properties, ...wrong } } });
    const { exitCode, output } = await example.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /3 problems in the configuration of environment "Plugin"; nothing was changed:/);
    for (const path of ["environment", "domain", "delivery"]) assert.match(output, new RegExp(`  - ${path}: `));
    await example.write({ environment: { properties } });
  });

  it("reports the same environment twice in one program", async () => {
    const again = {
      type: "vcluster-environments:Environment",
      properties: { environment: name, domain: "example.org" },
    };
    await example.write({ environment: { properties }, again });
    const { exitCode, output } = await example.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      output,
      /environment: the component "(again|environment)" of this program .* \[environment-duplicate\]/,
    );
    await example.write({ environment: { properties } });
  });

  it("leaves nothing after destroy", async () => {
    await example.destroy();
    assert.deepEqual(await own(), []);
  });
});
