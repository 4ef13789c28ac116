import { versions } from "./settings";

/** One Go module in `local/go/<name>` and how its programs are linked. */
export interface GoModule {
  name: string;
  /** Programs that the module gives. A module with own `main` gives one, named as the module. */
  programs: string[];
  /** `tool`: the tools of go.mod. `main`: the package in the folder itself. */
  source: "tool" | "main";
  /** Values for the linker's -X, as `package.variable=value`. */
  variables?: string[];
  /** Needs a C compiler; linked statically so that it runs in an empty image. */
  cgo?: boolean;
  /** Takes the place of an official program that a person with internet has: built only where that is missing. */
  toolchain?: boolean;
  /** A plugin of Pulumi: the version that the SDK in package.json asks for, and as build metadata what it is. */
  plugin?: string;
}

const kubernetesVersion = [
  `k8s.io/component-base/version.gitVersion=${versions.kubernetes}`,
  "k8s.io/component-base/version.gitMajor=1",
  "k8s.io/component-base/version.gitMinor=34",
  "k8s.io/component-base/version.gitTreeState=clean",
];
const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** In the order of the build: what the first use waits for comes first. */
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
