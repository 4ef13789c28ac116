import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { V1ConfigMap, V1Deployment, V1Secret } from "@kubernetes/client-node";
import { load } from "js-yaml";

import { checkoutDir } from "../../shared/checkout";
import { Cluster, reference, type Reference } from "../../testing/cluster";
import { exec, succeeded } from "../../shared/exec";
import {
  application,
  type Application,
  CHART_REPOSITORY,
  example,
  exampleConfig,
  exampleEnvironments,
  SHOP,
  syncedAndHealthy,
} from "../support/argocd";
import type { Environment } from "../support/environments";
import { base64 } from "../../shared/base64";
import { namesOf } from "../support/environments";

const SLEEP = ["sleep", "infinity"];

describe("applications of two environments", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const toolbox = reference("argoproj.io/v1alpha1", "ApplicationSet", "toolbox", "argocd");
  let environments: Record<"app-dev" | "app-staging", Environment>;

  // They stay for the tests of their end, argocd-teardown.test.ts.
  before(async () => {
    await host.remove(toolbox);
    environments = await exampleEnvironments(host);
  });
  after(async () => {
    await host.remove(toolbox);
  });

  const commands = { "app-dev": SLEEP, "app-staging": ["httpd", "-f", "-p", "7007", "-h", "/tmp"] };
  for (const name of ["app-dev", "app-staging"] as const) {
    const command = commands[name];
    const deployment = reference("apps/v1", "Deployment", `backstage-${name}`, "backstage");
    const running = async (): Promise<V1Deployment> => {
      const found = await environments[name].cluster.get<V1Deployment>(deployment);
      assert.ok(found, `${name} has no deployment backstage-${name}`);
      return found;
    };

    it(`${name}: up waits until the Application is Synced and Healthy, with destination.name`, async () => {
      const found = await host.get<Application>(application(`backstage-${name}`));
      assert.deepEqual(found?.spec["destination"], { name: namesOf(name).argocdCluster, namespace: "backstage" });
      assert.deepEqual([found.status?.sync?.status, found.status?.health?.status], ["Synced", "Healthy"]);
    });

    it(`${name}: its deployment runs ${command.join(" ")}`, async () => {
      const { spec, status } = await running();
      assert.deepEqual(spec?.template.spec?.containers[0]?.command, command);
      assert.equal(status?.readyReplicas, 1);
    });

    it(`${name}: manual changes and deletions are reverted`, async () => {
      const { metadata } = await running();
      const { cluster } = environments[name];
      await cluster.apply({ ...deployment, spec: { template: { spec: container(["sleep", "1"]) } } });
      await healed(cluster, "its command", async () => {
        assert.deepEqual((await running()).spec?.template.spec?.containers[0]?.command, command);
      });
      await cluster.remove(deployment);
      await healed(cluster, "the deployment", async () => {
        assert.notEqual((await running()).metadata?.uid, metadata?.uid);
      });
      await syncedAndHealthy(host, `backstage-${name}`);
    });
  }

  it("applications that cannot be had, or that the host refuses objects of, fail up with what helps, and can be removed", async () => {
    const { stack, cluster } = environments["app-dev"];
    const { applications, argocd } = exampleConfig("dev");
    const absent = { repository: CHART_REPOSITORY, chart: "backstage", revision: "9.9.9" };
    const shop = { repository: CHART_REPOSITORY, chart: SHOP.name, revision: SHOP.version };
    stack.configure({ applications: { ...applications, absent, shop }, argocd: { ...argocd, syncTimeoutSeconds: 30 } });
    const { exitCode, output } = await stack.operate("up");
    assert.notEqual(exitCode, 0);
    assert.match(output, /Not Synced and Healthy after 30 s:\s+- argocd\//);
    assert.match(output, /- argocd\/absent-app-dev: sync Unknown; .*9\.9\.9/);
    assert.match(output, /- argocd\/shop-app-dev: sync Synced; health Progressing/);
    assert.match(output, /Fix: correct what Argo CD reports/);
    assert.match(
      output,
      /Refused by the host, [^\n]+\s+- Ingress shop\/shop \([^)]+\): ingresses for hosts that are not of this environment \(shop\.example\.com\) are not allowed; [^\n]+; isolation\.ingressHosts in /,
    );

    stack.configure(exampleConfig("dev"));
    await stack.up();
    for (const name of ["absent", "shop"]) assert.equal(await host.get(application(`${name}-app-dev`)), undefined);
    assert.ok(await cluster.get(reference("apps/v1", "Deployment", "backstage-app-dev", "backstage")));
  });

  it("an Application that was deleted is made again by one up, which waits for it, and the next preview is empty", async () => {
    const { stack } = environments["app-dev"];
    const deleted = application("backstage-app-dev");
    const before = await host.get<Application>(deleted);
    await host.remove(deleted);
    succeeded(await stack.operate("up", ["--skip-preview"]));
    const { metadata, status } = (await host.get<Application>(deleted)) ?? {};
    assert.notEqual(metadata?.uid, before?.metadata?.uid);
    assert.deepEqual([status?.sync?.status, status?.health?.status], ["Synced", "Healthy"]);
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
  });

  it("an Application that is broken fails no repair of Argo CD's token", async () => {
    const { stack, cluster } = environments["app-dev"];
    const { core } = cluster;
    // In no Application, so Argo CD leaves it.
    const quota = reference("v1", "ResourceQuota", "no-pods", "backstage");
    await cluster.apply({ ...quota, spec: { hard: { pods: "0" } } } as Reference);
    try {
      const pods = (await core.listNamespacedPod({ namespace: "backstage" })).items;
      await cluster.remove(...pods.map(({ metadata }) => reference("v1", "Pod", metadata?.name ?? "", "backstage")));
      const broken = async () => {
        const { status } = (await host.get<Application>(application("backstage-app-dev"))) ?? {};
        return status?.health?.status !== "Healthy";
      };
      await host.waitFor(broken, { what: "the broken Application", timeoutMs: 60_000, namespace: "argocd" });
      const accounts = (await core.listNamespacedServiceAccount({ namespace: "kube-system" })).items
        .map(({ metadata }) => metadata?.name ?? "")
        .filter((name) => name.startsWith("argocd-manager"));
      await cluster.remove(...accounts.map((name) => reference("v1", "ServiceAccount", name, "kube-system")));
      await delay(12_000); // An API server accepts its token for ten seconds more.
      const { output } = succeeded(await stack.operate("up", ["--skip-preview"]));
      assert.match(output, /This update repairs the environment: the virtual cluster's API server rejects/);
      assert.match(output, /Not waited for, as only Argo CD's token is new: argocd\/backstage-app-dev: /);
    } finally {
      await cluster.remove(quota);
    }
    await syncedAndHealthy(host, "backstage-app-dev");
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
  });

  it("a rollback to what ran at that repair is waited for, as every change is", async () => {
    const { stack, cluster } = environments["app-dev"];
    const { applications, argocd } = exampleConfig("dev");
    const later = ["sleep", "86400"];
    const backstage = { ...applications["backstage"], values: { command: later } };
    const deployment = reference("apps/v1", "Deployment", "backstage-app-dev", "backstage");
    for (const [command, config] of [
      [later, { applications: { ...applications, backstage }, argocd }],
      [SLEEP, exampleConfig("dev")],
    ] as const) {
      stack.configure(config);
      const { output } = succeeded(await stack.operate("up", ["--skip-preview"]));
      assert.doesNotMatch(output, /Not waited for/);
      const { spec } = (await cluster.get<V1Deployment>(deployment)) ?? {};
      assert.deepEqual(spec?.template.spec?.containers[0]?.command, command);
    }
    succeeded(await stack.operate("preview", ["--expect-no-changes"]));
  });

  it("an ApplicationSet with the cluster generator deploys into both, by CNOE's labels", async () => {
    const set = load(
      example("argocd/applicationset.yaml").replace("https://charts.example.com", CHART_REPOSITORY),
    ) as Reference & { spec: object };
    // Only the environments of this test: others may be on the host.
    const names = Object.keys(environments);
    const selector = {
      matchLabels: { "vcluster.cnoe.io/clusterClass": "app-runtime" },
      matchExpressions: [{ key: "vcluster.cnoe.io/clusterName", operator: "In", values: names }],
    };
    await host.apply({ ...set, spec: { ...set.spec, generators: [{ clusters: { selector } }] } });
    for (const [name, { cluster }] of Object.entries(environments)) {
      await syncedAndHealthy(host, `toolbox-${name}`);
      const deployed = reference("apps/v1", "Deployment", `toolbox-${name}`, "toolbox");
      assert.equal((await cluster.get<V1Deployment>(deployed))?.status?.readyReplicas, 1);
    }
    await host.remove(toolbox);
    for (const name of names) await host.remove(application(`toolbox-${name}`));
  });

  describe("ExternalSecret in the host's namespace shared", () => {
    const definition = reference(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      "externalsecrets.external-secrets.io",
    );
    const written = reference("v1", "Secret", "app-config", "shared");
    const manifest = load(example("external-secrets/app-config.yaml")) as Reference & { spec: object };

    before(async () => {
      await host.apply(await externalSecretDefinition());
      await host.waitFor(async () => (await host.apply(manifest), true), {
        what: "the API to serve ExternalSecrets",
        timeoutMs: 20_000,
        namespace: "shared",
      });
    });
    after(async () => {
      await host.remove(written);
      await host.remove(definition);
    });

    it("is accepted by the operator's CRD, and rejected if invalid", async () => {
      assert.ok(await host.get(manifest));
      const metadata = { ...manifest.metadata, name: "app-broken" };
      const broken = { ...manifest, metadata, spec: { ...manifest.spec, refreshInterval: 60 } };
      await assert.rejects(host.apply(broken), /spec\.refreshInterval/);
    });

    // The operator cannot be built here. This writes what it would write: the Secret that the example names as target.
    it("is synced to config/app-config of every environment through its target Secret", async () => {
      const { target } = manifest.spec as { target: { name: string } };
      assert.equal(target.name, written.metadata.name);
      const data = { LOG_LEVEL: base64("debug") };
      await host.apply<V1Secret>({ ...written, data });
      for (const [name, { cluster }] of Object.entries(environments)) {
        await cluster.waitFor(
          async () => {
            const copy = await cluster.get<V1Secret>(reference("v1", "Secret", "app-config", "config"));
            return copy?.data?.["LOG_LEVEL"] === data.LOG_LEVEL;
          },
          { what: `config/app-config in ${name}`, timeoutMs: 60_000, namespace: "config" },
        );
      }
    });
  });
});

function container(command: string[]) {
  return { containers: [{ name: "backstage", command }] };
}

async function healed(cluster: Cluster, what: string, check: () => Promise<void>): Promise<void> {
  await cluster.waitFor(async () => (await check(), true), {
    what: `Argo CD to put ${what} back`,
    timeoutMs: 60_000,
    namespace: "backstage",
  });
}

/** From the operator's Go module, whose sums local/go/external-secrets keeps. */
async function externalSecretDefinition(): Promise<V1ConfigMap> {
  const cwd = path.join(checkoutDir, "local/go/external-secrets");
  const module = "github.com/external-secrets/external-secrets";
  const limits = { cwd, timeoutMs: 120_000 };
  succeeded(await exec("go", ["mod", "download", module], limits));
  const source = succeeded(await exec("go", ["list", "-m", "-f", "{{.Dir}}", module], limits)).stdout.trim();
  const file = path.join(source, "config/crds/bases/external-secrets.io_externalsecrets.yaml");
  return load(fs.readFileSync(file, "utf8")) as V1ConfigMap;
}
