import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type {
  KubernetesObject,
  V1ConfigMap,
  V1Ingress,
  V1Namespace,
  V1Pod,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { load } from "js-yaml";

import { fromBase64 } from "../../shared/base64";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import { getIn } from "../../shared/json";
import { waitFor } from "../../shared/wait";
import { collectDiagnostics } from "../../local/diagnostics";
import { addHostNames } from "../../local/hosts-file";
import { Cluster, reference, type Reference } from "../../testing/cluster";
import { difference, listObjects, settledObjects } from "../../testing/objects";
import { type Charts, chartsForArgocd } from "../support/argocd-delivery";
import { destroy, environment, type Environment, namesOf } from "../support/environments";
import { peer } from "../support/tls";
import { domain as localDomain } from "../../local/settings";
import { environmentNames } from "../../components/names";

const NAME = "cfg-life";
const own = { labels: { team: "platform" }, annotations: { "example.org/owner": "a person" } };

/** Every kind that can be copied without CRDs that this host does not have, and every key of the pod. */
const config = {
  domain: localDomain,
  ...own,
  argocd: { register: false },
  // Some of the kinds below would lift the bounds of the other profiles.
  isolation: { profile: "open" },
  persistence: { size: "1Gi" },
  controlPlane: {
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "dedicated", operator: "Exists" }],
    priorityClass: "system-cluster-critical",
    probes: { startup: { periodSeconds: 1, failureThreshold: 600 } },
  },
  sync: {
    fromHost: { runtimeClasses: true, storageClasses: true, priorityClasses: true },
    toHost: { networkPolicies: true, podDisruptionBudgets: true, persistentVolumes: true },
  },
};

const kept = reference("v1", "ConfigMap", "e2e-kept", "default");
interface Claim extends KubernetesObject {
  spec?: { resources?: { requests?: Record<string, string> } };
}

