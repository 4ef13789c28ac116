import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import { isDeepStrictEqual } from "node:util";

import { type Resource, runtime, secret } from "@pulumi/pulumi";

import { Environment } from "../../../components";
import { applicationSpec } from "../../../components/argocd/applications";
import type { EnvironmentArgs } from "../../../components/config/args";
import { settings } from "../../../components/config/defaults";
import type { Names } from "../../../components/names";
import { resolve } from "../../../components/resolve";
import { restartReasons } from "../../../preflight/changes";
import type { HostState } from "../../../preflight/host-state";
import {
  afterRestart,
  changesApplications,
  findRepairs,
  keepingSize,
  repairing,
  type Repairs,
  replacingForReplicas,
  takingBack,
} from "../../../preflight/repair";
import { base64 } from "../../../shared/base64";
import { getPath, isPlainObject, type JsonObject } from "../../../shared/json";
import { Authority } from "../../support/certificates";
import { outputs } from "../../support/control-plane";
import { record, type Registration } from "../../support/mocks";
import { listen } from "../../support/servers";

const RESTARTED_VALUE = 'values.controlPlane.statefulSet.pods.annotations["vcluster-environments/restarted"]';
const NOW = new Date("2026-01-02T03:04:05Z");

/** What an environment registers with these repairs, by name. */
async function registered(repairs: Repairs) {
  const transformations = [repairing("dev", repairs, NOW)];
  const { registrations } = await record(() => new Environment("dev", { domain: "example.org" }, { transformations }), {
    outputs,
  });
  return new Map(registrations.filter(({ type }) => /Release|Command/.test(type)).map((one) => [one.name, one]));
}

describe("repairing", () => {
  const targets: [keyof Repairs, string, string][] = [
    ["release", "dev-vcluster", "description"],
    ["readiness", "dev-readiness", "environment"],
    ["credential", "dev-argocd-token", "environment"],
    ["credential", "dev-argocd-readiness", "environment"],
    ["credential", "dev-applications", "environment"],
    ["newToken", "dev-argocd-token", "environment"],
    ["newToken", "dev-applications", "environment"],
  ];
  for (const [key, name, property] of targets) {
    it(`gives ${name} another ${property} for a reason of ${key}, and leaves it alone without one`, async () => {
      const repaired = (await registered({ [key]: "a reason" })).get(name);
      const given = JSON.stringify(repaired?.inputs[property]);
      assert.match(given, /repair at 2026-01-02T03:04:05\.000Z: a reason/);
      const restarted = name === "dev-vcluster" ? [RESTARTED_VALUE] : [];
      assert.deepEqual(repaired?.ignoreChanges, restarted);
      const healthy = (await registered({})).get(name);
      assert.equal(healthy?.inputs[property], undefined);
      assert.deepEqual(healthy?.ignoreChanges, [property, ...restarted]);
    });
  }

  it("restarts the control plane's pods by an annotation, and keeps that one afterwards", async () => {
    const annotations = (release: { inputs: Record<string, unknown> } | undefined) =>
      getPath(release?.inputs["values"] as JsonObject, "controlPlane.statefulSet.pods.annotations");
    const restarted = (await registered({ release: "a", restart: "a" })).get("dev-vcluster");
    assert.deepEqual(annotations(restarted), { "vcluster-environments/restarted": NOW.toISOString() });
    assert.deepEqual(restarted?.ignoreChanges, []);
    const healthy = (await registered({})).get("dev-vcluster");
    // Pulumi keeps a value only in a map that is there.
    assert.deepEqual(annotations(healthy), {});

    const given = restarted.inputs["values"] as JsonObject;
    const later = afterRestart(healthy?.inputs["values"] as JsonObject, {
      status: "deployed",
      drift: [],
      deleting: [],
      values: given,
    });
    assert.deepEqual(annotations({ inputs: { values: later } }), annotations(restarted));
    assert.deepEqual(restartReasons(later, given, given), []);
    assert.notDeepEqual(restartReasons(healthy?.inputs["values"] as JsonObject, given, given), []);
  });

  it("names for the job that waits the Applications that get only a new token", async () => {
    const given = async (repairs: Repairs) =>
      (await registered(repairs)).get("dev-applications")?.inputs["environment"];
    const { RECONNECTED, REPAIR } = (await given({ credential: "a", reconnected: ["b", "c"] })) as Record<
      string,
      string
    >;
    assert.deepEqual([RECONNECTED, typeof REPAIR], [`${NOW.toISOString()},b,c`, "string"]);
    assert.ok(!("RECONNECTED" in ((await given({ credential: "a" })) as object)));
  });

  it("lets the job wait for all again where an Application changes after a repair", async () => {
    const job = async (repairs: Repairs) => (await registered(repairs)).get("dev-applications");
    const changed = await job({ changesApplications: true });
    assert.deepEqual([changed?.inputs["environment"], changed?.ignoreChanges], [undefined, []]);
    const unchanged = await job({ changesApplications: false });
    assert.deepEqual([unchanged?.inputs["environment"], unchanged?.ignoreChanges], [undefined, ["environment"]]);
    const token = (await registered({ changesApplications: true })).get("dev-argocd-token");
    assert.deepEqual(token?.ignoreChanges, ["environment"]);
  });

  it("touches nothing else", async () => {
    const [plain, all] = [await registered({}), await registered({ release: "a", readiness: "b", credential: "c" })];
    const others = [...plain.keys()].filter((name) => !targets.some((target) => target[1] === name));
    assert.ok(others.length > 0);
    for (const name of others) assert.deepEqual(all.get(name), plain.get(name), name);
  });
});

