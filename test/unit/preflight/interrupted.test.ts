import * as assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { environmentNames } from "../../../components/names";
import { type HostClient, HostError, type Secret } from "../../../host/client";
import { decodeRelease, encodeRelease } from "../../../host/helm-records";
import {
  clearInterrupted,
  continueInterrupted,
  continueUnsaved,
  hasRun,
  isInState,
} from "../../../preflight/interrupted";
import { ConfigurationError } from "../../../shared/errors";

const names = environmentNames("dev", "example.org");
const SECRETS = "/api/v1/namespaces/dev-vcluster/secrets";

/** A record of Helm, with more in it than is read. */
function record(version: number, status: string): Secret {
  const release = { version, manifest: "", info: { status, notes: "kept" }, chart: { kept: true } };
  const name = `sh.helm.release.v1.vcluster-dev-helm.v${version}`;
  return { metadata: { name, labels: { status } }, data: { release: encodeRelease(release) } };
}

describe("a release that Helm was working on when a run was killed", () => {
  let calls: [string, string][];
  let patches: { metadata?: { labels?: object }; data: { release: string } }[];

  function host(records: Secret[], refused?: HostError): HostClient {
    [calls, patches] = [[], []];
    const change = (verb: string, path: string) => {
      calls.push([verb, path.slice(SECRETS.length + 1)]);
      return refused === undefined ? Promise.resolve() : Promise.reject(refused);
    };
    const asked: Partial<HostClient> = {
      list: (path: string) => {
        assert.match(decodeURIComponent(path), /labelSelector=owner=helm,name=vcluster-dev-helm$/);
        return Promise.resolve(records as never[]);
      },
      remove: (path: string) => change("remove", path),
      patch: (path: string, body: object) => {
        patches.push(body as (typeof patches)[number]);
        return change("patch", path) as Promise<never>;
      },
    };
    return asked as HostClient;
  }

  it("loses its pending records, and no others", async () => {
    for (const status of ["pending-install", "pending-upgrade", "pending-rollback"]) {
      const records = [record(1, "superseded"), record(2, "deployed"), record(3, "failed"), record(4, status)];
      await clearInterrupted(host(records), names);
      assert.deepEqual(calls, [["remove", "sh.helm.release.v1.vcluster-dev-helm.v4"]], status);
    }
  });

  it("loses no Secret of a tenant that has the labels of such a record, and a record that cannot be read", async () => {
    const { metadata, data } = record(2, "pending-upgrade");
    const copy = {
      metadata: { ...metadata, name: `${metadata?.name ?? ""}-x-default-x-vcluster-dev-helm` },
      data: data ?? {},
    };
    const torn = { ...record(3, "uninstalling"), data: { release: "eA==" } };
    await clearInterrupted(host([record(1, "deployed"), copy, torn]), names);
    assert.deepEqual(calls, [["remove", "sh.helm.release.v1.vcluster-dev-helm.v3"]]);
  });

  for (const status of ["uninstalling", "uninstalled"]) {
    it(`counts as failed where it is ${status}, with all that Helm has recorded`, async () => {
      await clearInterrupted(host([record(1, status)]), names);
      assert.deepEqual(calls, [["patch", "sh.helm.release.v1.vcluster-dev-helm.v1"]]);
      const [patch] = patches;
      assert.deepEqual(patch?.metadata, { labels: { status: "failed" } });
      assert.deepEqual(decodeRelease({ data: patch.data }), {
        ...{ version: 1, manifest: "", chart: { kept: true } },
        info: { status: "failed", notes: "kept" },
      });
    });
  }

  const again = (client: HostClient, preview: boolean) =>
    continueInterrupted(client, { names, environment: "dev" }, "pending-upgrade", preview);

  it("is cleared by an update, and named by a preview, which changes nothing", async () => {
    const records = [record(1, "deployed"), record(2, "pending-upgrade")];
    const said = await again(host(records), true);
    assert.match(said, /^The Helm release vcluster-dev-helm is pending-upgrade: .* \[release-pending\]$/);
    assert.deepEqual(calls, []);
    assert.equal(await again(host(records), false), said);
    assert.equal(calls.length, 1);
    const uninstalled = { names, environment: "dev" };
    assert.match(
      await continueInterrupted(host([record(1, "uninstalled")]), uninstalled, "uninstalled", true),
      /is uninstalled: it was uninstalled, and Helm kept its history\. This update .* \[release-pending\]$/,
    );
  });

  it("is a finding where the user may not change Helm's records", async () => {
    const client = host([record(2, "pending-upgrade")], new HostError("you may not", 403));
    await assert.rejects(again(client, false), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.deepEqual(
        error.problems.map(({ code }) => code),
        ["release-pending"],
      );
      return true;
    });
  });

  describe("after Helm had installed it", () => {
    const type = "kubernetes:helm.sh/v3:Release";
    const { namespace, release } = names;
    const engine = (call: (token: string, inputs: object) => Promise<object>) =>
      runtime.setMocks(
        {
          newResource: () => ({ id: "", state: {} }),
          call: ({ token, inputs }) => call(token, inputs as object),
        },
        ...["vcluster-environments", "dev"],
      );
    /** What the engine says of the stack's own state. */
    const state = (outputs: object | undefined) =>
      engine((token, inputs) => {
        assert.equal(token, "pulumi:pulumi:readStackResourceOutputs");
        assert.deepEqual(inputs, { stackName: "organization/vcluster-environments/dev" });
        return Promise.resolve(outputs === undefined ? {} : { outputs });
      });
    const env = { names, environment: "dev" };
    const copy = { ...record(9, "deployed"), metadata: { name: "copy-x-default-x-vcluster-dev-helm" } };

    it("loses all its records, and no Secret of a tenant", async () => {
      const said = await continueUnsaved(host([record(1, "superseded"), record(2, "deployed"), copy]), env);
      assert.match(said, /^The Helm release vcluster-dev-helm is on the host and not in the state/);
      assert.deepEqual(calls, [
        ["remove", "sh.helm.release.v1.vcluster-dev-helm.v1"],
        ["remove", "sh.helm.release.v1.vcluster-dev-helm.v2"],
      ]);
    });

    it("is a finding where the user may not change Helm's records", async () => {
      const refused = new HostError("forbidden", 403);
      await assert.rejects(continueUnsaved(host([record(1, "deployed")], refused), env), ConfigurationError);
    });

    it("is in the state by type, name and namespace", async () => {
      const saved = { type, outputs: { name: release, namespace } };
      await state({
        a: { ...saved, outputs: { name: release, namespace: "other" } },
        b: { ...saved, type: "kubernetes:core/v1:Secret" },
      });
      assert.equal(await isInState(names), false);
      await state({ a: saved });
      assert.equal(await isInState(names), true);
    });

    it("has run where an environment in its namespace has a kubeconfig", async () => {
      const of = { namespace, kubeconfig: "secret" };
      await state({
        // As a first update that failed leaves them.
        a: { type, outputs: { name: release, namespace } },
        b: { type: "vcluster-environments:index:Environment", outputs: {} },
        c: { type: "vcluster-environments:index:Environment" },
        d: { type: "vcluster-environments:index:Environment", outputs: { ...of, namespace: "other" } },
      });
      assert.equal(await hasRun(names), false);
      await state({ a: { type: "vcluster-environments:index:Environment", outputs: of } });
      assert.equal(await hasRun(names), true);
    });

    it("counts as in the state where that cannot be read, or the engine refuses the question", async () => {
      for (const asked of [isInState, hasRun]) {
        await state(undefined);
        assert.equal(await asked(names), true);
        await engine(() => Promise.reject(new Error("unknown stack")));
        assert.equal(await asked(names), true);
      }
    });
  });
});
