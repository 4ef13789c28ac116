import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { network } from "../../local/settings";
import { exec, succeeded } from "./exec";
import { waitFor } from "./wait";

const namespace = "vce-stand-ins";
const [outer, inner] = ["vce-stand-ins", "vce-stand-in"];
/** Always the same: the node remembers for a while behind which one an address was. */
const mac = "02:76:63:65:73:69";
/** Number of the routing table that leads to the stand-ins. */
const table = "42130";

/** Servers on addresses that must not be reached for real. */
export interface StandIns {
  /** What they answer on port 80. */
  page: string;
  stop: () => Promise<void>;
}

/**
 * Web servers on the given addresses, in a network namespace of their own on the bridge of the pods. Only what comes from a
 * pod is led to them, so that the machine's own way to such an address stays what it is, and nothing leaves the machine:
 * the bridge has no other way out.
 */
export async function startStandIns(addresses: readonly string[], page: string): Promise<StandIns> {
  await remove();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stand-ins-"));
  fs.writeFileSync(path.join(directory, "index.html"), page);
  let server: ChildProcess | undefined;
  const stop = async () => {
    process.removeListener("exit", kill);
    kill();
    fs.rmSync(directory, { recursive: true, force: true });
    await remove();
  };
  const kill = () => server?.kill("SIGKILL");
  process.once("exit", kill);
  try {
    await ip("netns", "add", namespace);
    await ip("link", "add", outer, "type", "veth", "peer", "name", inner, "address", mac, "netns", namespace);
    await ip("link", "set", outer, "master", network.podBridge, "up");
    for (const device of ["lo", inner]) await ip("-n", namespace, "link", "set", device, "up");
    for (const address of addresses) {
      await ip("-n", namespace, "address", "add", `${address}/32`, "dev", inner);
      await ip("route", "add", address, "dev", network.podBridge, "table", table);
    }
    await ip("-n", namespace, "route", "add", network.podCidr, "dev", inner);
    await ip("rule", "add", "iif", network.podBridge, "lookup", table);
    const command = ["netns", "exec", namespace, "busybox", "httpd", "-f", "-p", "80", "-h", directory];
    server = spawn("ip", command, { stdio: "ignore" });
    await waitFor(async () => (await inside("nc", addresses[0] ?? "", "80", "-w", "1", "-e", "true")).exitCode === 0, {
      what: "the stand-in servers",
      timeoutMs: 10_000,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { page, stop };
}

/** Also what a killed run has left: its servers, rule, routes, devices. Deleting a namespace deletes its devices. */
async function remove(): Promise<void> {
  const left = await exec("ip", ["netns", "pids", namespace], limit);
  for (const pid of left.stdout.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
  await exec("ip", ["rule", "delete", "lookup", table], limit);
  await exec("ip", ["route", "flush", "table", table], limit);
  await exec("ip", ["netns", "delete", namespace], limit);
  await exec("ip", ["link", "delete", outer], limit);
}

const limit = { timeoutMs: 10_000 };

async function ip(...args: string[]): Promise<void> {
  succeeded(await exec("ip", args, limit));
}

function inside(...command: string[]) {
  return exec("ip", ["netns", "exec", namespace, "busybox", ...command], limit);
}
