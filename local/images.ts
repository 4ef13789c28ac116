import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../shared/exec";
import { chartOf, corednsTag, minorOf, type Programs } from "../shared/vcluster/versions";
import { buildDir, moduleSource, program } from "./build";
import { goModule } from "./modules";
import { chartDirOf, containerdSocket, otherVclusters, stateDir, vclusterModule, versions } from "./settings";

/**
 * An image made from files of this machine. There is no registry: the host has only these images, and a pod with any
 * other fails immediately.
 */
interface Image {
  name: string;
  /** Path in the image: path on this machine. */
  files: Record<string, string>;
  /** Path in the image: target. */
  links?: Record<string, string>;
  entrypoint?: string[];
  user?: string;
}

const busybox = "/usr/bin/busybox";
const shellApplets = [
  ...["sh", "ash", "cat", "chmod", "chown", "cp", "date", "dd", "echo", "env", "false", "grep", "head", "httpd", "id"],
  ...["ip", "ln", "ls", "mkdir", "mv", "nc", "nslookup", "ping", "printenv", "ps", "rm", "sed", "seq", "sleep", "stat"],
  ...["sync", "tail", "tar", "test", "timeout", "touch", "true", "wc", "wget", "yes"],
];

const iptables = ["iptables", "ip6tables"].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

/** Versions of vCluster that the host has: its own, and those that were built and whose charts were added. */
async function vclusters(): Promise<string[]> {
  const found = [versions.vcluster];
  for (const version of otherVclusters.filter((one) => fs.existsSync(chartDirOf(one)))) {
    if (fs.existsSync(await program(vclusterModule(version), "vcluster"))) found.push(version);
  }
  return found;
}

