import * as fs from "node:fs";
import * as path from "node:path";

import { run, succeeds } from "../shared/exec";
import { network, runDir, stateDir } from "./settings";

const cniDir = path.join(stateDir, "cni");
export const cniConfigDir = path.join(cniDir, "net.d");
/** In /run: after a restart of the machine no pod keeps its address. */
const cniLeaseDir = path.join(runDir, "cni");
/** State of the machine's network before, to restore it. */
const savedFile = path.join(runDir, "network-before.json");

/** Kernel settings in /proc/sys that Kubernetes networking requires. */
const kernelSettings: Record<string, string> = {
  "net/ipv4/ip_forward": "1",
  "net/bridge/bridge-nf-call-iptables": "1",
};

/**
 * Keeps the host's traffic on this machine: packets from pods to anything but pods and the machine itself are rejected,
 * so that a mistake fails immediately instead of timing out.
 */
const firewall = `
table inet ${network.firewallTable}
delete table inet ${network.firewallTable}
table inet ${network.firewallTable} {
  chain forward {
    type filter hook forward priority 10; policy accept;
    iifname "${network.podBridge}" oifname != "${network.podBridge}" reject
    oifname "${network.podBridge}" iifname != "${network.podBridge}" reject
  }
  chain leave {
    type filter hook postrouting priority 10; policy accept;
    ip daddr ${network.all} oifname != { "lo", "${network.nodeBridge}", "${network.podBridge}" } drop
  }
}
`;

/** Creates devices, routes, firewall and pod network configuration. Idempotent. */
export async function setUpNetwork(): Promise<void> {
  await changeKernelSettings();
  if (!(await succeeds("ip", ["link", "show", network.nodeBridge]))) {
    await run("ip", ["link", "add", network.nodeBridge, "type", "bridge"]);
  }
  await run("ip", ["address", "replace", network.nodePrefix, "dev", network.nodeBridge]);
  await run("ip", ["link", "set", network.nodeBridge, "up"]);
  // Packets to a service that kube-proxy does not rewrite end on the bridge without ports.
  await run("ip", ["route", "replace", network.serviceCidr, "dev", network.nodeBridge, "src", network.nodeAddress]);
  await run("nft", ["-f", "-"], { input: firewall });
  fs.mkdirSync(cniConfigDir, { recursive: true });
  fs.writeFileSync(path.join(cniConfigDir, "10-pods.conflist"), JSON.stringify(podNetwork, undefined, 2));
}

const podNetwork = {
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: network.podBridge,
      isDefaultGateway: true,
      hairpinMode: true,
      ipMasq: false,
      ipam: { type: "host-local", ranges: [[{ subnet: network.podCidr }]], dataDir: cniLeaseDir },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

/** Removes every device, rule, set and pod network namespace of the host, and restores kernel settings. */
export async function tearDownNetwork(): Promise<void> {
  for (const namespace of await podNamespaces()) await run("ip", ["netns", "delete", namespace]);
  for (const family of ["ip", "ip6"]) await succeeds("nft", ["delete", "table", family, "kube-proxy"]);
  await succeeds("nft", ["delete", "table", "inet", network.firewallTable]);
  await removeKubeRouterRules();
  for (const bridge of [network.podBridge, network.nodeBridge]) await succeeds("ip", ["link", "delete", bridge]);
  await restore();
}

/** kube-router's rules and the kubelet's hint chains are in tables that others may use: removes only ours. */
async function removeKubeRouterRules(): Promise<void> {
  const ours = /KUBE-(ROUTER|POD-FW|NWPLCY|IPTABLES-HINT|KUBELET-CANARY|FIREWALL|FORWARD|SERVICES)|kube-router/;
  for (const family of ["iptables", "ip6tables"]) {
    const saved = await run(`${family}-save`, []).catch(() => "");
    if (!ours.test(saved)) continue;
    const kept = saved.split("\n").filter((line) => !ours.test(line));
    await run(`${family}-restore`, [], { input: kept.join("\n") });
  }
  const sets = await run("ipset", ["list", "-n"]).catch(() => "");
  for (const name of sets.split("\n").filter((set) => /^(inet6:)?(KUBE-|kube-router-)/.test(set))) {
    await run("ipset", ["destroy", name]);
  }
}

/** Network namespaces that containerd created for pods. */
async function podNamespaces(): Promise<string[]> {
  const listing = await run("ip", ["netns", "list"]);
  return [...listing.matchAll(/^cni-\S+/gm)].map(([name]) => name);
}

async function changeKernelSettings(): Promise<void> {
  await succeeds("modprobe", ["br_netfilter"]); // built into some kernels; the write below fails where it is missing
  if (!fs.existsSync(savedFile)) {
    fs.writeFileSync(savedFile, JSON.stringify(await networkState()));
  }
  writeKernelSettings(kernelSettings);
}

async function networkState() {
  const before: Record<string, string> = {};
  for (const name of Object.keys(kernelSettings)) before[name] = fs.readFileSync(kernelFile(name), "utf8").trim();
  return { kernelSettings: before, tables: await firewallTables() };
}

async function restore(): Promise<void> {
  if (!fs.existsSync(savedFile)) return;
  const before = JSON.parse(fs.readFileSync(savedFile, "utf8")) as Awaited<ReturnType<typeof networkState>>;
  writeKernelSettings(before.kernelSettings);
  for (const table of await firewallTables()) {
    // iptables creates tables with empty chains even when it only lists one; tables with rules of others are kept.
    const listing = await run("nft", ["list", "table", ...table.split(" ")]);
    const empty = listing.split("\n").every((line) => /^\s*(table|chain|type|}|$)/.test(line));
    if (empty && !before.tables.includes(table)) await run("nft", ["delete", "table", ...table.split(" ")]);
  }
  fs.rmSync(savedFile);
}

/** Tables of the firewall as `<family> <name>`. */
async function firewallTables(): Promise<string[]> {
  const listing = await run("nft", ["list", "tables"]);
  return [...listing.matchAll(/^table (.+)$/gm)].map(([, table]) => table ?? "");
}

function writeKernelSettings(settings: Record<string, string>): void {
  for (const [name, value] of Object.entries(settings)) fs.writeFileSync(kernelFile(name), value);
}

const kernelFile = (name: string) => path.join("/proc/sys", name);
