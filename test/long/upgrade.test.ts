import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1ConfigMap } from "@kubernetes/client-node";

import { addHostNames } from "../../local/hosts-file";
import { exec, succeeded } from "../../shared/exec";
import { Cluster, reference } from "../../testing/cluster";
import { EARLIER, earlierCheckout } from "../../testing/earlier";
import { listObjects } from "../../testing/objects";
import { Stack } from "../../testing/pulumi";
import { namesOf } from "../support/environments";

const NAME = "old";
const { namespace } = namesOf(NAME);
const minutes = 60_000;
const config = {
  domain: "cnoe.localtest.me",
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  sync: { secrets: { "shared/*": "config/*" } },
};

/** What newer versions have and that one had not; everything else of it is kept or updated in place. */
const NEW = [
  "create ArgoCD old",
  "create Command old-applications-guard",
  "create Command old-argocd-guard",
  "create Command old-guard-namespace",
  "create ControlPlane old",
  "create Isolation old",
  "create NetworkPolicy old-acme-solvers",
  "create RandomString identity",
  "create ValidatingAdmissionPolicy old-ingress-hosts",
  "create ValidatingAdmissionPolicyBinding old-ingress-hosts-binding",
  // Checks: they run again after an upgrade of the release.
  "replace Command old-argocd-readiness",
  "replace Command old-readiness",
];

interface Step {
  op: string;
  urn: string;
}

describe(`upgrade of an environment that the commit ${EARLIER} made`, function () {
  this.timeout(30 * minutes);
  const host = Cluster.host();
  const kept = { ...reference("v1", "ConfigMap", "kept", "default"), data: { kept: "yes" } } as V1ConfigMap;
  let scratch: string;
  let stack: Stack;
  let existing: Map<string, string>;

  before(async () => {
    addHostNames([NAME]);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "long-upgrade-"));
    existing = await listObjects(host);
    const checkout = await earlierCheckout(EARLIER);
    fs.mkdirSync(path.join(scratch, "state"));
    const env = { ...process.env, PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}` };
    stack = await Stack.open(NAME, { config, env });
    const within = { cwd: checkout, env, timeoutMs: 10 * minutes };
    succeeded(await exec("pulumi", ["up", "--yes", ...stack.target()], within));
    await (await virtual()).apply(kept);
  });
  after(async () => {
    await stack.destroy();
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  const virtual = async () => new Cluster("the virtual cluster", String((await stack.outputs())["kubeconfig"]));

  it("previews nothing but updates in place and what is new", async () => {
    const { stdout } = succeeded(await stack.operate("preview", ["--json"]));
    const { steps } = JSON.parse(stdout) as { steps: Step[] };
    const changes = steps
      .filter(({ op }) => !["same", "read", "refresh", "update"].includes(op))
      .map(({ op, urn }) => {
        const [type = "", name = ""] = urn.split("::").slice(-2);
        return `${op} ${type.split(":").at(-1) ?? ""} ${name}`;
      });
    assert.deepEqual(changes.sort(), NEW);
  });

  it("is updated with its objects, and has nothing to change afterwards", async () => {
    await stack.up();
    const found = await (await virtual()).get<V1ConfigMap>(reference("v1", "ConfigMap", "kept", "default"));
    assert.deepEqual(found?.data, { kept: "yes" });
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
  });

  it("leaves nothing when it is destroyed", async () => {
    await stack.destroy();
    assert.equal(await host.get(reference("v1", "Namespace", namespace)), undefined);
    const left = [...(await listObjects(host)).keys()].filter(
      (object) => !existing.has(object) && new RegExp(`\\b${NAME}-vcluster\\b|-${NAME}-`).test(object),
    );
    assert.deepEqual(left, []);
  });
});
