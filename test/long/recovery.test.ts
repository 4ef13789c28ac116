import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { tearDownNetwork } from "../../local/network";
import { unmountAll } from "../../local/processes";
import { containerdSocket, kubeletDir, runDir, stateDir } from "../../local/settings";
import { checkoutDir } from "../../shared/checkout";
import { exec, type ExecResult, succeeded } from "../../shared/exec";
import { kill } from "../../shared/processes";
import { waitFor } from "../../shared/wait";
import { machineState } from "../support/machine";
import { descendants, processesMatching } from "../support/processes";
import { namesOf } from "../support/environments";

const minutes = 60_000;
const dev = namesOf("dev");

/** The driver gets a plain environment: what `make env` prints must not be needed for `make up`. */
function make(target: string, options: { env?: Record<string, string>; timeoutMs?: number } = {}): Promise<ExecResult> {
  return exec("make", [target], {
    cwd: checkoutDir,
    env: { ...plainEnvironment(), ...options.env },
    timeoutMs: options.timeoutMs ?? 10 * minutes,
  });
}

function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PULUMI_|KUBECONFIG|VCLUSTER_)/.test(name));
  return Object.fromEntries(kept);
}

/** Starts `make up`, waits for the moment, and kills it with all that it started: no process gets to clean up. */
async function killDuringUp(moment: string, reached: () => Promise<boolean>, env: Record<string, string> = {}) {
  const child = spawn("make", ["up"], { cwd: checkoutDir, env: { ...plainEnvironment(), ...env }, stdio: "ignore" });
  const pid = child.pid;
  assert.ok(pid, "make could not be started");
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await waitFor(reached, { what: `make up to reach: ${moment}`, timeoutMs: 5 * minutes });
  // Parents first: nobody may notice that a child has died.
  const killed = [pid, ...descendants(pid)];
  assert.ok(killed.length > 2, `make up had ended before it could be killed at: ${moment}`);
  kill(...killed);
  assert.equal(await ended, null, "make up was not killed");
}

async function assertGreen(): Promise<void> {
  const up = succeeded(await make("up"));
  assert.match(up.output, /Environment dev is ready/);
  const pods = await inEnvironment(`kubectl get pods -n ${dev.namespace} -o name`);
  assert.match(succeeded(pods).stdout, /pod\/vcluster-dev-helm-0/);
}

