import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Environment } from "../../../components";
import { outputs } from "../../support/control-plane";
import { record, value } from "../../support/mocks";

/** A request to the engine, as far as the mocks do not note it down. */
interface Request {
  getName(): string;
  getAliasesList(): { getSpec(): { getName(): string } | undefined }[];
}
interface Outputs {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}
interface Monitor {
  registerResource(request: Request, callback: unknown): unknown;
  registerResourceOutputs(request: Outputs, callback: unknown): unknown;
}

/** What an environment with these options asks of the engine. */
async function requests(opts: pulumi.ComponentResourceOptions) {
  const made: Request[] = [];
  const registered: Outputs[] = [];
  const program = () => {
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const registerResource = monitor.registerResource.bind(monitor);
    const registerResourceOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResource = (request, callback) => {
      made.push(request);
      return registerResource(request, callback);
    };
    monitor.registerResourceOutputs = (request, callback) => {
      registered.push(request);
      return registerResourceOutputs(request, callback);
    };
    return new Environment("dev", { domain: "example.org" }, opts);
  };
  const { result } = await record(program, { outputs });
  return { made, registered, environment: result };
}

describe("Environment, with options", () => {
  it("hands its aliases to the engine, which derives those of its children", async () => {
    const { made } = await requests({ aliases: [{ name: "before" }] });
    const component = made.find((request) => request.getName() === "dev");
    assert.deepEqual(
      component?.getAliasesList().map((alias) => alias.getSpec()?.getName()),
      ["before"],
    );
  });

  it("registers its outputs once, each with the value that it has", async () => {
    const { registered, environment } = await requests({});
    assert.deepEqual(
      registered.map((request) => request.getUrn()),
      [await value(environment.urn)],
    );
    const outputsOf = registered[0]?.getOutputs().toJavaScript() ?? {};
    assert.deepEqual(Object.keys(outputsOf).sort(), [
      "apiUrl",
      "argocdCluster",
      "inClusterUrl",
      "kubeconfig",
      "namespace",
      "release",
    ]);
    assert.equal(outputsOf["apiUrl"], "https://dev-vcluster.example.org");
    assert.equal((outputsOf["kubeconfig"] as { value: unknown }).value, await value(environment.kubeconfig));
  });
});
