import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1Secret } from "@kubernetes/client-node";

import { environmentNames, type Names } from "../components/names";
import { addHostNames } from "../local/hosts-file";
import { chartDir, domain, versions } from "../local/settings";
import { Cluster, reference } from "../testing/cluster";
import { exec, succeeded } from "../shared/exec";
import { waitFor } from "../shared/wait";
import { answers } from "./api";
import type { Contender } from "./candidate";
import { fromBase64 } from "../shared/base64";

/** What differs from the chart's defaults: images that the local host has, and names so that the ingress leads there. */
export function chartValues(environment: string): object {
  const { apiHost, apiUrl, inClusterHost } = environmentNames(environment, domain);
  return {
    controlPlane: {
      distro: { k8s: { image: { tag: versions.kubernetes } } },
      statefulSet: { image: { repository: "loft-sh/vcluster-oss", tag: versions.vcluster } },
      proxy: { extraSANs: [apiHost, inClusterHost] },
    },
    exportKubeConfig: { server: apiUrl },
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
  const names = environmentNames(environment, domain);
  const { namespace, release } = names;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${environment}-`));
  process.once("exit", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, content: object) => {
    const target = path.join(folder, name);
    fs.writeFileSync(target, JSON.stringify(content), { mode: 0o600 });
    return target;
  };
  const objects = file("objects.json", equivalentObjects(names));
  const own = file("own.json", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const values = file("values.json", chartValues(environment));
  return {
    name: "helm install",
    names,
    up: async () => {
      await run("kubectl", "apply", "-f", own, "-f", objects);
      await run("helm", "install", release, chartDir, "-n", namespace, "-f", values, "--wait", "--timeout", "5m");
      const credentials = await kubeconfigSecret(names);
      await run("kubectl", "apply", "-f", file("argocd.json", argocdSecret(names, credentials)));
      const authority = fromBase64(credentials["certificate-authority"]);
      await answers(`${names.apiUrl}/readyz`, authority);
    },
    down: async () => {
      await run("kubectl", "delete", "-n", "argocd", "secret", names.argocdCluster, "--ignore-not-found");
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
function equivalentObjects(names: Names): object {
  const { namespace, release, syncer, ingress: name, apiHost } = names;
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
        subjects: [{ kind: "ServiceAccount", name: syncer, namespace }],
      },
    ];
  });
  const prefix = "nginx.ingress.kubernetes.io";
  const service = { name: release, port: { number: 443 } };
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name,
      namespace,
      annotations: { [`${prefix}/backend-protocol`]: "HTTPS", [`${prefix}/ssl-passthrough`]: "true" },
    },
    spec: {
      ingressClassName: "nginx",
      rules: [
        {
          host: apiHost,
          http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] },
        },
      ],
    },
  };
  return { apiVersion: "v1", kind: "List", items: [...rights, ingress] };
}

/** Written by the control plane some time after its pod is ready. */
async function kubeconfigSecret({ namespace, syncer }: Names): Promise<Record<string, string>> {
  const host = Cluster.host();
  const secret = reference("v1", "Secret", syncer, namespace);
  const data = async () => (await host.get<V1Secret>(secret))?.data;
  return waitFor(data, { what: `Secret ${namespace}/${syncer}`, timeoutMs: 60_000, everyMs: 100 });
}

function argocdSecret({ argocdCluster, inClusterUrl }: Names, credentials: Record<string, string>): object {
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
    metadata: { name: argocdCluster, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": "cluster" } },
    stringData: {
      name: argocdCluster,
      server: inClusterUrl,
      config: JSON.stringify(config),
    },
  };
}
