import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { moduleSource } from "./build";
import { collectDiagnostics } from "./diagnostics";
import { kubectl } from "./kubectl";
import { chartDirOf, localDir, manifestsDir, vclusterModule } from "./settings";

/** A component of the host besides Kubernetes itself, with a directory in `local/manifests`. */
interface Addon {
  name: string;
  title: string;
  namespace: string;
  /** Workloads to wait for. */
  workloads: string[];
  /** Manifests from the Go modules that its programs are built from, by their name in `kustomization.yaml`. */
  upstream?: Record<string, Upstream>;
}

/**
 * Folder in `local/go` whose go.mod pins the version, the dependency, and a file in it, or a folder with a
 * kustomization.
 */
type Upstream = [module: string, dependency: string, path: string];

const localPath = "github.com/rancher/local-path-provisioner";
const traefikKinds = "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml";

export const addons: Addon[] = [
  {
    name: "network-policy",
    title: "NetworkPolicy enforcement (kube-router)",
    namespace: "kube-system",
    workloads: ["daemonset/kube-router"],
  },
  {
    name: "storage",
    title: "storage class (local-path-provisioner)",
    namespace: "local-path-storage",
    workloads: ["deployment/local-path-provisioner"],
    upstream: { "upstream.yaml": ["local-path-provisioner", localPath, "deploy/local-path-storage.yaml"] },
  },
  {
    name: "ingress",
    title: "ingress controller (Traefik)",
    namespace: "ingress-nginx",
    workloads: ["daemonset/traefik"],
    upstream: {
      "traefik-kinds.yaml": ["traefik", "github.com/traefik/traefik/v3", traefikKinds],
      "gateway-kinds": ["traefik", "sigs.k8s.io/gateway-api", "config/crd/experimental"],
    },
  },
  {
    name: "argocd",
    title: "Argo CD",
    namespace: "argocd",
    workloads: [
      ...["deployment/argocd-redis", "deployment/argocd-repo-server"],
      ...["deployment/argocd-applicationset-controller", "statefulset/argocd-application-controller"],
    ],
    upstream: { "upstream.yaml": ["argo-cd", "github.com/argoproj/argo-cd/v3", "manifests/core-install.yaml"] },
  },
];

/** Applies an add-on's manifests. Idempotent. */
export async function apply(addon: Addon): Promise<void> {
  const dir = path.join(manifestsDir, addon.name);
  fs.cpSync(path.join(localDir, "manifests", addon.name), dir, { recursive: true });
  for (const [name, [module, dependency, file]] of Object.entries(addon.upstream ?? {})) {
    const source = path.join(await moduleSource(module, dependency), file);
    fs.rmSync(path.join(dir, name), { recursive: true, force: true });
    fs.cpSync(source, path.join(dir, name), { recursive: true });
  }
  // A directory may hold custom resources and their definition: the API serves a new kind after a moment.
  for (let attempt = 1; ; attempt++) {
    try {
      await kubectl(["apply", "--server-side", "--force-conflicts", "-k", dir], { timeoutMs: 60_000 });
      return;
    } catch (error) {
      if (attempt === 5 || !/no matches for kind|could not find the requested resource/.test(String(error)))
        throw error;
      await setTimeout(1_000);
    }
  }
}

/** Waits until an add-on is ready. @throws Error with diagnostics of its namespace when it is not */
export async function ready({ title, namespace, workloads }: Addon): Promise<void> {
  for (const workload of workloads) {
    const args = ["-n", namespace, "rollout", "status", workload, "--timeout=120s"];
    await kubectl(args, { timeoutMs: 130_000 }).catch(async (error: unknown) => {
      throw new Error(`${title} is not ready: ${String(error)}\n${await collectDiagnostics(namespace)}`);
    });
  }
}

/** Copies the chart of a version of vCluster and sets its version: the chart in the Go module has none. */
export async function prepareChart(version: string): Promise<void> {
  const target = chartDirOf(version);
  const source = path.join(await moduleSource(vclusterModule(version), "github.com/loft-sh/vcluster"), "chart");
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(source, target, { recursive: true });
  // Files of the module cache are read-only.
  for (const entry of fs.readdirSync(target, { recursive: true, encoding: "utf8" })) {
    const file = path.join(target, entry);
    fs.chmodSync(file, fs.statSync(file).isDirectory() ? 0o755 : 0o644);
  }
  const metadata = path.join(target, "Chart.yaml");
  const text = fs.readFileSync(metadata, "utf8").replace(/^version:.*$/m, `version: ${version}`);
  fs.writeFileSync(metadata, text);
}
