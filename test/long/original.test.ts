import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { KubernetesObject, V1Ingress, V1Namespace, V1Pod, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import { load } from "js-yaml";

import { buildAll, program } from "../../local/build";
import { goModule } from "../../local/modules";
import { domain } from "../../local/settings";
import { fromBase64 } from "../../shared/base64";
import { exec, type ExecResult, succeeded } from "../../shared/exec";
import { getPath, type JsonObject } from "../../shared/json";
import { table } from "../../shared/table";
import { waitFor } from "../../shared/wait";
import { Cluster, reference, type Reference } from "../../testing/cluster";
import type { Application } from "../support/argocd";
import { type Charts, chartsForArgocd, committed } from "../support/argocd-delivery";
import { webChart } from "../support/core-checks";
import { destroy, environment, type Environment } from "../support/environments";
import { block, BLOCKS, HELM_VALUES, RESOURCES } from "../support/original";
import { keepResult } from "../support/results";
import { httpGet, peer } from "../support/tls";
import { webServer } from "../support/workloads";

type Name = "dev" | "staging";

const BY_ARGOCD = "original";
const SLEEP = ["sleep", "infinity"];
const AS_WRITTEN = "as written";

describe("the original", function () {
  this.timeout(600_000);
  const host = Cluster.host();
  const rows: string[][] = [];
  const gone = new Set(BLOCKS.keys());
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "original-"));
  const environments = {} as Record<Name, Environment>;
  let charts: Charts;

  const credentials = reference("v1", "Secret", "ghcr-dockercfg", "backstage");
  const appConfig = reference("v1", "Secret", "app-config", "shared");
  const settings = reference("v1", "ConfigMap", "original", "shared-config");
  const application = reference("argoproj.io/v1alpha1", "Application", "app-dev", "argocd");

  before(async () => {
    await host.remove(application, credentials, appConfig, settings);
    charts = await chartsForArgocd(host, "e2e-original-charts", webChart);
    for (const name of ["dev", "staging"] as const) {
      environments[name] = await environment(name);
      fs.writeFileSync(path.join(scratch, name), environments[name].kubeconfig, { mode: 0o600 });
    }
  });
  after(async () => {
    keepResult("original", {
      title: "The original, as it is written",
      text: table([["place", "what was run", "result"], ...rows]),
      data: rows,
    });
    await host.remove(application, credentials, appConfig, settings);
    await charts.remove();
    for (const name of ["dev", "staging", BY_ARGOCD]) await destroy(name);
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  /** A row of the table; the result is "as written" unless `run` says more. */
  const step = (place: string, what: string, run: () => Promise<unknown>) => {
    gone.delete(place);
    it(`${place}: ${what}`, async () => {
      let result = "FAILED";
      try {
        const said = await run();
        result = typeof said === "string" ? said : AS_WRITTEN;
      } finally {
        rows.push([place, what, result]);
      }
    });
  };
  const bash = (script: string, env: NodeJS.ProcessEnv = process.env, input = "") =>
    exec("bash", ["-o", "pipefail", "-c", script], { env, input, timeoutMs: 120_000 });
  /** As kubectl makes objects: by POST. */
  const create = (name: Name, object: object): Promise<ExecResult> =>
    bash(`kubectl --kubeconfig ${path.join(scratch, name)} create -f -`, process.env, JSON.stringify(object));
  const arrives = async <T extends KubernetesObject>(cluster: Cluster, object: Reference): Promise<T> =>
    cluster.waitFor(() => cluster.get<T>(object), {
      what: `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
      timeoutMs: 90_000,
      namespace: object.metadata.namespace ?? "default",
    });
  const get = async <T extends KubernetesObject>(object: Reference): Promise<T> => {
    const found = await host.get<T>(object);
    assert.ok(found, `${object.kind} ${object.metadata.name} is missing`);
    return found;
  };
  const runningValues = async (name: Name): Promise<JsonObject> => {
    const { namespace, release } = environments[name];
    const { data } = await get<V1Secret>(reference("v1", "Secret", `vc-config-${release}`, namespace));
    return load(fromBase64(data?.["config.yaml"])) as JsonObject;
  };
  const stateful = (name: Name) =>
    get<V1StatefulSet>(reference("apps/v1", "StatefulSet", environments[name].release, environments[name].namespace));
  const answers = (name: string, page: string) =>
    waitFor(async () => (await httpGet(name)).body.trim() === page, {
      what: `http://${name} to answer`,
      timeoutMs: 90_000,
    });

  step("Installation via ArgoCD#1", "the stack dev with delivery: argocd; its Application", async () => {
    await environment(BY_ARGOCD, { ...committed("dev"), delivery: "argocd" }, charts.env);
    const release = `vcluster-${BY_ARGOCD}-helm`;
    const { metadata, spec } = await get<Application>(
      reference("argoproj.io/v1alpha1", "Application", release, "argocd"),
    );
    assert.equal(metadata?.annotations?.["argocd.argoproj.io/sync-wave"], "10");
    assert.equal(getPath(spec, "source.chart"), "vcluster");
    assert.equal(getPath(spec, "source.targetRevision"), "0.26.0");
    assert.deepEqual(spec["destination"], {
      server: "https://kubernetes.default.svc",
      namespace: `${BY_ARGOCD}-vcluster`,
    });
    return `${AS_WRITTEN}, from this host's mirror of charts.loft.sh`;
  });

  step("VCluster Configuration#1", "helmValues in the key values of dev: preview", async () => {
    // They name hosts of dev, which belongs to the stack dev alone.
    const { stack } = environments.dev;
    stack.configure({ ...committed("dev"), values: HELM_VALUES });
    try {
      succeeded(await stack.operate("preview"));
    } finally {
      stack.configure(committed("dev"));
    }
  });
  const leaves = (tree: object, above = ""): [string, unknown][] =>
    Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && key !== "byName"
        ? leaves(value, `${above}${key}.`)
        : [[`${above}${key}`, value] as [string, unknown]],
    );
  for (const [key, value] of leaves(HELM_VALUES)) {
    step("VCluster Configuration#1", `${key} in the running dev`, async () => {
      const old = key === "controlPlane.advanced.virtualScheduler.enabled";
      const actual = getPath(await runningValues("dev"), old ? "controlPlane.distro.k8s.scheduler.enabled" : key);
      if (Array.isArray(value)) assert.deepEqual(actual, value);
      else if (typeof value === "object") assert.deepEqual({ ...(actual as object), ...(value as object) }, actual);
      else assert.equal(actual, value);
      return old ? "by its new name, controlPlane.distro.k8s.scheduler.enabled" : AS_WRITTEN;
    });
  }

  for (const place of ["1. Secrets Syncing#1", "1. Secrets Syncing#2"]) {
    step(place, "Secret backstage/ghcr-dockercfg on the host; the same inside dev and staging", async () => {
      const data = { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") };
      await host.apply<V1Secret>({ ...credentials, type: "kubernetes.io/dockerconfigjson", data });
      for (const { cluster } of Object.values(environments)) {
        assert.deepEqual((await arrives<V1Secret>(cluster, credentials)).data, data);
      }
    });
  }
  step(
    "2. ConfigMaps Syncing#1",
    "ConfigMap in shared-config on the host; in config inside dev and staging",
    async () => {
      await host.apply({ ...settings, data: { a: "b" } } as Reference);
      for (const { cluster } of Object.values(environments)) {
        await arrives(cluster, reference("v1", "ConfigMap", settings.metadata.name, "config"));
      }
    },
  );
  step(
    "Pattern 2: Shared Configuration#1",
    "Secret shared/app-config on the host; config/app-config inside both",
    async () => {
      await host.apply<V1Secret>({ ...appConfig, stringData: { a: "b" } });
      for (const { cluster } of Object.values(environments)) {
        await arrives(cluster, reference("v1", "Secret", "app-config", "config"));
      }
      return "the Secret of the ExternalSecret; its operator is not on this host";
    },
  );

  for (const name of ["dev", "staging"] as const) {
    const deployment = `backstage-${name}`;
    step(
      "Pattern 1: Environment-Specific Applications#1",
      `Deployment ${deployment} in backstage of ${name}`,
      async () => {
        const web = webServer({ name: deployment, namespace: "backstage", page: deployment });
        web.service.spec = { selector: { app: deployment }, ports: [{ port: 7007, targetPort: 8080 }] };
        const [container] = web.deployment.spec?.template.spec?.containers ?? [];
        assert.ok(container);
        succeeded(await create(name, web.deployment));
        succeeded(await create(name, web.service));
        const sleeping = structuredClone(web.deployment);
        sleeping.metadata = { name: `${deployment}-shell`, namespace: "backstage" };
        const [shell] = sleeping.spec?.template.spec?.containers ?? [];
        Object.assign(shell ?? {}, { command: SLEEP, readinessProbe: undefined });
        if (name === "dev") succeeded(await create(name, sleeping));
        await bash(
          `kubectl --kubeconfig ${path.join(scratch, name)} -n backstage rollout status deploy/${deployment} --timeout=90s`,
        ).then(succeeded);
        return name === "dev" ? "it runs, and so does one with sleep infinity" : "it runs with its normal command";
      },
    );
  }

  step("1. Ingress Syncing#1", "backstage-ingress-staging inside; its name on the host", async () => {
    const { metadata } = load(block("Application Ingress#1")) as V1Ingress;
    assert.deepEqual(metadata, { name: "backstage-ingress-staging", namespace: "backstage" });
    const ingress = applicationIngress("staging");
    succeeded(await create("staging", ingress));
    await arrives(
      host,
      reference(
        "networking.k8s.io/v1",
        "Ingress",
        "backstage-ingress-staging-x-backstage-x-vcluster-staging-helm",
        "staging-vcluster",
      ),
    );
  });
  step("Application Ingress#1", "kubectl create, as written", async () => {
    const { output, exitCode } = await create("staging", load(block("Application Ingress#1")) as object);
    assert.notEqual(exitCode, 0);
    assert.match(output, /pathType: Required value/);
    return "Kubernetes itself requires pathType, which it lacks";
  });
  for (const name of ["dev", "staging"] as const) {
    step("Application Ingress#1", `with pathType, in ${name}; http://backstage-${name}.cnoe.localtest.me`, async () => {
      if (name === "dev") succeeded(await create(name, applicationIngress(name)));
      await answers(`backstage-${name}.cnoe.localtest.me`, `backstage-${name}`);
    });
  }
  step("Ingress Architecture#1", "the same name in the other environment's cluster", async () => {
    const theirs = applicationIngress("staging");
    theirs.metadata = { name: "theirs", namespace: "backstage" };
    succeeded(await create("dev", theirs));
    await waitFor(
      async () =>
        // Both policies refuse it, in any order.
        /isolation\.ingressHosts|hosts of the environment dev, not staging/.test(
          (await bash(`kubectl --kubeconfig ${path.join(scratch, "dev")} -n backstage get events`)).output,
        ),
      { what: "the refusal as an event", timeoutMs: 60_000 },
    );
    await answers("backstage-staging.cnoe.localtest.me", "backstage-staging");
    return "only the pods of its own environment answer; the other is refused, with an event";
  });
  step("2. ServiceAccount Syncing#1", "ServiceAccount inside; its name on the host", async () => {
    const metadata = { name: "workload", namespace: "backstage" };
    succeeded(await create("dev", { apiVersion: "v1", kind: "ServiceAccount", metadata }));
    await arrives(host, reference("v1", "ServiceAccount", "workload-x-backstage-x-vcluster-dev-helm", "dev-vcluster"));
  });
  step("Naming Convention#1", "pod backstage-staging in backstage; its name on the host", async () => {
    const { deployment } = webServer({ name: "backstage-staging", namespace: "backstage", page: "pod" });
    const { spec } = deployment.spec?.template ?? {};
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "backstage-staging", namespace: "backstage" },
      spec,
    };
    succeeded(await create("staging", pod));
    const name = "backstage-staging-x-backstage-x-vcluster-staging-helm";
    await arrives<V1Pod>(host, reference("v1", "Pod", name, "staging-vcluster"));
  });
  step("TLS Passthrough Configuration#1", "the Ingress of staging, and the certificate behind it", async () => {
    const { apiHost, cluster } = environments.staging;
    const written = load(block("TLS Passthrough Configuration#1")) as V1Ingress;
    const { metadata, spec } = await get<V1Ingress>(
      reference("networking.k8s.io/v1", "Ingress", written.metadata?.name ?? "", "staging-vcluster"),
    );
    assert.deepEqual({ ...metadata?.annotations, ...written.metadata?.annotations }, metadata?.annotations);
    // Without the classes of the client's objects.
    assert.deepEqual(JSON.parse(JSON.stringify(spec)), written.spec);
    const { authorized, reason } = await peer(apiHost, cluster.authority);
    assert.ok(authorized, reason);
  });

  for (const place of ["Architecture#1", "Environment Isolation#1"]) {
    step(place, "control planes and workloads in the two namespaces", async () => {
      for (const name of ["dev", "staging"] as const) {
        const { items } = await host.core.listNamespacedPod({ namespace: `${name}-vcluster` });
        const names = items.map(({ metadata }) => metadata?.name ?? "");
        assert.ok(names.includes(`vcluster-${name}-helm-0`));
        assert.ok(names.some((one) => one.startsWith(`backstage-${name}-`)));
      }
    });
  }
  for (const name of ["dev", "staging"] as const) {
    step("Resource Allocation#1", `resources of ${name}`, async () => {
      assert.deepEqual(committed(name)["controlPlane"], RESOURCES[name]);
      const { resources } = (await stateful(name)).spec?.template.spec?.containers[0] ?? {};
      const { cpu, memory } = resources?.limits ?? {};
      assert.deepEqual({ cpu, memory }, RESOURCES[name].limits);
      return `${AS_WRITTEN}; this host's overlay lowers the requests`;
    });
  }

  step("ArgoCD Integration#1", "the Application as written, with a project, which Argo CD requires", async () => {
    const spec = {
      project: "default",
      destination: { name: "dev-vcluster", namespace: "backstage" },
      source: { repoURL: "cnoe://backstage-dev/manifests", path: "." },
    };
    const manifest = { ...application, spec };
    succeeded(await bash("kubectl create -f -", process.env, JSON.stringify(manifest)));
    const conditions = await host.waitFor(async () => (await host.get<Application>(application))?.status?.conditions, {
      what: "Argo CD's answer",
      timeoutMs: 90_000,
      namespace: "argocd",
    });
    assert.doesNotMatch(JSON.stringify(conditions), /destination|cluster/i);
    return "Argo CD takes the destination; only idpbuilder replaces cnoe://";
  });
  step("ArgoCD Integration#1", "the same with a repository that Argo CD itself reads", async () => {
    const source = { repoURL: charts.url, chart: webChart.name, targetRevision: webChart.version, path: null };
    await host.merge(application, { spec: { source, syncPolicy: { automated: {} } } });
    await host.waitFor(
      async () => {
        const { sync, health } = (await host.get<Application>(application))?.status ?? {};
        return sync?.status === "Synced" && health?.status === "Healthy";
      },
      { what: "the Application to be Synced and Healthy", timeoutMs: 120_000, namespace: "argocd" },
    );
  });
  step("Cluster Registration#1", "the clusters in Argo CD", async () => {
    for (const name of ["dev-vcluster", "staging-vcluster"]) {
      const { metadata } = await get<V1Secret>(reference("v1", "Secret", name, "argocd"));
      assert.equal(metadata?.labels?.["argocd.argoproj.io/secret-type"], "cluster");
    }
    return "registered by the program, with a credential of its own, instead of by a Job";
  });

  for (const [place, key] of [
    ["1. Pods Not Scheduled#1", "controlPlane.distro.k8s.scheduler.enabled"],
    ["2. Ingress Not Accessible#1", "sync.toHost.ingresses.enabled"],
  ] as const) {
    step(place, `${key} in the running stacks`, async () => {
      for (const name of ["dev", "staging"] as const) assert.equal(getPath(await runningValues(name), key), true);
    });
  }
  step("3. Secrets Not Available", "kubectl create namespace backstage", async () => {
    assert.match((await bash("kubectl create namespace backstage")).output, /AlreadyExists/);
    assert.ok(await get<V1Namespace>(reference("v1", "Namespace", "backstage")));
    return "it exists already: every stack makes sure of it";
  });
  step("4. Cannot Connect to VCluster API#1", "passthrough by the host's ingress controller", async () => {
    const { apiHost, cluster } = environments.dev;
    const { authorized, reason } = await peer(apiHost, cluster.authority);
    assert.ok(authorized, reason);
    return "enabled: Traefik reads the same annotations; ingress-nginx is not on this host";
  });
  for (const line of block("4. Cannot Connect to VCluster API#2").trim().split("\n")) {
    const [address = "", name = ""] = line.trim().split(" ");
    step("4. Cannot Connect to VCluster API#2", line.trim(), async () => {
      assert.match((await bash(`getent ahostsv4 ${name}`)).output, new RegExp(`^${address} `, "m"));
    });
  }

  /** What the debugging commands print. */
  const prints: readonly (readonly [string, RegExp])[] = [
    ["kubectl get pods -A", /dev-vcluster +vcluster-dev-helm-0[^]*staging-vcluster +vcluster-staging-helm-0/],
    ["kubectl logs", /\w/],
    ["kubectl get pods -n dev-vcluster", /-x-backstage-x-vcluster-dev-helm .*vcluster\.loft\.sh\/managed-by=/],
    ["kubectl get ingress", /dev-vcluster-ingress[^]*backstage-ingress-staging-x-backstage-x-vcluster-staging-helm/],
    ["kubectl get secret -n argocd", /dev-vcluster[^]*staging-vcluster/],
    ["vcluster connect", /backstage/],
  ];
  const commands = block("Debugging Commands#1")
    .split("\n")
    .filter((line) => /^[a-z]/.test(line));
  for (const command of commands) {
    step("Debugging Commands#1", command, async () => {
      const [, expected] = prints.find(([start]) => command.startsWith(start)) ?? [];
      assert.ok(expected, "no expectation");
      const isCli = command.startsWith("vcluster ");
      // Without a command to run it stays in the foreground, until it is interrupted.
      const more = "-- kubectl get namespaces";
      const { output } = succeeded(
        await bash(isCli ? `${command} ${more}` : command, isCli ? await withVcluster() : process.env),
      );
      assert.match(output, expected);
      return isCli ? `with ${more}` : AS_WRITTEN;
    });
  }

  it("has no block that is left out", () => {
    assert.deepEqual([...gone], []);
  });

  function applicationIngress(name: Name): V1Ingress {
    const written = block("Application Ingress#1").replaceAll("staging", name);
    const ingress = load(written) as V1Ingress;
    for (const one of ingress.spec?.rules?.[0]?.http?.paths ?? []) one.pathType = "Prefix";
    return ingress;
  }

  /** Variables with vCluster's command on PATH, which changes the kubeconfig of its user. */
  async function withVcluster(): Promise<NodeJS.ProcessEnv> {
    await buildAll([goModule("vclusterctl")]);
    fs.symlinkSync(await program("vclusterctl"), path.join(scratch, "vcluster"));
    const KUBECONFIG = path.join(scratch, "host");
    fs.copyFileSync(process.env["KUBECONFIG"] ?? "", KUBECONFIG);
    const PATH = `${scratch}:${process.env["PATH"] ?? ""}`;
    const cut = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: `127.0.0.1,localhost,10.0.0.0/8,.${domain}` };
    return { ...process.env, ...cut, KUBECONFIG, PATH, HOME: scratch, VCLUSTER_SKIP_VERSION_CHECK: "true" };
  }
});
