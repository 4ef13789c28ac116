import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1ConfigMap } from "@kubernetes/client-node";

import { domain } from "../../local/settings";
import { succeeded } from "../../shared/exec";
import { Cluster, reference } from "../../testing/cluster";
import { destroy, environment, type Environment } from "../support/environments";

const name = "dia-unsaved";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const kept = reference("v1", "ConfigMap", "e2e-kept", "default");

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly outputs?: { metadata?: Record<string, unknown> };
}
interface State {
  readonly deployment: { readonly resources: readonly Resource[] };
}

/** What a run leaves that is killed after something was done on the host, and before the state had it. */
describe("a state that is behind its host", function () {
  this.timeout(900_000);
  const host = Cluster.host();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-unsaved-"));
  let env: Environment;

  before(async () => {
    env = await environment(name, { domain });
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { value: "kept" } });
  });
  after(async () => {
    await destroy(name);
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  async function exported(): Promise<State> {
    return JSON.parse(succeeded(await env.stack.run(["stack", "export", "--stack", name])).stdout) as State;
  }
  async function imported(state: State, resources: readonly Resource[]): Promise<void> {
    const file = path.join(scratch, "state.json");
    fs.writeFileSync(file, JSON.stringify({ ...state, deployment: { ...state.deployment, resources } }));
    succeeded(await env.stack.run(["stack", "import", "--stack", name, "--file", file]));
  }

  it("is completed by one up, whichever kind of resource was the first that it lacks, and nothing is lost", async () => {
    const pod = (await host.podReady(env.namespace, env.pod, 60_000)).metadata?.uid;
    const all = (await exported()).deployment.resources;
    const first = all.findIndex(({ type }) => type === NAMESPACE);
    // One of each type, but each job: they differ in what they do.
    const cuts = all.filter(
      ({ type }, index) =>
        index >= first &&
        (type.startsWith("command:") || all.findIndex((other) => other.type === type) === index) &&
        !/^(pulumi:|vcluster-environments:)/.test(type),
    );
    assert.ok(cuts.length > 12, String(cuts.length));
    for (const { urn } of cuts) {
      const state = await exported();
      const { resources } = state.deployment;
      const at = resources.findIndex((resource) => resource.urn === urn);
      assert.ok(at >= 0, urn);
      // Resources come after those that they depend on.
      await imported(state, resources.slice(0, at));
      const { exitCode, output, elapsedMs } = await env.stack.operate("up");
      console.log(`      without ${urn.split("::").slice(-2).join(" ")} and what follows: ${elapsedMs} ms`);
      assert.equal(exitCode, 0, output);
    }
    assert.equal((await host.podReady(env.namespace, env.pod, 60_000)).metadata?.uid, pod);
    assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");
    succeeded(await env.stack.operate("preview", ["--expect-no-changes"]));
  });

  it("makes nothing where the refresh has seen the namespace while it was being deleted, and the next up does", async () => {
    await host.remove(reference("v1", "Namespace", env.namespace));
    const state = await exported();
    const seen = state.deployment.resources.map((resource) =>
      resource.type === NAMESPACE && resource.urn.endsWith(`::${name}-namespace`)
        ? {
            ...resource,
            outputs: {
              ...resource.outputs,
              metadata: { ...resource.outputs?.metadata, deletionTimestamp: new Date().toISOString() },
            },
          }
        : resource,
    );
    assert.notDeepEqual(seen, state.deployment.resources);
    await imported(state, seen);
    const stopped = await env.stack.operate("up", ["--skip-preview", "--refresh=false"]);
    assert.notEqual(stopped.exitCode, 0);
    assert.equal(stopped.output.match(/\[namespace-terminating\]/g)?.length, 1, stopped.output);
    assert.doesNotMatch(stopped.output, /not found/);
    await env.stack.up();
    await host.podReady(env.namespace, env.pod, 60_000);
  });
});
