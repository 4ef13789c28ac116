import { versions } from "./settings";

/** One Go module in `local/go/<name>` and how its programs are linked. */
export interface GoModule {
  name: string;
  /** Programs that the module builds. A module with its own `main` builds one, named like the module. */
  programs: string[];
  /** `tool`: the tools of go.mod. `main`: the package in the folder itself. */
  source: "tool" | "main";
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
const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** In build order: what is needed first is built first. */
export const modules: GoModule[] = [
  {
    name: "kubernetes",
    source: "tool",
    programs: [
      "kubeadm",
      "kubectl",
      "kubelet",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-proxy",
      "kube-scheduler",
    ],
    variables: kubernetesVersion,
  },
  { name: "etcd", source: "tool", programs: ["server"] },
  { name: "coredns", source: "tool", programs: ["coredns"] },
  { name: "kube-router", source: "tool", programs: ["kube-router"] },
  { name: "local-path-provisioner", source: "tool", programs: ["local-path-provisioner"] },
  { name: "traefik", source: "tool", programs: ["traefik"] },
  { name: "argo-cd", source: "tool", programs: ["cmd"] },
  { name: "helm", source: "tool", programs: ["helm"] },
  { name: "vcluster", source: "tool", programs: ["vcluster", "vclusterctl"] },
  { name: "kine", source: "tool", programs: ["kine"], cgo: true },
  {
    name: "pulumi",
    source: "tool",
    programs: ["pulumi"],
    variables: [`${pulumiVersion}=${versions.pulumi}`],
    toolchain: true,
  },
  {
    name: "pulumi-language-nodejs",
    source: "tool",
    programs: ["pulumi-language-nodejs"],
    variables: [`${pulumiVersion}=${versions.pulumiLanguageNodejs}`],
    toolchain: true,
  },
  {
    name: "pulumi-language-yaml",
    source: "tool",
    programs: ["pulumi-language-yaml"],
    variables: [`github.com/pulumi/pulumi-yaml/pkg/version.Version=${versions.pulumiLanguageYaml}`],
    toolchain: true,
  },
  {
    name: "pulumi-resource-kubernetes",
    source: "main",
    programs: ["pulumi-resource-kubernetes"],
    toolchain: true,
    plugin: "4.34.2+has.4.18.1.built-from-source",
  },
  {
    name: "pulumi-resource-random",
    source: "main",
    programs: ["pulumi-resource-random"],
    toolchain: true,
    plugin: "4.21.2+built-from-source.terraform-provider-random.3.9.0",
  },
  {
    name: "pulumi-resource-command",
    source: "main",
    programs: ["pulumi-resource-command"],
    toolchain: true,
    plugin: "1.2.1+stand-in.built-from-source",
  },
];

export function goModule(name: string): GoModule {
  const found = modules.find((module) => module.name === name);
  if (!found) throw new Error(`no Go module ${name} in local/modules.ts`);
  return found;
}
