import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { addHostNames } from "../../local/hosts-file";
import { checkoutDir } from "../../shared/checkout";
import { exec, type ExecResult, succeeded } from "../../shared/exec";
import { merge, type JsonObject } from "../../shared/json";
import { table } from "../../shared/table";
import { Cluster, reference } from "../../testing/cluster";
import { Stack } from "../../testing/pulumi";
import { namesOf } from "../support/environments";
import { namedAfter, nothingNamedAfter } from "../support/leftovers";
import { REFUSED, Refusal } from "../support/refusal";
import { keepResult } from "../support/results";

const NAME = "halfway";
const SOURCE = "halfway-source";
const {
  namespace,
  release,
  pod,
  volumeClaim,
  ingress,
  admissionPolicy,
  hostPolicy,
  workloadPriorityClass,
  argocdCluster,
} = namesOf(NAME);
const minutes = 60_000;

/** Short limits: what is refused does not come later. */
const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  sync: { secrets: { [`${SOURCE}/*`]: "source/*" } },
  applications: { web: { repository: "https://git.invalid/none.git", wait: false } },
  argocd: { syncTimeoutSeconds: 10, deleteTimeoutSeconds: 60 },
};
const SHORT_START = { controlPlane: { startTimeoutSeconds: 20 } };

/** One object that the host does not let a first `up` make. */
interface Fault {
  /** Its plural with its group, as kubectl takes it; undefined where the configuration alone makes `up` fail. */
  readonly resource?: string;
  readonly name: string;
  /** True: by missing rights of an account. Kubernetes does not let a policy refuse policies. */
  readonly byRights?: boolean;
  /** What the account may make of that kind. */
  readonly allowed?: readonly string[];
  /** What `up` says. Default: the API's refusal with the object's name. */
  readonly said?: RegExp;
  readonly config?: JsonObject;
  /** Whether it is shown as well that the next `up` heals it. */
  readonly heals?: boolean;
}

const refused = (resource: string, name: string, more: Partial<Fault> = {}): Fault => ({ resource, name, ...more });
const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";

/** In the order in which they are made. */
const FAULTS: readonly Fault[] = [
  refused("namespaces", namespace),
  // The first to make it: a destroy keeps this namespace.
  refused("namespaces", SOURCE),
  refused(`roles.${RBAC}`, release),
  refused(`rolebindings.${RBAC}`, release),
  refused("priorityclasses.scheduling.k8s.io", release),
  refused("priorityclasses.scheduling.k8s.io", workloadPriorityClass),
  refused("resourcequotas", `${release}-workloads`),
  refused("resourcequotas", `${release}-objects`),
  refused("limitranges", release),
  refused("networkpolicies.networking.k8s.io", `${release}-all-pods`),
  refused("networkpolicies.networking.k8s.io", `${release}-workloads`),
  refused("networkpolicies.networking.k8s.io", `${release}-acme-solvers`),
  refused("networkpolicies.networking.k8s.io", `${release}-control-plane`),
  refused(`validatingadmissionpolicies.${ADMISSION}`, admissionPolicy, { byRights: true }),
  refused(`validatingadmissionpolicybindings.${ADMISSION}`, admissionPolicy, { byRights: true, heals: true }),
  refused(`validatingadmissionpolicies.${ADMISSION}`, hostPolicy, { byRights: true, allowed: [admissionPolicy] }),
  refused(`validatingadmissionpolicybindings.${ADMISSION}`, hostPolicy, { byRights: true, allowed: [admissionPolicy] }),
  refused("ingresses.networking.k8s.io", ingress, { heals: true }),
  // Helm's record, and the objects of the release.
  refused("secrets", `sh.helm.release.v1.${release}.v1`),
  refused("serviceaccounts", `vc-${release}`),
  refused("secrets", `vc-config-${release}`),
  refused(`clusterroles.${RBAC}`, `vc-${release}-v-${namespace}`),
  refused(`clusterrolebindings.${RBAC}`, `vc-${release}-v-${namespace}`),
  refused(`roles.${RBAC}`, `vc-${release}`),
  refused(`rolebindings.${RBAC}`, `vc-${release}`),
  refused("services", release),
  refused("statefulsets.apps", release, { heals: true }),
  // Refused to the StatefulSet's controller: Helm only knows that it waited.
  refused("persistentvolumeclaims", volumeClaim, { said: /timed out|deadline exceeded/, config: SHORT_START }),
  refused("pods", pod, { said: /timed out|deadline exceeded/, config: SHORT_START }),
  {
    name: "name of the API in DNS",
    said: /Failed check: DNS/,
    config: { domain: "halfway.invalid", readiness: { timeoutSeconds: 5 } },
  },
  refused("appprojects.argoproj.io", namespace),
  refused("secrets", argocdCluster, { heals: true }),
  refused("applications.argoproj.io", `web-${NAME}`),
  {
    name: "repository of an Application",
    said: /Not Synced and Healthy after 10 s/,
    config: { applications: { web: { wait: true } } },
  },
];