describe("changes of an environment", function () {
  this.timeout(400_000);
  const host = Cluster.host();
  let env: Environment;

  before(async () => {
    env = await environment(NAME, config);
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { value: "kept" } });
  });
  after(async () => {
    await destroy(NAME);
  });

  const get = async <T extends object>(object: Reference): Promise<T> => {
    const found = await host.get<T>(object);
    assert.ok(found, `${object.kind} ${object.metadata.name} is not there`);
    return found;
  };
  const podUid = async () => (await host.podReady(env.namespace, env.pod, 120_000)).metadata?.uid;

  it("are none in a second pulumi up, of any object on the host", async () => {
    const before = await settledObjects(host);
    succeeded(await env.stack.operate("up", ["--expect-no-changes"]));
    assert.deepEqual(difference(before, await listObjects(host)), []);
  });

  it("sets labels and annotations on all its objects", async () => {
    const { namespace, release } = env;
    const statefulSet = await get<V1StatefulSet>(reference("apps/v1", "StatefulSet", release, namespace));
    const objects = [
      await get<V1Namespace>(reference("v1", "Namespace", namespace)),
      await get<V1Service>(reference("v1", "Service", release, namespace)),
      await get<V1Ingress>(reference("networking.k8s.io/v1", "Ingress", `${namespace}-ingress`, namespace)),
      await get<V1Pod>(reference("v1", "Pod", env.pod, namespace)),
      statefulSet,
    ];
    for (const { kind, metadata } of objects) {
      assert.equal(metadata?.labels?.["team"], "platform", kind);
      assert.equal(metadata.annotations?.["example.org/owner"], "a person", kind);
    }
  });

  it("schedules and configures its pod", async () => {
    const { spec } = await get<V1Pod>(reference("v1", "Pod", env.pod, env.namespace));
    assert.equal(spec?.priorityClassName, "system-cluster-critical");
    assert.deepEqual(spec.nodeSelector, config.controlPlane.nodeSelector);
    assert.ok(spec.tolerations?.some(({ key, operator }) => key === "dedicated" && operator === "Exists"));
    const { startupProbe } = spec.containers.find(({ name }) => name === "syncer") ?? {};
    assert.equal(startupProbe?.periodSeconds, 1);
    assert.equal(startupProbe.failureThreshold, 600);
  });

  it("syncs enabled kinds, and its syncer lacks no right", async () => {
    assert.ok(await env.cluster.get(reference("storage.k8s.io/v1", "StorageClass", "local-path")), "a storage class");
    assert.ok(
      await env.cluster.get(reference("scheduling.k8s.io/v1", "PriorityClass", "system-cluster-critical")),
      "a priority class",
    );
    const policy = reference("networking.k8s.io/v1", "NetworkPolicy", "e2e-none", "default");
    await env.cluster.apply({ ...policy, spec: { podSelector: { matchLabels: { app: "none" } } } } as Reference);
    const onHost = reference(
      "networking.k8s.io/v1",
      "NetworkPolicy",
      `e2e-none-x-default-x-${env.release}`,
      env.namespace,
    );
    await host.waitFor(() => host.get(onHost), {
      what: "the network policy on the host",
      timeoutMs: 60_000,
      namespace: env.namespace,
    });
    const log = await host.core.readNamespacedPodLog({ namespace: env.namespace, name: env.pod, container: "syncer" });
    const forbidden = log.split("\n").filter((line) => line.includes("is forbidden: User"));
    assert.deepEqual(forbidden, []);
  });

  it("reports at preview that new limits restart the control plane, and keeps its objects", async () => {
    const before = await podUid();
    const limits = { memory: "3Gi" };
    env.stack.configure({ ...config, controlPlane: { ...config.controlPlane, limits } });
    const up = await env.stack.up();
    assert.match(
      up.output,
      /The control plane will restart \(data is kept\).* controlPlane\.limits\.memory: "4Gi" -> "3Gi"/,
    );
    assert.notEqual(await podUid(), before);
    assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");
  });

  it("rejects another volume, name and host name with all problems, and changes nothing", async () => {
    const taken = reference("networking.k8s.io/v1", "Ingress", "e2e-taken", "default");
    const backend = { service: { name: "none", port: { number: 80 } } };
    const rules = [
      {
        host: namesOf("cfg-other").apiHost,
        http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
      },
    ];
    await host.apply<V1Ingress>({ ...taken, spec: { ingressClassName: "none", rules } });
    try {
      env.stack.configure({ ...config, environment: "cfg-other", extraSans: ["https://x"] });
      const bad = await env.stack.operate("up");
      assert.match(bad.output, /extraSans\[0\]/);
      env.stack.configure({ ...config, environment: "cfg-other" });
      const renamed = await env.stack.operate("up");
      assert.notEqual(renamed.exitCode, 0);
      assert.match(renamed.output, /2 problems in the configuration of environment "cfg-other"; nothing was changed/);
      assert.match(renamed.output, /domain: Ingress default\/e2e-taken on the host .* \[hostname-in-use\]/);
      assert.match(renamed.output, /environment: this stack runs the environment "cfg-life"/);
      env.stack.configure({ ...config, persistence: { size: "2Gi" } });
      const larger = await env.stack.operate("up");
      assert.notEqual(larger.exitCode, 0);
      assert.match(
        larger.output,
        /persistence\.size: changing "1Gi" to "2Gi" would recreate the volume.* "local-path" does not expand.* \[volume-change\]/,
      );
      const others = [...(await listObjects(host)).keys()].filter((object) => object.includes("cfg-other"));
      assert.deepEqual(others, []);
      assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");
    } finally {
      await host.remove(taken);
    }
  });

  it("has a new host name after a change of the domain, and keeps its objects", async () => {
    // Under the name of another environment, as addHostNames knows only the local domain.
    const domain = namesOf("life").apiHost;
    const names = environmentNames(NAME, domain);
    addHostNames([`${names.namespace}.life`, "cfg-other"]);
    env.stack.configure({ ...config, domain });
    await env.stack.up();
    const { apiUrl, kubeconfig } = await env.stack.outputs();
    assert.equal(apiUrl, names.apiUrl);
    const cluster = new Cluster("the virtual cluster under its new name", String(kubeconfig));
    assert.ok((await peer(names.apiHost, cluster.authority)).authorized);
    assert.equal((await cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");
  });

  it("gets another volume and name if persistence.allowDataLoss allows it, and leaves nothing behind", async () => {
    const persistence = { size: "2Gi", allowDataLoss: true };
    env.stack.configure({ ...config, persistence });
    await env.stack.up();
    const claim = reference("v1", "PersistentVolumeClaim", env.volumeClaim, env.namespace);
    const { spec } = await get<Claim>(claim);
    assert.equal(spec?.resources?.requests?.["storage"], "2Gi");

    env.stack.configure({ ...config, environment: "cfg-other", persistence });
    await env.stack.up();
    const other = namesOf("cfg-other");
    await host.podReady(other.namespace, other.pod, 60_000);
    assert.equal(await host.get(reference("v1", "Namespace", env.namespace)), undefined);
  });
});