/** The images of the host, of virtual clusters, and of workloads in tests and examples. */
export async function images(): Promise<Image[]> {
  const kubernetes = await buildDir(goModule("kubernetes"));
  const controlPlane = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  const argocd = await program("argo-cd");
  const coredns = { files: { "/coredns": await program("coredns") }, entrypoint: ["/coredns"] };
  const etcd = { "/usr/local/bin/etcd": await program("etcd", "server") };
  const helmProgram = await program("helm");
  const helm = { "/usr/local/bin/helm": helmProgram };
  const argocdLinks = ["argocd-application-controller", "argocd-applicationset-controller", "argocd-repo-server"];
  const kine = await program("kine");
  const own = await vclusters();
  // Which image has them, and where, differs between versions of vCluster.
  const tools = (image: Programs["image"], of: readonly string[]) =>
    Object.assign(
      {},
      ...of
        .map((version) => chartOf(version).contents.programs)
        .filter((programs) => programs.image === image)
        .map((programs) => ({ [programs.kine]: kine, [programs.helm]: helmProgram })),
    ) as Record<string, string>;
  const shell = { files: { "/bin/busybox": busybox }, links: linksTo("/bin/busybox", "/bin", shellApplets) };
  return [
    ...controlPlane.map((name) => ({
      name: `registry.k8s.io/${name}:${versions.kubernetes}`,
      files: { [`/usr/local/bin/${name}`]: path.join(kubernetes, name) },
    })),
    {
      name: `registry.k8s.io/kube-proxy:${versions.kubernetes}`,
      files: {
        "/usr/local/bin/kube-proxy": path.join(kubernetes, "kube-proxy"),
        ...same("/usr/sbin/nft"),
        // kube-proxy reads its maps back at every full sync: when it starts, and an hour after the last. Without this file
        // nft prints `6` where kube-proxy wrote `tcp`. kube-proxy then adds each Service by its own key, which changes
        // nothing, and deletes the keys that it does not recognize, which are the same elements: no Service is left.
        ...same("/etc/protocols"),
      },
    },
    { name: `registry.k8s.io/etcd:${versions.etcd.slice(1)}-0`, files: etcd },
    { name: `registry.k8s.io/coredns/coredns:${versions.coredns}`, ...coredns },
    { name: pauseImage, files: { "/pause": await pauseProgram() }, entrypoint: ["/pause"] },
    {
      name: `docker.io/cloudnativelabs/kube-router:${versions.kubeRouter}`,
      files: {
        "/usr/local/bin/kube-router": await program("kube-router"),
        ...same("/usr/sbin/ipset", "/usr/sbin/xtables-nft-multi", "/usr/sbin/ip"),
        ...directory("/usr/lib/x86_64-linux-gnu/xtables"),
      },
      links: linksTo("/usr/sbin/xtables-nft-multi", "/usr/sbin", iptables),
    },
    {
      name: `docker.io/rancher/local-path-provisioner:${versions.localPathProvisioner}`,
      files: { "/usr/bin/local-path-provisioner": await program("local-path-provisioner") },
    },
    { name: `docker.io/library/traefik:${versions.traefik}`, files: { "/traefik": await program("traefik") } },
    {
      name: `quay.io/argoproj/argocd:${versions.argocd}`,
      files: { "/usr/local/bin/argocd": argocd, ...helm, ...shell.files, ...git() },
      // The official image's entry point creates a user name and executes its arguments.
      links: { ...shell.links, ...linksTo("argocd", "/usr/local/bin", argocdLinks) },
      entrypoint: ["/bin/env"],
      user: "999",
    },
    {
      name: "public.ecr.aws/docker/library/redis:7.2.11-alpine",
      // Debian has one redis program for all names.
      files: same("/usr/bin/redis-check-rdb"),
      links: linksTo("redis-check-rdb", "/usr/bin", ["redis-server"]),
      entrypoint: ["/usr/bin/redis-server"],
      user: "999",
    },
    ...(await Promise.all(
      own.map(async (version) => ({
        name: `ghcr.io/loft-sh/vcluster-oss:${version}`,
        files: { "/vcluster": await program(vclusterModule(version), "vcluster"), ...tools("vcluster", [version]) },
        entrypoint: ["/vcluster", "start"],
      })),
    )),
    {
      name: `ghcr.io/loft-sh/kubernetes:${versions.kubernetes}`,
      files: {
        ...shell.files,
        ...Object.fromEntries(controlPlane.map((name) => [`/kubernetes/${name}`, path.join(kubernetes, name)])),
        ...tools("kubernetes", own),
      },
      links: shell.links,
    },
    // A virtual cluster's DNS, the etcd of one with several replicas, and the init container in pods of StatefulSets, under
    // the names that vCluster gives them.
    ...namesIn(
      own,
      (version) => `docker.io/coredns/coredns:${corednsTag(version, minorOf(versions.kubernetes) ?? "")}`,
    ).map((name) => ({ name, ...coredns })),
    ...namesIn(own, (version) => `registry.k8s.io/etcd:${chartOf(version).contents.etcdTag}`).map((name) => ({
      name,
      files: etcd,
    })),
    ...namesIn(own, (version) => chartOf(version).contents.hostsImage).map((name) => ({ name, ...shell })),
    // The volume provisioner's helper pod uses `busybox`; tests and examples use a version.
    { name: "docker.io/library/busybox:latest", ...shell },
    { name: "docker.io/library/busybox:1.36", ...shell },
  ];
}

/** Names that versions have for something, each once. */
function namesIn(of: readonly string[], nameOf: (version: string) => string): string[] {
  return [...new Set(of.map(nameOf))];
}

const scratchDir = path.join(stateDir, "tmp");
export const pauseImage = "registry.k8s.io/pause:3.10.1";

/** Imports images that the host lacks, or has with other programs. */
export async function importImages(report: (line: string) => void): Promise<void> {
  const markerFile = path.join(stateDir, "images.json");
  fs.rmSync(scratchDir, { recursive: true, force: true }); // left by a killed run
  fs.mkdirSync(scratchDir);
  const known = readMarkers(markerFile);
  for (const image of await images()) {
    const recipe = fingerprint(image);
    if (known[image.name] === recipe) continue;
    report(image.name);
    const archive = await archiveOf(image);
    try {
      await run("ctr", ["--address", containerdSocket, "-n", "k8s.io", "images", "import", archive]);
    } finally {
      fs.rmSync(path.dirname(archive), { recursive: true, force: true });
    }
    known[image.name] = recipe;
    fs.writeFileSync(markerFile, JSON.stringify(known, undefined, 2));
  }
}