describe("a first `up` that fails half-way", function () {
  this.timeout(10 * minutes);
  const host = Cluster.host();
  const rows: string[][] = [];
  let scratch: string;
  let stack: Stack;
  /** What a failed round has left on the host, so that the rounds after it are not blamed for it. */
  const known = new Set<string>();

  before(async () => {
    addHostNames([NAME]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-first-up-"));
    fs.mkdirSync(path.join(scratch, "state"));
    stack = await Stack.open(NAME, {
      config,
      env: { ...process.env, PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}` },
    });
    await Refusal.clear(host);
    await host.remove(reference("v1", "Namespace", namespace), reference("v1", "Namespace", SOURCE));
  });
  afterEach("leave nothing to the next round", async function () {
    if (this.currentTest?.state !== "failed") return;
    await Refusal.clear(host);
    await stack.destroy().catch((error: unknown) => {
      console.log(String(error));
    });
    await host.remove(reference("v1", "Namespace", namespace));
    for (const object of await namedAfter(host, NAME)) known.add(object);
  });
  after(async () => {
    const head = ["not to be had", "named by up", "up s", "destroy s", "left after destroy", "next up"];
    const text = table([head, ...rows], [2, 3]);
    console.log(text);
    keepResult("first-up", { title: "A first `up` that fails half-way, then destroyed", text, data: rows });
    await stack.destroy();
    await host.remove(reference("v1", "Namespace", namespace), reference("v1", "Namespace", SOURCE));
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  /** Plain Pulumi; with `kubeconfig` as the account of that file. */
  async function pulumi(operation: "up" | "destroy", kubeconfig?: string): Promise<ExecResult> {
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}`,
      ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
    };
    const args = [operation, "--yes", "--skip-preview", "--color", "never", ...stack.target()];
    return exec("pulumi", args, { cwd: checkoutDir, env, timeoutMs: 8 * minutes });
  }

  /** A first `up` while the host refuses the object. */
  async function failedUp({ resource, name, byRights = false, allowed, said }: Fault): Promise<ExecResult> {
    const refuse = (kind: string) =>
      byRights ? Refusal.ofAccount(host, kind, allowed) : Refusal.ofObject(host, kind, name);
    const refusal = resource === undefined ? undefined : await refuse(resource);
    const account = path.join(scratch, "account");
    if (refusal?.kubeconfig !== undefined) fs.writeFileSync(account, refusal.kubeconfig, { mode: 0o600 });
    const result = await pulumi("up", refusal?.kubeconfig && account);
    await refusal?.end();
    assert.notEqual(result.exitCode, 0, `up did not fail:\n${result.output}`);
    // Pulumi breaks lines of a diagnostic, and indents them.
    const output = result.output.replace(/\s+/g, " ");
    if (said !== undefined) assert.match(output, said);
    else {
      assert.ok(output.includes(name) || byRights, output);
      assert.match(
        output,
        byRights ? new RegExp(`cannot create resource "?${resource?.split(".")[0] ?? ""}`) : REFUSED,
      );
    }
    return result;
  }

  async function destroyed(): Promise<ExecResult> {
    const result = succeeded(await pulumi("destroy"));
    const { stdout } = succeeded(await stack.run(["stack", "export", "--stack", NAME]));
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: unknown[] } };
    assert.deepEqual(deployment.resources ?? [], [], "the state after a destroy");
    await nothingNamedAfter(host, NAME, known);
    return result;
  }

  for (const fault of FAULTS) {
    const title = fault.resource === undefined ? fault.name : `${fault.resource} ${fault.name}`;
    it(`leaves nothing after its destroy, without: ${title}`, async () => {
      stack.configure(merge(config, fault.config ?? {}));
      const row = [title, "no", "-", "-", "?", "-"];
      rows.push(row);
      const seconds = ({ elapsedMs }: ExecResult) => (elapsedMs / 1000).toFixed(0);
      row[2] = seconds(await failedUp(fault));
      row[1] = "yes";
      row[3] = seconds(await destroyed());
      row[4] = "nothing";
      if (fault.heals !== true) return;
      row[5] = "fails";
      await failedUp(fault);
      const { output } = succeeded(await pulumi("up"));
      assert.doesNotMatch(output.replace(/\s+/g, " "), /starts an empty virtual cluster/, "nothing was there before");
      succeeded(await stack.operate("preview", ["--expect-no-changes"]));
      row[5] = "heals";
      await destroyed();
    });
  }

  it("leaves a host on which the same environment comes up", async () => {
    stack.configure(config);
    succeeded(await pulumi("up"));
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
    await destroyed();
  });
});
