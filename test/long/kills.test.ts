import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Secret, V1StatefulSet } from "@kubernetes/client-node";

import { addHostNames } from "../../local/hosts-file";
import { checkoutDir } from "../../shared/checkout";
import { Cluster, reference } from "../../testing/cluster";
import { kill } from "../../shared/processes";
import { exec, succeeded } from "../../shared/exec";
import { Stack } from "../../testing/pulumi";
import { descendants } from "../support/processes";
import { seeded } from "../support/random";
import { peer } from "../support/tls";
import { namesOf } from "../support/environments";

const name = "dia-kills";
const { namespace, release, pod, apiHost, argocdCluster } = namesOf(name);
/** Where Pulumi, and so `make recover`, looks for the stack's file when nobody says otherwise. */
const stackFile = path.join(checkoutDir, `Pulumi.${name}.yaml`);
const minutes = 60_000;

/** What the stack declares in a round: each allows another amount, so that there is always something to do. */
function declared(round: number) {
  return {
    controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: `${1000 + round}Mi` } },
  };
}

describe("killed `pulumi up` on an existing cluster", function () {
  this.timeout(40 * minutes);
  const host = Cluster.host();
  let scratch: string;
  let env: NodeJS.ProcessEnv;
  let stack: Stack;

  before(async () => {
    addHostNames([name]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-kills-"));
    // Another backend and another kubeconfig than the local host's: nothing of the driver's own is known here.
    fs.copyFileSync(process.env["KUBECONFIG"] ?? "", path.join(scratch, "kubeconfig"));
    fs.mkdirSync(path.join(scratch, "state"));
    env = {
      ...process.env,
      KUBECONFIG: path.join(scratch, "kubeconfig"),
      PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}`,
    };
    stack = await Stack.open(name, { config: declared(0), env });
    await destroyed();
  });
  after(async () => {
    await destroyed();
    fs.rmSync(stackFile, { force: true });
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  async function destroyed(): Promise<void> {
    await stack.destroy();
    await host.remove(reference("v1", "Namespace", namespace));
  }

  /** Runs `pulumi up` to its end, and gives the milliseconds that it takes. */
  async function wholeUp(): Promise<number> {
    const start = Date.now();
    succeeded(await stack.operate("up", ["--skip-preview"]));
    return Date.now() - start;
  }

  /** Starts `pulumi up` and kills it, with all that it started, after so many milliseconds. No process cleans up. */
  async function killedUp(afterMs: number): Promise<boolean> {
    const args = ["up", "--yes", "--skip-preview", ...stack.target(), "--policy-pack", "policy"];
    const child = spawn("pulumi", args, { cwd: checkoutDir, env, stdio: "ignore" });
    assert.ok(child.pid, "pulumi could not be started");
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await Promise.race([delay(afterMs), ended]);
    // Parents first: nobody may notice that a child has died.
    kill(child.pid, ...descendants(child.pid));
    return (await ended) === null;
  }

  it("is repaired by `make recover`, at ten random moments", async () => {
    const random = seeded("moments of the kills");
    const makingMs = await wholeUp();
    stack.configure(declared(99));
    const changingMs = await wholeUp();
    let killed = 0;
    for (let round = 1; killed < 10 && round <= 20; round++) {
      // Some of the kills hit the making of an environment, the others a change of one.
      const wholeMs = round % 3 === 1 ? makingMs : changingMs;
      if (round % 3 === 1) await destroyed();
      stack.configure(declared(round));
      const afterMs = Math.round(random() * wholeMs);
      const hit = await killedUp(afterMs);
      console.log(`      round ${round}: ${hit ? "killed" : "had ended"} after ${afterMs} ms of about ${wholeMs}`);
      if (hit) killed++;
      fs.copyFileSync(stack.file, stackFile);
      const recovered = await exec("make", ["recover", `STACK=${name}`], {
        cwd: checkoutDir,
        env,
        timeoutMs: 10 * minutes,
      });
      succeeded(recovered);
      await assertAsDeclared(round);
    }
    assert.equal(killed, 10);
  });

  async function assertAsDeclared(round: number): Promise<void> {
    const set = await host.get<V1StatefulSet>(reference("apps/v1", "StatefulSet", release, namespace));
    const { memory } = declared(round).controlPlane.limits;
    assert.equal(set?.spec?.template.spec?.containers[0]?.resources?.limits?.["memory"], memory);
    await host.podReady(namespace, pod, 10_000);

    const { kubeconfig } = await stack.outputs();
    const cluster = new Cluster(name, String(kubeconfig));
    assert.ok((await peer(apiHost, cluster.authority)).authorized);
    const nodes = await cluster.core.listNode();
    assert.ok(nodes.items.length > 0);

    const secrets = await host.core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
    const pending = secrets.items.filter(({ metadata }) => metadata?.labels?.["status"]?.startsWith("pending"));
    assert.deepEqual(pending, []);
    const registration = await host.get<V1Secret>(reference("v1", "Secret", argocdCluster, "argocd"));
    assert.ok(registration, "Argo CD does not know the cluster");
    // Nothing is half done in the state, and the host is what the state says.
    const rest = await stack.operate("preview", ["--refresh", "--expect-no-changes"]);
    assert.doesNotMatch(succeeded(rest).output, /pending/);
  }
});