function readMarkers(file: string): Record<string, string> {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return {}; // missing, or truncated by a kill: importing again is harmless
  }
}

/** Built programs have their content in their path; Debian's files change their time and size. */
function fingerprint(image: Image): string {
  const parts = Object.entries(image.files).map(([target, source]) => {
    const { size, mtimeMs } = fs.statSync(source);
    return [target, source, size, mtimeMs];
  });
  return createHash("sha256")
    .update(JSON.stringify([image, parts]))
    .digest("hex");
}

/** Writes an image in the format of `docker save`. @returns the archive's path */
async function archiveOf(image: Image): Promise<string> {
  const dir = fs.mkdtempSync(path.join(scratchDir, "image-"));
  const root = path.join(dir, "root");
  for (const [target, source] of Object.entries(await withLibraries(image.files))) {
    const file = path.join(root, target);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.copyFileSync(source, file, fs.constants.COPYFILE_FICLONE);
  }
  for (const [link, target] of Object.entries(image.links ?? {})) {
    fs.mkdirSync(path.join(root, path.dirname(link)), { recursive: true });
    fs.symlinkSync(target, path.join(root, link));
  }
  for (const empty of ["tmp", "etc", "var", "run"]) fs.mkdirSync(path.join(root, empty), { recursive: true });
  fs.chmodSync(path.join(root, "tmp"), 0o1777);
  fs.writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nuser:x:999:999::/tmp:/bin/sh\n");
  const layer = path.join(dir, "layer.tar");
  await run("tar", ["-C", root, "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "-cf", layer, "."]);
  fs.rmSync(root, { recursive: true });
  const config = {
    architecture: "amd64",
    os: "linux",
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ...(image.entrypoint ? { Entrypoint: image.entrypoint } : {}),
      ...(image.user ? { User: image.user } : {}),
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${(await run("sha256sum", [layer])).slice(0, 64)}`] },
  };
  fs.writeFileSync(path.join(dir, "config.json"), JSON.stringify(config));
  const manifest = [{ Config: "config.json", RepoTags: [image.name], Layers: ["layer.tar"] }];
  fs.writeFileSync(path.join(dir, "manifest.json"), JSON.stringify(manifest));
  const archive = path.join(dir, "image.tar");
  await run("tar", ["-C", dir, "-cf", archive, "manifest.json", "config.json", "layer.tar"]);
  return archive;
}

/** Adds the shared libraries of dynamically linked programs, at the paths where the loader looks for them. */
async function withLibraries(files: Record<string, string>): Promise<Record<string, string>> {
  const all = { ...files };
  for (const source of Object.values(files)) {
    const listing = await run("ldd", [source]).catch(() => ""); // fails for a static program, which needs none
    for (const [, library] of listing.matchAll(/(\/\S+) \(0x/g)) if (library) all[library] = library;
  }
  return all;
}

function linksTo(target: string, dir: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${dir}/${name}`, target]));
}

/** Files at the same path as on this machine. */
function same(...files: string[]): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, file]));
}

function directory(dir: string): Record<string, string> {
  const files = fs.readdirSync(dir).map((name) => path.join(dir, name));
  return same(...files.filter((file) => fs.statSync(file).isFile()));
}

/** The git programs that Argo CD's repository server runs. */
function git(): Record<string, string> {
  const core = "/usr/lib/git-core";
  return same("/usr/bin/git", `${core}/git`, `${core}/git-remote-http`, `${core}/git-remote-https`);
}

/** The pause program, compiled from the source in the Kubernetes module. */
async function pauseProgram(): Promise<string> {
  const source = path.join(await moduleSource("kubernetes", "k8s.io/kubernetes"), "build/pause/linux/pause.c");
  const target = path.join(path.dirname(await program("kubernetes", "kubelet")), "pause");
  if (!fs.existsSync(target)) {
    await run("gcc", ["-Os", "-static", "-DVERSION=3.10.1", "-o", `${target}.partial`, source]);
    fs.renameSync(`${target}.partial`, target);
  }
  return target;
}
