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

describe("Environment, behind an ingress controller on another port", () => {
  it("names the port to clients from outside and checks there, and has none in the API's own names", async () => {
    const program = () => new Environment("dev", { domain: "example.org", ingress: { port: 8443 } });
    const { result: environment, registrations } = await record(program, { outputs });
    const url = "https://dev-vcluster.example.org:8443";
    assert.equal(await value(environment.apiUrl), url);
    const kubeconfig = JSON.parse(await value(environment.kubeconfig)) as { clusters: [{ cluster: object }] };
    assert.equal((kubeconfig.clusters[0].cluster as { server: string }).server, url);
    assert.equal(await value(environment.inClusterUrl), "https://vcluster-dev-helm.dev-vcluster.svc:443");

    const inputs = (name: string) => registrations.find((one) => one.name === name)?.inputs ?? {};
    for (const name of ["dev-readiness", "dev-argocd-readiness", "dev-argocd-token", "dev-argocd-switch"]) {
      assert.match(String(inputs(name)["stdin"]), /"port":8443/, name);
    }
    const { controlPlane } = inputs("dev-vcluster")["values"] as Record<string, Record<string, object>>;
    assert.deepEqual(controlPlane?.["proxy"], {
      extraSANs: ["vcluster-dev-helm.dev-vcluster.svc", "dev-vcluster.example.org"],
    });
    assert.doesNotMatch(JSON.stringify(inputs("dev-ingress")), /8443/);
  });
});

describe("Environment, with options", () => {
  it("passes its aliases to the engine, which derives those of its children", async () => {
    const { registrations } = await made({ aliases: [{ name: "before" }] });
    assert.deepEqual(registrations.find(({ type }) => type.endsWith(":Environment"))?.aliasUrns, [
      "urn:pulumi:dev::vcluster-environments::vcluster-environments:index:Environment::before",
    ]);
  });

  it("registers its outputs once, with their values", async () => {
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