describe("a volume that grows", function () {
  this.timeout(400_000);
  const name = "cfg-grow";
  const host = Cluster.host();
  // As the host's own, which does not expand; nothing resizes its directories, so the claim alone tells.
  const expanding = reference("storage.k8s.io/v1", "StorageClass", "e2e-expands");
  const grown = { domain: localDomain, argocd: { register: false } };
  let env: Environment;

  before(async () => {
    const storage = { provisioner: "rancher.io/local-path", volumeBindingMode: "WaitForFirstConsumer" };
    await host.apply({ ...expanding, ...storage, allowVolumeExpansion: true } as Reference);
    env = await environment(name, { ...grown, persistence: { size: "1Gi", storageClass: "e2e-expands" } });
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { value: "kept" } });
  });
  after(async () => {
    await destroy(name);
    await host.remove(expanding);
  });

  it("keeps its pod and its objects, and is grown from then on", async () => {
    const before = (await host.podReady(env.namespace, env.pod, 60_000)).metadata?.uid;
    env.stack.configure({ ...grown, persistence: { size: "2Gi", storageClass: "e2e-expands" } });
    const { output } = await env.stack.up();
    assert.match(output, /volume grows from 1Gi to 2Gi in place/);
    const claim = await host.get<Claim>(reference("v1", "PersistentVolumeClaim", env.volumeClaim, env.namespace));
    assert.equal(claim?.spec?.resources?.requests?.["storage"], "2Gi");
    assert.equal((await host.podReady(env.namespace, env.pod, 60_000)).metadata?.uid, before);
    assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");

    const again = await env.stack.operate("preview");
    assert.equal(again.exitCode, 0, again.output);
    assert.doesNotMatch(again.output, /to (create|update|replace|delete)/);
  });

  it("does not shrink", async () => {
    env.stack.configure({ ...grown, persistence: { size: "1Gi", storageClass: "e2e-expands" } });
    const { exitCode, output } = await env.stack.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /persistence\.size: .*volumes do not shrink.* \[volume-change\]/);
  });
});

describe("`make` and plain `pulumi`, in turn on one stack of the local host", function () {
  this.timeout(900_000);
  const name = "cfg-mixed";
  const file = path.join(checkoutDir, `Pulumi.${name}.yaml`);
  /** As a person's shell: what `make env` prints is not needed for `make`, and is all that plain Pulumi needs. */
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(PULUMI_|KUBECONFIG|VCLUSTER_)/.test(key)),
  );
  const bash = (script: string) =>
    exec("bash", ["-ec", script], { cwd: checkoutDir, env: { ...env, STACK: name }, timeoutMs: 400_000 });
  const make = (target: string) => bash(`make ${target}`);
  const plain = (args: string) => bash(`eval "$(make -s env)"; pulumi ${args} --stack ${name} --non-interactive`);
  /** Git's view of all stack files, and the configuration in this stack's. */
  const files = async () => ({
    status: succeeded(await bash("git status --porcelain -- 'Pulumi*.yaml'")).stdout,
    config: getIn(load(fs.readFileSync(file, "utf8")), "config"),
  });

  before(() => {
    const keys = { domain: localDomain, argocd: { register: false }, persistence: { size: "1Gi" } };
    const config = Object.entries(keys).map(([key, value]) => [`vcluster-environments:${key}`, value] as const);
    fs.writeFileSync(file, `config: ${JSON.stringify(Object.fromEntries(config))}\n`);
  });
  after(async () => {
    await make("down");
    fs.rmSync(file, { force: true });
  });

  it("work, and change no stack file that a person has not changed", async () => {
    const before = await files();
    assert.match(succeeded(await make("up")).output, new RegExp(`Environment ${name} is ready`));
    assert.deepEqual(await files(), before);

    succeeded(await plain("config set --path vcluster-environments:labels.team mixed"));
    const changed = await files();
    assert.equal(changed.status, before.status);
    assert.match(succeeded(await plain("up --yes --skip-preview")).output, /updated/);

    const again = succeeded(await make("up"));
    assert.doesNotMatch(again.output, /\d+ (created|updated|replaced|deleted)/);
    assert.deepEqual(await files(), changed);
    assert.doesNotMatch(fs.readFileSync(file, "utf8"), /encryptionsalt/);

    // A secret needs the salt of its passphrase beside it, in both files.
    succeeded(await plain("config set --secret vcluster-environments-test:unused value"));
    succeeded(await make("up"));
    succeeded(await plain("up --yes --skip-preview"));
    const last = await files();
    succeeded(await plain("preview --expect-no-changes"));
    succeeded(await make("down"));
    assert.deepEqual(await files(), last);
    assert.doesNotMatch(succeeded(await plain("stack export")).output, /kubernetes:helm\.sh/);
  });
});

