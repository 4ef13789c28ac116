import * as assert from "node:assert/strict";
import type { Server } from "node:http";
import { createServer } from "node:http";

import { type CustomResourceOptions, type Resource, RunError } from "@pulumi/pulumi";

import type { EnvironmentArgs } from "../../../components/config/args";
import { settings } from "../../../components/config/defaults";
import { randomIdentity } from "../../../components/kubernetes/ownership";
import { resolve } from "../../../components/resolve";
import { chartValues } from "../../../components/vcluster/values";
import { HostClient } from "../../../host/client";
import { encodeRelease } from "../../../preflight/helm-records";
import { checkAgainstHost } from "../../../preflight/preflight";
import type { ConfigurationError } from "../../../shared/errors";
import { type JsonObject, merge } from "../../../shared/json";
import { record } from "../../support/mocks";
import { listen, withBody } from "../../support/servers";

describe("checkAgainstHost", () => {
  let server: Server;
  let url: string;
  /** Status for requests of Secrets; everything else does not exist. */
  let secrets: number;
  /** Values that the control plane runs with; undefined where there is none. */
  let values: JsonObject | undefined;
  /** Objects by the ends of their paths. */
  let objects: Record<string, JsonObject>;
  let deleted: string[];

  beforeEach(() => {
    [values, objects, deleted] = [undefined, {}, []];
  });
  before(async () => {
    server = createServer(
      withBody((request, _, response) => {
        const path = request.url?.replace(/\?.*/, "") ?? "";
        if (request.method === "DELETE") deleted.push(path);
        const [, object] = Object.entries(objects).find(([end]) => path.endsWith(end)) ?? [];
        const file = Buffer.from(JSON.stringify(values ?? {})).toString("base64");
        if (object !== undefined) response.end(JSON.stringify(object));
        else if (values !== undefined && request.url?.endsWith("/vc-config-vcluster-dev-helm")) {
          response.end(JSON.stringify({ data: { "config.yaml": file } }));
        } else {
          response.writeHead(/\/secrets\b/.test(request.url ?? "") ? secrets : 404).end("{}");
        }
      }),
    );
    url = `http://127.0.0.1:${await listen(server)}`;
  });
  after(() => {
    server.close();
  });

  /** With `own` as the identity that the state has; a preview of a new stack knows none. */
  const check = (user: Record<string, unknown>, preview: boolean, args: Partial<EnvironmentArgs> = {}) =>
    record(
      () => {
        const host = { server: url, origin: "a test", proxied: false, cluster: {}, user };
        const env = resolve("dev", { domain: "example.org", ...args });
        return checkAgainstHost(env, new HostClient(host), randomIdentity("identity", undefined));
      },
      { preview, outputs: ({ type }) => (/RandomString$/.test(type) ? { result: "own" } : undefined) },
    );

  for (const [title, status, preview, used] of [
    ["uses the certificates of the last update in a preview that may not read Secrets", 403, true, true],
    ["lets an update read them, which fails without permission", 403, false, false],
    ["lets a preview with permission read them", 200, true, false],
  ] as const) {
    it(title, async () => {
      secrets = status;
      const { result, registrations } = await check({}, preview);
      assert.equal((await result).env.lastKubeconfig !== undefined, used);
      const references = registrations.filter(({ type }) => type === "pulumi:pulumi:StackReference");
      assert.deepEqual(
        references.map(({ id }) => id),
        used ? ["organization/vcluster-environments/dev"] : [],
      );
    });
  }

  it("replaces the virtual cluster for another number of replicas that is allowed, and for no other change", async () => {
    secrets = 404;
    for (const [running, replaced] of [
      [1, true],
      [3, false],
    ] as const) {
      values = chartValues(settings("dev", { domain: "example.org", controlPlane: { replicas: running } }), {});
      const args = { controlPlane: { replicas: 3 }, persistence: { allowDataLoss: true } };
      const { transformations } = await (await check({}, true, args)).result;
      const release = { name: "dev-vcluster", type: "kubernetes:helm.sh/v3:Release", props: {}, opts: {} };
      const paths = transformations.flatMap((transform) => {
        const { opts = {} } = transform({ ...release, resource: {} as Resource }) ?? {};
        return (opts as CustomResourceOptions).replaceOnChanges ?? [];
      });
      assert.equal(paths.includes("values.controlPlane.statefulSet.highAvailability"), replaced, String(running));
    }
    values = undefined;
  });

  it("clears what a killed run has left of its own release, and refuses that of a namespace without its identity", async () => {
    secrets = 404;
    const release = { version: 1, info: { status: "pending-upgrade" } };
    const record = {
      metadata: { name: "sh.helm.release.v1.vcluster-dev-helm.v1", labels: { status: "pending-upgrade" } },
      data: { release: encodeRelease(release) },
    };
    const marked = (annotations: object) => {
      objects = {
        "/api/v1/namespaces/dev-vcluster": { metadata: { name: "dev-vcluster", annotations } },
        "/api/v1/namespaces/dev-vcluster/secrets": { items: [record] },
        "/secrets/sh.helm.release.v1.vcluster-dev-helm.v1": {},
      };
      deleted = [];
      return check({}, false).then(({ result }) => result);
    };
    await marked({ "vcluster-environments/identity": "own" });
    assert.deepEqual(deleted, ["/api/v1/namespaces/dev-vcluster/secrets/sh.helm.release.v1.vcluster-dev-helm.v1"]);
    const stack = { "vcluster-environments/stack": "organization/vcluster-environments/dev" };
    await assert.rejects(marked(stack), (error: ConfigurationError) => {
      assert.deepEqual(
        error.problems.map(({ code }) => code),
        ["release-pending"],
      );
      return true;
    });
    assert.deepEqual(deleted, []);
  });

  it("names a claim that is being deleted, and refuses the update that would end it", async () => {
    secrets = 404;
    // What runs has the chart's own values too.
    const ofChart = { controlPlane: { statefulSet: { pods: { annotations: {} } } } };
    const running = (memory: string) =>
      merge(ofChart, chartValues(settings("dev", { domain: "example.org", controlPlane: { limits: { memory } } }), {}));
    objects = {
      "/statefulsets/vcluster-dev-helm": { metadata: { annotations: { "meta.helm.sh/release-name": "a" } } },
      "/persistentvolumeclaims/data-vcluster-dev-helm-0": {
        metadata: { name: "data-vcluster-dev-helm-0", deletionTimestamp: "2026-11-27T10:00:00Z" },
        spec: { resources: { requests: { storage: "5Gi" } } },
      },
    };
    const found = async (memory: string, allowDataLoss: boolean) => {
      values = running(memory);
      const args = { controlPlane: { limits: { memory: "3Gi" } }, persistence: { allowDataLoss } };
      const checked = check({}, true, args).then(({ result }) => result);
      return checked.then(
        () => [],
        (error: unknown) => (error as ConfigurationError).problems.map(({ code }) => code),
      );
    };
    assert.deepEqual(await found("3Gi", false), []);
    assert.deepEqual(await found("2Gi", false), ["volume-terminating"]);
    assert.deepEqual(await found("2Gi", true), []);
  });

  it("fails where the credential plugin does, and does not print what it prints", async () => {
    const args = ["-e", "console.error('S3CR3T'); process.exit(3)"];
    const running = check({ exec: { command: process.execPath, args } }, false).then(({ result }) => result);
    const error: unknown = await running.catch((reason: unknown) => reason);
    assert.ok(RunError.isInstance(error));
    assert.match(error.message, /^The credential plugin \S+ failed: exit code 3\. .* \[credential-plugin\]$/);
    assert.doesNotMatch(error.message, /S3CR3T/);
  });
});
