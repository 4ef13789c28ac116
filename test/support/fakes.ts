import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { network } from "../../local/settings";
import { exec, succeeded } from "../../shared/exec";
import { waitFor } from "../../shared/wait";

const [outer, inner] = ["vce-stand-ins", "vce-stand-in"];
/** Always the same: the node remembers for a while behind which one an address was. */
const mac = "02:76:63:65:73:69";
/** Number of the routing table that leads to the stand-ins. */
const table = "42130";

/** Servers on addresses that must not be reached for real. */
export interface StandIns {
  stop: () => Promise<void>;
}

/**
 * Web servers on the given addresses, in a network namespace of their own on the bridge of the pods. Only what comes from
 * a pod is led to them, so that the machine's own way to such an address stays what it is, and nothing leaves the machine:
 * the bridge has no other way out.
 *
 * The namespace has no name. `ip netns add` would mount its directory once more over itself, and containerd, which keeps
 * those of its pods there, could no longer remove any.
 */
export async function startStandIns(addresses: readonly string[], page: string): Promise<StandIns> {
  await remove();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stand-ins-"));
  fs.writeFileSync(path.join(directory, "index.html"), page);
  const server = serve(directory);
  const stop = async () => {
    server.kill("SIGKILL");
    fs.rmSync(directory, { recursive: true, force: true });
    await remove();
  };
  try {
    const pid = String(server.pid);
    const inside = (...command: string[]) => exec("nsenter", ["--target", pid, "--net", ...command], limit);
    const own = fs.readlinkSync("/proc/self/ns/net");
    await waitFor(() => Promise.resolve(fs.readlinkSync(`/proc/${pid}/ns/net`) !== own), {
      what: "a network namespace",
      timeoutMs: 10_000,
    });
    await ip("link", "add", outer, "type", "veth", "peer", "name", inner, "address", mac, "netns", pid);
    await ip("link", "set", outer, "master", network.podBridge, "up");
    for (const device of ["lo", inner]) succeeded(await inside("ip", "link", "set", device, "up"));
    for (const address of addresses) {
      succeeded(await inside("ip", "address", "add", `${address}/32`, "dev", inner));
      await ip("route", "add", address, "dev", network.podBridge, "table", table);
    }
    succeeded(await inside("ip", "route", "add", network.podCidr, "dev", inner));
    await ip("rule", "add", "iif", network.podBridge, "lookup", table);
    const asked = ["busybox", "nc", addresses[0] ?? "", "80", "-w", "1", "-e", "true"];
    await waitFor(async () => (await inside(...asked)).exitCode === 0, { what: "the stand-ins", timeoutMs: 10_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** A web server in a new network namespace. Both end with this process, however that ends. */
function serve(directory: string): ChildProcess {
  const httpd = ["busybox", "httpd", "-f", "-p", "80", "-h", directory];
  return spawn("unshare", ["--net", "setpriv", "--pdeathsig", "KILL", ...httpd], { stdio: "ignore" });
}

/** Also what a killed run has left. The device in the namespace goes with the one outside. */
async function remove(): Promise<void> {
  await exec("ip", ["rule", "delete", "lookup", table], limit);
  await exec("ip", ["route", "flush", "table", table], limit);
  await exec("ip", ["link", "delete", outer], limit);
}

const limit = { timeoutMs: 10_000 };

async function ip(...args: string[]): Promise<void> {
  succeeded(await exec("ip", args, limit));
}
