import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { exec, succeeded } from "../../../shared/exec";
import { writeChart } from "./chart";
import { httpGetAt } from "./client";
import { clusterObject, configMap, container, deployment, object, service, SLEEPING, web } from "./manifests";
import type { Program } from "./program";
import { registration, webhook } from "./webhook";

/** Programs by what people do with kubectl, Helm and the API. */
export const api: readonly Program[] = [
  {
    name: "exec-logs",
    title: "kubectl exec, logs and cp",
    objects: () => [deployment("app", container(`echo started; ${SLEEPING}`))],
    check: async (site) => {
      const [pod] = await site.ready("app");
      const name = pod?.metadata?.name ?? "";
      await site.until("the log", async () => (await site.kubectl("logs", name)) === "started");
      assert.equal(await site.kubectl("exec", name, "--", "sh", "-c", "echo $((6 * 7))"), "42");
      // Twenty MiB through the API and the passthrough. The shell prints at the end and so keeps its stdout open: containerd ends
      // the input, without an error, of a command that only writes to a file (its issue 13934).
      const content = "x".repeat(20 * 2 ** 20);
      const receive = "cat > /tmp/upload; stat -c %s /tmp/upload";
      const upload = await site.try(["exec", "-i", name, "--", "sh", "-c", receive], content);
      assert.equal(succeeded(upload).stdout.trim(), String(content.length), upload.output.slice(-500));
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "workloads-copy-"));
      try {
        const file = path.join(directory, "copy");
        fs.writeFileSync(file, content);
        await site.kubectl("cp", file, `${name}:/tmp/copy`);
        assert.equal(await site.kubectl("exec", name, "--", "stat", "-c", "%s", "/tmp/copy"), String(content.length));
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    },
  },
  {
    name: "port-forward",
    title: "kubectl port-forward",
    objects: () => web("web", "forwarded"),
    check: async (site) => {
      await site.ready("web");
      const args = ["--kubeconfig", site.kubeconfig, "-n", site.namespace, "port-forward", "service/web", ":80"];
      const forward = spawn("kubectl", args, { stdio: ["ignore", "pipe", "inherit"] });
      let printed = "";
      forward.stdout.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
      try {
        const port = await site.until("the port", () => Promise.resolve(/127\.0\.0\.1:(\d+)/.exec(printed)?.[1]));
        const { body } = await httpGetAt(`http://127.0.0.1:${port}/`);
        assert.equal(body.trim(), "forwarded");
      } finally {
        forward.kill();
      }
    },
  },
  {
    name: "watch",
    title: "kubectl get --watch",
    check: async (site) => {
      const names: string[] = [];
      const args = [
        "--kubeconfig",
        site.kubeconfig,
        "-n",
        site.namespace,
        "get",
        "configmaps",
        "--watch",
        "-o",
        "name",
      ];
      const onLine = (line: string) => names.push(line);
      const watch = exec("kubectl", args, { timeoutMs: 30_000, onLine });
      await site.until("the first object", () => Promise.resolve(names.length > 0), 20_000);
      await site.create([configMap("late", {})]);
      await watch;
      assert.ok(names.includes("configmap/late"), names.join());
    },
  },
  {
    name: "large-object",
    title: "ConfigMap of 900 KiB",
    check: async (site) => {
      const large = JSON.stringify(configMap("large", { data: "x".repeat(900 * 1024) }));
      succeeded(await site.try(["create", "-f", "-"], large));
      assert.equal((await site.kubectl("get", "configmap", "large", "-o", "jsonpath={.data.data}")).length, 900 * 1024);
    },
  },
  {
    name: "apply",
    title: "kubectl apply, diff and apply again",
    check: async (site) => {
      const manifest = JSON.stringify(service("web", {}, { labels: { version: "1" } }));
      succeeded(await site.try(["apply", "-f", "-"], manifest));
      const changed = manifest.replace('"version":"1"', '"version":"2"');
      assert.equal((await site.try(["diff", "-f", "-"], changed)).exitCode, 1);
      succeeded(await site.try(["apply", "-f", "-"], changed));
      assert.match(succeeded(await site.try(["apply", "-f", "-"], changed)).stdout, /unchanged/);
    },
  },
  {
    name: "custom-resource",
    title: "Operator: custom resources with a status",
    objects: () => [definition("widgets", "Widget")],
    check: async (site) => {
      await site.until("the kind", async () => {
        await site.create([object("example.org/v1", "Widget", "one", { spec: { size: 3 } })]);
        return true;
      });
      await site.kubectl(
        "patch",
        "widget",
        "one",
        "--subresource=status",
        "--type=merge",
        "-p",
        '{"status":{"ready":true}}',
      );
      assert.equal(await site.kubectl("get", "widget", "one", "-o", "jsonpath={.spec.size} {.status.ready}"), "3 true");
    },
  },
  {
    name: "webhook",
    title: "Operator: admission webhook",
    check: async (site) => {
      const { authority, objects } = await webhook();
      await site.create(objects);
      await site.ready("hook");
      await site.create([registration(authority)]);
      await site.until("the webhook to refuse", async () => {
        const { stderr } = await site.try(["create", "configmap", "forbidden", "--dry-run=server"]);
        return /denied the request: not here/.test(stderr);
      });
      await site.kubectl("create", "configmap", "welcome");
    },
  },
  {
    name: "helm",
    title: "Helm: install, upgrade, uninstall, with a hook",
    check: async (site) => {
      const chart = fs.mkdtempSync(path.join(os.tmpdir(), "workloads-chart-"));
      try {
        writeChart(chart);
        const helm = async (...args: string[]) =>
          succeeded(
            await exec("helm", ["--kubeconfig", site.kubeconfig, "-n", site.namespace, ...args], {
              timeoutMs: 300_000,
            }),
          );
        await helm("install", "shop", chart, "--wait", "--timeout", "280s");
        await helm("upgrade", "shop", chart, "--set", "page=two", "--wait", "--timeout", "280s");
        await site.prints("shop", "cat /tmp/www/index.html", /^two$/);
        await helm("uninstall", "shop", "--wait");
        await site.until("its objects to go", async () => (await site.kubectl("get", "deploy", "-o", "name")) === "");
      } finally {
        fs.rmSync(chart, { recursive: true });
      }
    },
  },
  {
    name: "tenant-quota",
    title: "Quota and limits of the tenant's own",
    objects: () => [
      object("v1", "ResourceQuota", "team", { spec: { hard: { configmaps: "2" } } }),
      object("v1", "LimitRange", "team", {
        spec: { limits: [{ type: "Container", defaultRequest: { memory: "24Mi" }, default: { memory: "48Mi" } }] },
      }),
      deployment("app", container(SLEEPING)),
    ],
    check: async (site) => {
      const [pod] = await site.ready("app");
      assert.equal(pod?.spec?.containers[0]?.resources?.limits?.["memory"], "48Mi");
      await site.until("the quota to refuse", async () => {
        const made = await site.try(["create", "configmap", `map-${Date.now()}`]);
        return /exceeded quota: team/.test(made.stderr);
      });
    },
  },
  {
    name: "namespace",
    title: "Namespace deleted with all that is in it",
    objects: () => web("web", "x"),
    check: async (site) => {
      await site.ready("web");
      await site.kubectl("delete", "namespace", site.namespace, "--timeout=200s");
      await site.until("its copies to go", async () => (await site.onHost("v1", "Service", "web")) === undefined);
    },
  },
];

/** A namespaced kind of a tenant's own. */
function definition(plural: string, kind: string) {
  return clusterObject("apiextensions.k8s.io/v1", "CustomResourceDefinition", `${plural}.example.org`, {
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });
}