describe("changes of an environment deployed by Argo CD", function () {
  this.timeout(400_000);
  const name = "cfg-by-argocd";
  const delivered = {
    domain: config.domain,
    delivery: "argocd",
    argocd: { register: false },
    persistence: { size: "1Gi" },
  };
  const host = Cluster.host();
  let charts: Charts | undefined;
  let env: Environment;

  before(async () => {
    charts = await chartsForArgocd(host, "cfg-by-argocd-charts");
    env = await environment(name, delivered, charts.env);
    await env.cluster.apply<V1ConfigMap>({ ...kept, data: { value: "kept" } });
  });
  after(async () => {
    await destroy(name);
    await charts?.remove();
  });

  it("rejects at preview another volume and another Argo CD namespace, which would delete it", async () => {
    env.stack.configure({
      ...delivered,
      persistence: { size: "2Gi" },
      argocd: { register: false, namespace: "gitops" },
    });
    const { exitCode, output } = await env.stack.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /2 problems in the configuration of environment "cfg-by-argocd"; nothing was changed/);
    assert.match(output, /persistence\.size: changing "1Gi" to "2Gi" would recreate the volume.* \[volume-change\]/);
    assert.match(output, /argocd\.namespace: the Application of the control plane is in "argocd"/);
    assert.equal((await env.cluster.get<V1ConfigMap>(kept))?.data?.["value"], "kept");
  });

  it("removes a parameter of a value that is not declared, as `argocd app set` adds it", async () => {
    const { release, namespace } = env;
    const helm = { parameters: [{ name: "logging.encoding", value: "json" }] };
    const patch = JSON.stringify({ spec: { source: { helm } } });
    const args = `-n argocd patch application ${release} --type merge --field-manager argocd-server -p`.split(" ");
    succeeded(await exec("kubectl", [...args, patch]));
    const encoding = async () => {
      const config = await host.get<V1Secret>(reference("v1", "Secret", `vc-config-${release}`, namespace));
      return getIn(load(fromBase64(config?.data?.["config.yaml"])), "logging", "encoding");
    };
    await waitFor(async () => (await encoding()) === "json", {
      what: "the parameter to arrive",
      timeoutMs: 120_000,
    });
    const said = /source\.helm\.parameters.*\(written by argocd-server/;
    env.stack.configure(delivered);
    assert.match(succeeded(await env.stack.operate("preview")).output, said);
    await env.stack.up();
    await waitFor(async () => (await encoding()) !== "json", { what: "the value to be back", timeoutMs: 120_000 });
    // The pod is restarted for it, and a preview until then repairs.
    const rolledOut = ["rollout", "status", `statefulset/${release}`, "-n", namespace, "--timeout", "180s"];
    succeeded(await exec("kubectl", rolledOut));
    const { output } = succeeded(await env.stack.operate("preview", ["--expect-no-changes"]));
    assert.doesNotMatch(output, said);
  });

  const larger = { ...delivered, persistence: { size: "2Gi", allowDataLoss: true } };

  it("gets an empty new volume if persistence.allowDataLoss allows it", async () => {
    env.stack.configure(larger);
    await env.stack.up();
    const claim = await host.get<Claim>(reference("v1", "PersistentVolumeClaim", env.volumeClaim, env.namespace));
    assert.equal(claim?.spec?.resources?.requests?.["storage"], "2Gi");
    const { kubeconfig } = await env.stack.outputs();
    const renewed = new Cluster("the virtual cluster on its new volume", String(kubeconfig));
    assert.ok(await renewed.get(reference("v1", "Namespace", "default")));
    assert.equal(await renewed.get(kept), undefined);
  });

  const controlPlane = { startTimeoutSeconds: 30 };
  for (const [title, wrong, ...says] of [
    [
      "the image is not to be had",
      { image: { tag: "0.0.0" } },
      /vcluster-cfg-by-argocd-helm: Synced, (Progressing|Degraded)/,
      /vcluster-oss:0\.0\.0/,
    ],
    [
      "the chart is not to be had",
      { chart: { version: "0.26.99" } },
      /vcluster-cfg-by-argocd-helm: Unknown, /,
      /chart.*0\.26\.99/,
    ],
  ] as const) {
    it(`ends \`up\` in time when ${title}, and Argo CD and the cluster say why`, async () => {
      env.stack.configure({ ...larger, controlPlane, ...wrong });
      const { exitCode, output } = await env.stack.operate("up");
      assert.notEqual(exitCode, 0);
      assert.match(
        output,
        /Application \(cfg-by-argocd-vcluster\):\s+error: [^]*failed to fully initialize or become live/,
      );
      // What `make up` prints then.
      const said = await collectDiagnostics(env.namespace);
      for (const expected of says) assert.match(said, expected);
    });
  }

  it("recovers with a valid configuration, after `up` reports what is wrong", async () => {
    env.stack.configure(larger);
    const { output } = await env.stack.up();
    assert.match(
      output,
      /The Application of the virtual cluster is not healthy: argocd\/vcluster-cfg-by-argocd-helm: Unknown, .*0\.26\.99/,
    );
    await host.podReady(env.namespace, env.pod, 10_000);
  });
});
