import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Environment } from "../../../components";
import { outputs } from "../../support/control-plane";
import { record, value } from "../../support/mocks";

/** A request to the engine that the mocks do not note down. */
interface Outputs {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}
interface Monitor {
  registerResourceOutputs(request: Outputs, callback: unknown): unknown;
}

/** An environment with these options, and what it asks of the engine. */
async function made(opts: pulumi.ComponentResourceOptions) {
  const registered: Outputs[] = [];
  const program = () => {
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const registerResourceOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (request, callback) => {
      registered.push(request);
      return registerResourceOutputs(request, callback);
    };
    return new Environment("dev", { domain: "example.org" }, opts);
  };
  const { result, registrations } = await record(program, { outputs });
  return { registered, registrations, environment: result };
}

describe("Environment, with options", () => {
  it("hands its aliases to the engine, which derives those of its children", async () => {
    const { registrations } = await made({ aliases: [{ name: "before" }] });
    assert.deepEqual(registrations.find(({ type }) => type.endsWith(":Environment"))?.aliasUrns, [
      "urn:pulumi:dev::vcluster-environments::vcluster-environments:index:Environment::before",
    ]);
  });

  it("registers its outputs once, each with the value that it has", async () => {
    const { registered: requests, environment } = await made({});
    const urn = await value(environment.urn);
    // Its parts have no outputs.
    const registered = requests.filter((request) => request.getUrn() === urn);
    assert.equal(registered.length, 1);
    const all = registered[0]?.getOutputs().toJavaScript() ?? {};
    assert.deepEqual(Object.keys(all).sort(), [
      "apiUrl",
      "argocdCluster",
      "inClusterUrl",
      "kubeconfig",
      "namespace",
      "release",
    ]);
    assert.equal(all["apiUrl"], "https://dev-vcluster.example.org");
    assert.equal((all["kubeconfig"] as { value: unknown }).value, await value(environment.kubeconfig));
  });
});