describe("findRepairs", () => {
  it("restarts a control plane that runs without the Secret of its certificates, with Helm", async () => {
    const state = {
      ...{ statefulSet: { status: { readyReplicas: 1 } }, hasCertificates: false },
      release: { status: "deployed", drift: ["Service a is missing"], deleting: [], values: {} },
    };
    const { release, restart, credential } = await found(1, state, { argocd: { register: false } });
    assert.match(restart ?? "", /^the Secret dev-vcluster\/vcluster-dev-helm-certs is gone/);
    assert.equal(release, `${restart ?? ""}; Service a is missing`);
    assert.equal(credential, release);
    assert.equal((await found(1, { ...state, hasCertificates: undefined })).restart, undefined);
  });

  it("restarts a control plane whose configuration was changed, and keeps Argo CD's account", async () => {
    const drift = ['Secret vc-config-vcluster-dev-helm: data["config.yaml"] differs (written by kubectl-edit)'];
    const state = { release: { status: "deployed", drift, reconfigured: true, deleting: [], values: {} } };
    const { release, restart, credential } = await found(1, state, { argocd: { register: false } });
    assert.match(restart ?? "", /^the Secret dev-vcluster\/vc-config-vcluster-dev-helm was changed, /);
    assert.equal(release, `${restart ?? ""}; ${drift.join()}`);
    assert.equal(credential, undefined);
    const missing = { ...state.release, reconfigured: false };
    assert.equal((await found(1, { release: missing })).restart, undefined);
  });

  it("upgrades a release that Helm was working on when a run was killed, and leaves a first installation to Helm", async () => {
    const state = (status: string) => ({
      release: { status, drift: ["Service a is missing"], deleting: [], values: {} },
    });
    for (const status of ["pending-upgrade", "uninstalling"]) {
      const { release } = await found(1, state(status));
      assert.equal(release, `a run was killed while the release was ${status}; Service a is missing`);
    }
    const { release } = await found(1, state("uninstalled"));
    assert.equal(release, "the release was uninstalled; Service a is missing");
    const superseded = await found(1, state("superseded"));
    assert.equal(superseded.release, "Helm's record of the release's last revision is gone; Service a is missing");
    assert.deepEqual(
      await found(1, { ...state("pending-install"), volumeClaim: undefined, statefulSet: undefined }),
      {},
    );
  });

  describe("without Argo CD's token", () => {
    const healthy = { status: "deployed", drift: [], deleting: [], values: {} };
    const set = (readyReplicas?: number) => ({
      spec: { replicas: 1 },
      status: { ...(readyReplicas !== undefined && { readyReplicas }) },
    });
    let server: Server;
    let names: object;
    let caData: string;
    let requests = 0;

    before(async () => {
      const authority = await Authority.create();
      caData = base64(authority.certificate);
      const { key, certificate } = await authority.issue({ commonName: "api", names: ["localhost"] });
      server = createServer({ key, cert: certificate }, (request, response) => {
        assert.match(request.url ?? "", /^\/readyz$|\/selfsubjectreviews$/);
        requests += 1;
        response.writeHead(401, { connection: "close" }).end();
      });
      const apiPort = await listen(server);
      names = { apiHost: "localhost", apiPort, apiUrl: `https://localhost:${apiPort}` };
    });
    after(() => {
      server.close();
    });

    it("changes nothing where the API answers, after one request", async () => {
      const state = { release: healthy, statefulSet: set(1) };
      assert.deepEqual(await found(1, state, { argocd: { register: false } }, names), { readiness: undefined });
      assert.equal(requests, 1);
    });

    it("checks readiness again where a replica is not ready or the API does not answer", async () => {
      for (const args of [{ argocd: { register: false } }, {}]) {
        const repairs = await found(1, { release: healthy, statefulSet: set() }, args, names);
        assert.equal(repairs.readiness, "the StatefulSet dev-vcluster/vcluster-dev-helm has 0 of 1 replicas ready");
        const closed = { ...names, apiPort: 1 };
        const { readiness } = await found(1, { release: healthy, statefulSet: set(1) }, args, closed);
        assert.match(readiness ?? "", /^the virtual cluster's API at https:\S+ is unreachable \(ECONNREFUSED\)$/);
      }
    });

    it("gives Argo CD another token where its Secret is gone or has none, and not where it was not read", async () => {
      const state = { release: healthy, statefulSet: set(1) };
      const missing =
        "Argo CD gets a token: there is none in the Secret argocd/dev-vcluster. One from before stays valid until `make rotate`";
      const drift = ["StatefulSet a is missing"];
      for (const repairs of [
        await found(1, state, {}, names),
        await found(1, { ...state, argocdCluster: { data: { config: "e30=" } } }, {}, names),
        await found(1, { ...state, release: { ...healthy, drift } }, {}, names),
      ]) {
        assert.deepEqual([repairs.newToken, repairs.credential], [missing, undefined]);
      }
      for (const repairs of [
        await found(1, { ...state, unreadable: ["Argo CD's cluster (403)"] }, {}, names),
        await found(1, { ...state, statefulSet: undefined }, {}, names),
        await found(1, state, { argocd: { register: false } }, names),
      ]) {
        assert.equal(repairs.newToken, undefined);
      }
    });

    it("has the job wait for no Application that gets only a new token, as far as it is on the host as declared", async () => {
      const repository = "https://git.example.org/a";
      const applications = { web: { repository }, api: { repository }, new: { repository } };
      const args = { applications };
      const env = resolve("dev", { domain: "example.org", ...args });
      const live = Object.entries(env.applications).map(([key, application]) => {
        const spec = applicationSpec(env.names, application);
        const source = { ...(spec["source"] as object), ...(key === "api" && { repoURL: "other" }) };
        return { metadata: { name: `${key}-dev`, uid: `uid-${key}` }, spec: { ...spec, source } };
      });
      const argocdApplications = live.slice(0, 2) as unknown as HostState["argocdApplications"];
      const state = { release: healthy, statefulSet: set(1), argocdApplications };
      const drift = ["StatefulSet a is missing"];
      const claims = Buffer.from(JSON.stringify({ iat: Date.parse("2026-11-28T01:00:00Z") / 1000 }));
      const config = { bearerToken: `a.${claims.toString("base64url")}.c`, tlsClientConfig: { caData } };
      const rejected = { ...state, argocdCluster: { data: { config: base64(JSON.stringify(config)) } } };
      for (const given of [state, { ...state, release: { ...healthy, drift } }, rejected]) {
        const [kept, ...more] = (await found(1, given, args, names)).reconnected ?? [];
        assert.match(kept ?? "", /^uid-web:[0-9a-f]{64}$/);
        assert.deepEqual(more, []);
      }
      const changes = (some: typeof live) =>
        changesApplications(env, { argocdApplications: some } as unknown as HostState);
      assert.deepEqual([changes(live), changes(live.slice(0, 1)), changes([])], [true, false, false]);
      for (const given of [
        { ...state, argocdApplications: [] },
        { ...state, statefulSet: undefined },
        { ...state, hasCertificates: false },
        { ...rejected, volumeClaim: { metadata: { creationTimestamp: "2026-11-28T02:00:00Z" } } },
        { ...state, release: { ...healthy, drift }, statefulSet: undefined, volumeClaim: undefined },
      ]) {
        assert.equal((await found(1, given, args, names)).reconnected, undefined);
      }
      // With something else that is to be repaired, too.
      const both = { ...rejected, release: { ...healthy, drift } };
      const kept = await found(1, both, args, names);
      assert.equal(kept.release, "StatefulSet a is missing");
      assert.match(kept.credential ?? "", /^the virtual cluster's API server rejects Argo CD's token: /);
      const volumeClaim = { metadata: { creationTimestamp: "2026-11-28T02:00:00Z" } };
      const lost = await found(1, { ...both, volumeClaim }, args, names);
      assert.match(lost.release ?? "", /^the volume was made again .* are lost; StatefulSet a is missing$/);
      assert.equal(lost.credential, lost.release);
    });

    it("asks nothing without the readiness check, and before the environment is there", async () => {
      const closed = { ...names, apiPort: 1 };
      const args = { argocd: { register: false } };
      const off = { ...args, readiness: { enabled: false } };
      const none = { readiness: undefined };
      assert.deepEqual(await found(1, { release: healthy, statefulSet: set() }, off, closed), none);
      const first = { release: undefined, statefulSet: undefined, volumeClaim: undefined };
      assert.deepEqual(await found(1, first, { ...args, delivery: "argocd" }, closed), none);
    });
  });

  it("names an API that does not take a token as one to repair only where a check would run", async () => {
    const config = { bearerToken: "a.b.c", tlsClientConfig: { caData: "" } };
    const argocdCluster = { data: { config: Buffer.from(JSON.stringify(config)).toString("base64") } };
    const state = { release: { status: "deployed", drift: [], deleting: [], values: {} }, argocdCluster };
    const closed = { apiHost: "localhost", apiPort: 1, apiUrl: "https://localhost:1" };
    const unreachable = "the virtual cluster's API at https://localhost:1 is unreachable (ECONNREFUSED)";
    const checked = await found(1, state, {}, closed);
    assert.deepEqual([checked.readiness, checked.unanswered], [unreachable, undefined]);
    const unchecked = await found(1, state, { readiness: { enabled: false } }, closed);
    assert.deepEqual([unchecked.readiness, unchecked.unanswered], [undefined, unreachable]);
  });

  const running = (replicas: number) => ({ controlPlane: { statefulSet: { highAvailability: { replicas } } } });
  const found = (
    replicas: number,
    state: Partial<HostState>,
    args: Partial<EnvironmentArgs> = {},
    names: Partial<Names> = {},
  ) => {
    const env = resolve("dev", { domain: "example.org", controlPlane: { replicas }, ...args });
    return findRepairs(
      { ...env, names: { ...env.names, ...names } },
      {
        others: [],
        statefulSet: {},
        volumeClaim: {},
        values: running(replicas),
        claims: [],
        deletedClaims: [],
        kubernetes: undefined,
        unhealthyApplications: [],
        release: { status: "deployed", drift: ["StatefulSet a is missing"], deleting: [], values: {} },
        argocdCluster: undefined,
        argocdProject: undefined,
        argocdApplications: [],
        delivering: undefined,
        hasCertificates: true,
        mayReadSecrets: true,
        found: { namespace: undefined, contents: [] },
        identified: true,
        unreadable: [],
        unanswered: [],
        ...state,
      },
    );
  };

  it("upgrades a release whose last revision is not Pulumi's", async () => {
    const release = { status: "deployed", drift: [], changedBy: "helm", deleting: [], values: {} };
    assert.equal((await found(1, { release })).release, "helm made the last revision of the release");
  });

  it("shows no value of what differs where values are secret", async () => {
    const line =
      'StatefulSet a: spec.template.spec.containers.0.env.1.value is "x" instead of "hidden" (written by kubectl)';
    const release = { status: "deployed", drift: [line], deleting: [], values: {} };
    assert.equal((await found(1, { release })).release, line);
    const { release: shown } = await found(1, { release }, { values: secret({ logging: {} }) });
    assert.equal(shown, "StatefulSet a: spec.template.spec.containers.0.env.1.value differs (written by kubectl)");
  });

  it("upgrades a release whose volume was made again, and gives Argo CD another token", async () => {
    const fields = (manager: string, fieldsV1: JsonObject) => ({ managedFields: [{ manager, fieldsV1 }] });
    const state = {
      release: { status: "deployed", drift: [], deleting: [], values: {}, recordedAt: "2026-11-28T01:00:00Z" },
      volumeClaim: {
        metadata: {
          ...{ uid: "u", creationTimestamp: "2026-11-28T02:00:00Z" },
          ...fields("kube-controller-manager", { "f:spec": { "f:accessModes": {} } }),
        },
        spec: { volumeName: "pvc-u" },
      },
      statefulSet: { metadata: fields("kube-controller-manager", { "f:status": { "f:replicas": {} } }) },
    };
    const lost =
      "the volume was made again at 2026-11-28T02:00:00Z and all objects of the virtual cluster before that are lost, " +
      "unless they were restored";
    const off = { argocd: { register: false } };
    assert.deepEqual(await found(1, state, off), { release: lost, credential: lost });
    assert.deepEqual(await found(1, state), { release: lost, credential: lost });
    // Of three members of etcd, two have all objects.
    const closed = { apiHost: "localhost", apiPort: 1 };
    assert.equal((await found(3, { ...state, values: running(3) }, off, closed)).release, undefined);
    // A token of then that cannot be tried, whatever else is to be repaired, and whatever became of Helm's record.
    const registered = (iat: string, changes: Partial<NonNullable<HostState["release"]>> = {}) => {
      const claims = Buffer.from(JSON.stringify({ iat: Date.parse(iat) / 1000 })).toString("base64url");
      const config = { bearerToken: `a.${claims}.c`, tlsClientConfig: { caData: "" } };
      const argocdCluster = { data: { config: base64(JSON.stringify(config)) } };
      return { ...state, release: { ...state.release, ...changes }, argocdCluster };
    };
    const [old, young] = ["2026-11-28T01:30:00Z", "2026-11-28T02:30:00Z"];
    assert.deepEqual(await found(1, registered(old), {}, closed), { release: lost, credential: lost });
    const drift = ["Service a is missing"];
    const both = `${lost}; Service a is missing`;
    assert.deepEqual(await found(1, registered(old, { drift }), {}, closed), { release: both, credential: both });
    const killed = await found(1, registered(old, { status: "pending-upgrade" }), {}, closed);
    assert.match(killed.credential ?? "", /^the volume was made again .*; a run was killed while/);
    const healthy = await found(1, registered(young), {}, closed);
    assert.deepEqual([healthy.release, healthy.credential], [undefined, undefined]);
    assert.match(healthy.readiness ?? "", /^the virtual cluster's API at /);
    assert.deepEqual(await found(1, registered(young, { drift }), {}, closed), { release: "Service a is missing" });
    // Without the API there is no other token, and no end of it.
    const unchecked = { readiness: { enabled: false } };
    const untold = await found(1, registered(old), unchecked, closed);
    assert.deepEqual([untold.release, untold.credential], [undefined, undefined]);
    assert.ok(untold.unanswered?.startsWith(`${lost}; the virtual cluster's API at `), untold.unanswered);
    const drifted = await found(1, registered(old, { drift }), unchecked, closed);
    assert.deepEqual(drifted, { release: "Service a is missing", unanswered: lost });
  });

  it("gives Argo CD another credential where no volume of etcd is left, whatever the control plane has", async () => {
    const { release, credential } = await found(3, { volumeClaim: undefined });
    assert.match(release ?? "", /the volume is gone .*; StatefulSet a is missing/);
    assert.equal(credential, release);
    for (const [replicas, state] of [
      [1, { volumeClaim: undefined }],
      [3, {}],
      [3, { volumeClaim: undefined, unreadable: ["the volume claim (403)"] }],
    ] as const) {
      assert.deepEqual(await found(replicas, state, { argocd: { register: false } }), {
        release: "StatefulSet a is missing",
      });
    }
  });

  it("gives Argo CD another credential where the volume is gone and the control plane is stopped", async () => {
    const statefulSet = { spec: { replicas: 0, volumeClaimTemplates: [{ metadata: { name: "data" } }] } };
    const { release, credential } = await found(1, { statefulSet, volumeClaim: undefined });
    assert.match(release ?? "", /^the volume is gone .*; StatefulSet a is missing/);
    assert.equal(credential, release);
  });

  it("does not call a volume lost that a first update had not made", async () => {
    const saved = async (kubeconfig: string | undefined) => {
      const environment = {
        type: "vcluster-environments:index:Environment",
        outputs: { namespace: "dev-vcluster", kubeconfig },
      };
      await runtime.setMocks({
        newResource: () => ({ id: "", state: {} }),
        call: () => ({ outputs: { environment } }),
      });
      return (await found(3, { volumeClaim: undefined })).release ?? "";
    };
    assert.match(await saved("a"), /^the volume is gone/);
    assert.equal(await saved(undefined), "StatefulSet a is missing");
  });

  it("gives Argo CD another credential where another number of replicas starts empty", async () => {
    assert.deepEqual(await found(3, { values: running(1) }), {
      credential: "the virtual cluster starts empty, with 3 replicas in place of 1",
    });
  });
});

describe("takingBack", () => {
  const metadata = {
    name: "dev-vcluster",
    labels: { a: "b" },
    annotations: { "vcluster-environments/identity": "declared", team: "mine" },
  };
  const taken = (annotations: JsonObject, labels: JsonObject = metadata.labels) => {
    const live = { metadata: { labels, annotations: { ...metadata.annotations, ...annotations } } };
    const args = {
      type: "kubernetes:core/v1:Namespace",
      name: "a",
      props: { metadata },
      opts: {},
      resource: {} as Resource,
    };
    const result = takingBack("dev-vcluster", live)(args);
    return getPath(result?.props ?? {}, "metadata.annotations") as JsonObject;
  };

  it("forces labels and annotations that others have changed, and no identity", () => {
    const forced = (annotations: JsonObject) => annotations["pulumi.com/patchForce"];
    assert.equal(forced(taken({ team: "others" })), "true");
    assert.equal(forced(taken({}, { a: "others" })), "true");
    assert.equal(forced(taken({ more: "others" })), undefined);
    assert.equal(forced(taken({ "vcluster-environments/identity": "others" })), undefined);
  });
});

describe("keepingSize", () => {
  const size = "controlPlane.statefulSet.persistence.volumeClaim.size";
  for (const [delivery, path] of [
    ["helm", `values.${size}`],
    ["argocd", `spec.source.helm.valuesObject.${size}`],
  ] as const) {
    it(`leaves the size of the volume as it is, with delivery: ${delivery}`, async () => {
      const args = { domain: "example.org", delivery };
      const transformations = [keepingSize(settings("dev", args))];
      const { registrations } = await record(() => new Environment("dev", args, { transformations }), { outputs });
      const kept = registrations.filter(({ ignoreChanges }) => ignoreChanges.some((one) => one.endsWith(size)));
      assert.deepEqual(
        kept.map(({ name, ignoreChanges }) => [name, ignoreChanges]),
        [["dev-vcluster", [path]]],
      );
      const inputs = kept[0]?.inputs as never;
      assert.equal(getPath(inputs, path), "5Gi", "the path is that of the size");
    });
  }

  it("leaves the size of etcd's volumes as well", async () => {
    const args = { domain: "example.org", controlPlane: { replicas: 3 } };
    const transformations = [keepingSize(settings("dev", args))];
    const { registrations } = await record(() => new Environment("dev", args, { transformations }), { outputs });
    const release = registrations.find(({ name }) => name === "dev-vcluster");
    const paths = [size, "controlPlane.backingStore.etcd.deploy.statefulSet.persistence.volumeClaim.size"];
    assert.deepEqual(
      release?.ignoreChanges,
      paths.map((path) => `values.${path}`),
    );
    for (const path of release.ignoreChanges) assert.equal(getPath(release.inputs as never, path), "5Gi", path);
  });
});

describe("replacingForReplicas", () => {
  /** The path of the first map or value that only one of the two has, as the provider reports it. */
  const reported = (before: unknown, after: unknown, path: string): string[] => {
    if (!isPlainObject(before) || !isPlainObject(after)) return isDeepStrictEqual(before, after) ? [] : [path];
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => reported(before[key], after[key], `${path}.${key}`));
  };

  for (const [delivery, values] of [
    ["helm", "values"],
    ["argocd", "spec.source.helm.valuesObject"],
  ] as const) {
    it(`names what another number of replicas adds and leaves out, with delivery: ${delivery}`, async () => {
      const registered = async (replicas: number) => {
        const args = { domain: "example.org", delivery, controlPlane: { replicas } };
        const transformations = [replacingForReplicas({ environment: "dev" })];
        const { registrations } = await record(() => new Environment("dev", args, { transformations }), { outputs });
        const found = registrations.filter(({ name }) => name === "dev-vcluster");
        assert.equal(found.length, 1);
        return found[0] as Registration;
      };
      const [one, three] = [await registered(1), await registered(3)];
      for (const [before, after] of [
        [one, three],
        [three, one],
      ] as const) {
        const [is, said] = [before, after].map(({ inputs }) => getPath(inputs as never, values));
        const changes = reported(is, said, values);
        const replacing = changes.filter((change) =>
          after.replaceOnChanges.some((path) => change === path || change.startsWith(`${path}.`)),
        );
        for (const path of ["controlPlane.statefulSet.highAvailability", "controlPlane.backingStore"]) {
          assert.ok(replacing.includes(`${values}.${path}`), `${path} of ${String(changes)}`);
        }
      }
    });
  }
});
