import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Secret } from "@kubernetes/client-node";

import { addHostNames } from "../local/hosts-file";
import { chartDir, domain, versions } from "../local/settings";
import { Cluster, reference } from "../testing/cluster";
import { exec, succeeded } from "../testing/exec";
import { answers } from "./api";
import type { Contender } from "./candidate";

/** What differs from the chart's defaults: images that the local host has, and names so that the ingress leads there. */
export function chartValues(environment: string): object {
  const host = `${environment}-vcluster.${domain}`;
  const inside = `vcluster-${environment}-helm.${environment}-vcluster.svc`;
  return {
    controlPlane: {
      distro: { k8s: { image: { tag: versions.kubernetes } } },
      statefulSet: { image: { repository: "loft-sh/vcluster-oss", tag: versions.vcluster } },
      proxy: { extraSANs: [host, inside] },
    },
    exportKubeConfig: { server: `https://${host}` },
    telemetry: { enabled: false },
  };
}

/**
 * What a person or a script does without this program: `kubectl apply` of the same objects, `helm install --wait`, then the
 * Secret that registers the cluster with Argo CD, made of the kubeconfig Secret; done when the API answers through the
 * ingress with its own certificate.
 */
export function helm(environment: string): Contender {
  addHostNames([environment]);
  const namespace = `${environment}-vcluster`;
  const release = `vcluster-${environment}-helm`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${environment}-`));
  process.once("exit", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, content: object) => {
    const target = path.join(folder, name);
    fs.writeFileSync(target, JSON.stringify(content), { mode: 0o600 });
    return target;
  };
  const objects = file("objects.json", equivalentObjects(environment));
  const own = file("own.json", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const values = file("values.json", chartValues(environment));
  return {
    name: "helm install",
    environment,
    namespace,
    release,
    up: async () => {
      await run("kubectl", "apply", "-f", own, "-f", objects);
      await run("helm", "install", release, chartDir, "-n", namespace, "-f", values, "--wait", "--timeout", "5m");
      const credentials = await kubeconfigSecret(namespace, release);
      await run("kubectl", "apply", "-f", file("argocd.json", argocdSecret(namespace, release, credentials)));
      const authority = Buffer.from(credentials["certificate-authority"] ?? "", "base64").toString();
      await answers(`https://${namespace}.${domain}/readyz`, authority);
    },
    down: async () => {
      await run("kubectl", "delete", "-n", "argocd", "secret", namespace, "--ignore-not-found");
      await run("helm", "uninstall", release, "-n", namespace, "--ignore-not-found");
      await run("kubectl", "delete", "-f", objects, "--ignore-not-found");
      await run("kubectl", "delete", "-f", own, "--ignore-not-found");
    },
  };
}

async function run(command: string, ...args: string[]): Promise<void> {
  succeeded(await exec(command, args, { timeoutMs: 360_000 }));
}

/** Source namespaces aside, which the host has and keeps: what our program makes beside the release. */
function equivalentObjects(environment: string): object {
  const namespace = `${environment}-vcluster`;
  const release = `vcluster-${environment}-helm`;
  const sources = { backstage: "secrets", nextjs: "secrets", shared: "secrets", "shared-config": "configmaps" };
  const rights = Object.entries(sources).flatMap(([source, resource]) => {
    const metadata = { name: release, namespace: source };
    const rbac = "rbac.authorization.k8s.io";
    return [
      {
        apiVersion: `${rbac}/v1`,
        kind: "Role",
        metadata,
        rules: [{ apiGroups: [""], resources: [resource], verbs: ["get", "list", "watch"] }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: rbac, kind: "Role", name: release },
        subjects: [{ kind: "ServiceAccount", name: `vc-${release}`, namespace }],
      },
    ];
  });
  const prefix = "nginx.ingress.kubernetes.io";
  const service = { name: release, port: { number: 443 } };
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: `${namespace}-ingress`,
      namespace,
      annotations: { [`${prefix}/backend-protocol`]: "HTTPS", [`${prefix}/ssl-passthrough`]: "true" },
    },
    spec: {
      ingressClassName: "nginx",
      rules: [
        {
          host: `${namespace}.${domain}`,
          http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] },
        },
      ],
    },
  };
  return { apiVersion: "v1", kind: "List", items: [...rights, ingress] };
}

/** Written by the control plane some time after its pod is ready. */
async function kubeconfigSecret(namespace: string, release: string): Promise<Record<string, string>> {
  const host = Cluster.host();
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const secret = await host.get<V1Secret>(reference("v1", "Secret", `vc-${release}`, namespace));
    if (secret?.data) return secret.data;
    await delay(100);
  }
  throw new Error(`Secret ${namespace}/vc-${release} did not appear within 60 s`);
}

function argocdSecret(namespace: string, release: string, credentials: Record<string, string>): object {
  const config = {
    tlsClientConfig: {
      caData: credentials["certificate-authority"],
      certData: credentials["client-certificate"],
      keyData: credentials["client-key"],
    },
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: namespace, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
    stringData: {
      name: namespace,
      server: `https://${release}.${namespace}.svc:443`,
      config: JSON.stringify(config),
    },
  };
}