describe("recovery of the local host", function () {
  this.timeout(20 * minutes);

  it("repeats `make up` without changes", async () => {
    await assertGreen();
    const again = succeeded(await make("up"));
    assert.match(again.output, /\d+ unchanged/);
    assert.doesNotMatch(again.output, /\d+ (created|updated|replaced|deleted)/);
  });

  it("prints commands that work", async () => {
    const { output } = succeeded(await make("up"));
    const commands = [...output.matchAll(/^ +(eval .*)$/gm)].map(([, command]) => command ?? "");
    assert.equal(commands.length, 3, output);
    const expected = [
      /node\/local[\s\S]*namespace\/default/,
      /apiUrl +https:\/\/dev-vcluster/,
      /vcluster-dev-helm-0 .*Running/,
    ];
    try {
      for (const [index, command] of commands.entries()) {
        const ran = await exec("bash", ["-c", command], {
          cwd: checkoutDir,
          env: plainEnvironment(),
          timeoutMs: minutes,
        });
        assert.match(succeeded(ran).output, expected[index] ?? /never/);
      }
    } finally {
      fs.rmSync(path.join(checkoutDir, "dev.kubeconfig"), { force: true });
    }
  });

  it("makes a second run wait for the first", async () => {
    const both = await Promise.all([make("up"), make("up")]);
    for (const result of both) succeeded(result);
    assert.ok(
      both.some(({ output }) => output.includes("Waiting for another run on this machine to end.")),
      "neither run waited",
    );
  });

  it("after a kill in the middle of a build", async () => {
    const cache = fs.mkdtempSync(path.join(os.tmpdir(), "vce-cache-"));
    // Go's own cache would follow, and the test would take as long as a cold build.
    const goCache = succeeded(await exec("go", ["env", "GOCACHE"], { timeoutMs: minutes })).stdout.trim();
    const env = { XDG_CACHE_HOME: cache, GOCACHE: goCache };
    try {
      const builds = path.join(cache, "vcluster-environments", "builds");
      const partial = () =>
        Promise.resolve(
          fs.existsSync(builds) &&
            fs.readdirSync(builds, { recursive: true, encoding: "utf8" }).some((name) => name.includes(".partial-")),
        );
      await killDuringUp("a build", partial, env);
      assert.ok(await partial(), "the killed build left nothing to recover from");
      succeeded(await make("up", { env, timeoutMs: 15 * minutes }));
      assert.ok(!(await partial()), "the next run left the killed build's files");
    } finally {
      fs.rmSync(cache, { recursive: true, force: true });
    }
    await assertGreen();
  });

  it("after a kill in the middle of kubeadm", async () => {
    succeeded(await make("host-down"));
    await killDuringUp("kubeadm writing manifests", () =>
      Promise.resolve(fs.existsSync("/etc/kubernetes/manifests/kube-apiserver.yaml")),
    );
    await assertGreen();
  });

  it("after a kill in the middle of `pulumi up`", async () => {
    succeeded(await make("down"));
    await killDuringUp("the Helm release being installed", async () => {
      const found = await inEnvironment(`kubectl get statefulsets -n ${dev.namespace} -o name`);
      return found.stdout.includes(dev.release);
    });
    await assertGreen();
  });

  it("after all processes of the host were killed, with its objects", async () => {
    succeeded(await inEnvironment(`kubectl create configmap -n ${dev.namespace} survivor --from-literal=a=b`));
    killHost();
    await assertGreen();
    assert.match(
      succeeded(await inEnvironment(`kubectl get configmap -n ${dev.namespace} survivor -o name`)).stdout,
      /survivor/,
    );
  });

  it("after kubelet and container runtime were killed, while containers still run", async () => {
    kill(
      ...processesMatching({ commandLine: `${kubeletDir}/config.yaml` }),
      ...processesMatching({ commandLine: `${stateDir}/containerd.toml` }),
    );
    await assertGreen();
  });

  it("after a restart of the machine, with its objects", async () => {
    killHost();
    await loseWhatARestartLoses();
    await assertGreen();
    const survivor = await inEnvironment(`kubectl get configmap -n ${dev.namespace} survivor -o name`);
    assert.match(succeeded(survivor).stdout, /survivor/);
  });

  it("after all processes were killed, with truncated state files", async () => {
    killHost();
    fs.rmSync(`${stateDir}/etcd/member/snap/db`, { force: true });
    await assertGreen();
  });

  it("leaves no process, mount, network device or rule behind after `make host-down`", async () => {
    succeeded(await make("host-down"));
    const before = await machineState();
    await assertGreen();
    assert.notDeepEqual(
      await machineState(),
      before,
      "the host left no trace while it ran: the comparison sees nothing",
    );
    succeeded(await make("host-down"));
    assert.deepEqual(await machineState(), before);
    succeeded(await make("host-down")); // repeated: nothing to do is no error
  });

  after("bring the host back for the suites that follow", () => assertGreen());
});

/** Runs a shell command with what `make env` prints, as a person would. */
function inEnvironment(command: string): Promise<ExecResult> {
  return exec("bash", ["-c", `eval "$(make -s env)" && ${command}`], {
    cwd: checkoutDir,
    env: plainEnvironment(),
    timeoutMs: minutes,
  });
}

/** Mounts, devices, rules and /run do not outlive a restart; the disk does. */
async function loseWhatARestartLoses(): Promise<void> {
  await unmountAll();
  await tearDownNetwork();
  fs.rmSync(runDir, { recursive: true, force: true });
}

/** kill -9 of the kubelet, containerd, every shim and every process in a container. */
function killHost(): void {
  const found = [
    ...processesMatching({ commandLine: containerdSocket }),
    ...processesMatching({ commandLine: `${stateDir}/containerd.toml` }),
    ...processesMatching({ commandLine: `${kubeletDir}/config.yaml` }),
    ...processesMatching({ cgroup: "/kubepods/" }),
  ];
  assert.ok(found.length > 10, "the host was not running");
  kill(...found);
}
