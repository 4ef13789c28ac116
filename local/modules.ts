import { otherVclusters, vclusterModule, versions } from "./settings";

/** A build of a Go module in `local/go`, and how its programs are linked. */
export interface GoModule {
  name: string;
  /** Folder in `local/go`. Default: the name. */
  folder?: string;
  /** Programs that the module builds. A module with its own `main` builds one, named like the module. */
  programs: string[];
  /** `tool`: the tools of go.mod. `main`: the package in the folder itself. */
  source: "tool" | "main";
  /** The one tool of go.mod to build. Default: all. */
  tool?: string;
  /** Built only by what needs it: the first environment does not. */
  onDemand?: boolean;
  /**
   * Dependencies that are built from a copy in which the files of `local/go/<name>/_replaced` take the place of upstream's: they
   * leave out what the local host does not use and what takes long to compile, or have a program work with the version of a
   * library that all have. docs/results/cold-build.md lists them.
   */
  replaced?: string[];
  /** Values for the linker's -X, as `package.variable=value`. */
  variables?: string[];
  /** Requires a C compiler; linked statically so that it runs in an empty image. */
  cgo?: boolean;
  /** Replaces an official program, and is built only where that is not installed. */
  toolchain?: boolean;
  /** Version of a Pulumi plugin: the one that the SDK in package.json requires, with what it is as build metadata. */
  plugin?: string;
}

const kubernetesVersion = [
  `k8s.io/component-base/version.gitVersion=${versions.kubernetes}`,
  "k8s.io/component-base/version.gitMajor=1",
  "k8s.io/component-base/version.gitMinor=34",
  "k8s.io/component-base/version.gitTreeState=clean",
];
const nodePrograms = ["kubeadm", "kubectl", "kubelet"];
const controlPlanePrograms = ["kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"];
const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** In build order. The first one compiles a C library on one core for a minute, and what others need as well on the rest. */
export const modules: GoModule[] = [
  tool("kine", { cgo: true, replaced: ["github.com/k3s-io/kine"] }),
  tool("kubernetes", { programs: [...nodePrograms, ...controlPlanePrograms], variables: kubernetesVersion }),
  tool("etcd", { programs: ["server"] }),
  tool("coredns", { source: "main", replaced: ["github.com/coredns/coredns"] }),
  tool("kube-router", { replaced: ["github.com/cloudnativelabs/kube-router/v2"] }),
  tool("local-path-provisioner"),
  tool("traefik", { replaced: ["github.com/go-acme/lego/v4", "github.com/traefik/traefik/v3"] }),
  tool("argo-cd", {
    source: "main",
    replaced: ["github.com/argoproj/argo-cd/v3", "github.com/argoproj/gitops-engine"],
  }),
  tool("helm"),
  tool("vcluster", { tool: "github.com/loft-sh/vcluster/cmd/vcluster" }),
  tool("vclusterctl", { folder: "vcluster", tool: "github.com/loft-sh/vcluster/cmd/vclusterctl", onDemand: true }),
  ...otherVclusters.map((version) =>
    tool(vclusterModule(version), {
      programs: ["vcluster"],
      tool: "github.com/loft-sh/vcluster/cmd/vcluster",
      onDemand: true,
    }),
  ),
  pulumiTool("pulumi", `${pulumiVersion}=${versions.pulumi}`),
  pulumiTool("pulumi-language-nodejs", `${pulumiVersion}=${versions.pulumiLanguageNodejs}`),
  pulumiTool(
    "pulumi-language-yaml",
    `github.com/pulumi/pulumi-yaml/pkg/version.Version=${versions.pulumiLanguageYaml}`,
    { onDemand: true },
  ),
  pulumiPlugin("pulumi-resource-kubernetes", "4.34.2+has.4.18.1.built-from-source"),
  pulumiPlugin("pulumi-resource-random", "4.21.2+built-from-source.terraform-provider-random.3.9.0"),
  pulumiPlugin("pulumi-resource-command", "1.2.1+stand-in.built-from-source"),
];

function tool(name: string, options: Partial<GoModule> = {}): GoModule {
  return { name, source: "tool", programs: [name], ...options };
}

function pulumiTool(name: string, version: string, options: Partial<GoModule> = {}): GoModule {
  return tool(name, { variables: [version], toolchain: true, ...options });
}

function pulumiPlugin(name: string, plugin: string): GoModule {
  return { name, source: "main", programs: [name], toolchain: true, plugin };
}

export function goModule(name: string): GoModule {
  const found = modules.find((module) => module.name === name);
  if (!found) throw new Error(`no Go module ${name} in local/modules.ts`);
  return found;
}
