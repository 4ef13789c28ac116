import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";
import { exec, type ExecResult } from "../../shared/exec";

const stateDir = "/var/lib/vcluster-environments";

/**
 * The driver on a machine that lacks something. What is missing is missing in a mount namespace of the test's own,
 * in which there is also no local host; the machine itself stays as it is.
 */
describe("requirements of `make up`", function () {
  this.timeout(120_000);
  let dir: string;
  const listeners: net.Server[] = [];

  before(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "vce-preflight-"));
    fs.mkdirSync(stateDir, { recursive: true });
    fs.writeFileSync(path.join(dir, "meminfo"), "MemTotal: 4000000 kB\nMemAvailable: 3145728 kB\n");
    fs.writeFileSync(path.join(dir, "meminfo-large"), "MemTotal: 67108864 kB\nMemAvailable: 67108864 kB\n");
    for (const name of ["small", "large"]) fs.mkdirSync(path.join(dir, name));
    fs.mkdirSync(path.join(dir, "var-lib", "dpkg"), { recursive: true });
    fs.mkdirSync(path.join(dir, "kubernetes", "manifests"), { recursive: true });
    fs.writeFileSync(path.join(dir, "kubernetes", "manifests", "etcd.yaml"), "");
    // While the host is up its ingress controller has the ports; otherwise the test takes them.
    await Promise.all([80, 443].map(listen));
  });

  after(() => {
    for (const listener of listeners) listener.close();
    if (fs.readdirSync(stateDir).length === 0) fs.rmdirSync(stateDir);
    fs.rmSync(dir, { recursive: true, force: true });
  });

  function listen(port: number): Promise<void> {
    const server = net.createServer();
    listeners.push(server);
    return new Promise((resolve) => {
      server.once("error", () => {
        resolve();
      });
      server.listen(port, "127.0.0.1", resolve);
    });
  }

  const noHost = `mount -t tmpfs -o size=64g none ${stateDir}`;
  /** So that what the machine itself has free adds no finding. */
  const enough = () => [
    `mount --bind ${dir}/meminfo-large /proc/meminfo`,
    `mount -t tmpfs -o size=64g none ${dir}/large; export XDG_CACHE_HOME=${dir}/large`,
  ];
  const littleMemory = () => `mount --bind ${dir}/meminfo /proc/meminfo`;
  const littleDisk = () => `mount -t tmpfs -o size=64m none ${dir}/small; export XDG_CACHE_HOME=${dir}/small`;

  /** Runs the driver after some shell commands in a new mount namespace, and checks that it wrote nothing. */
  async function upAfter(commands: string[], prefix: string[] = []): Promise<ExecResult> {
    const written = `[ -z "$(ls -A ${stateDir})" ] || { echo "the driver wrote to ${stateDir}"; exit 99; }`;
    const driver = [...prefix, process.execPath, "bin/cli/main.js", "up"].join(" ");
    const script = [...enough(), ...commands, `status=0; ${driver} || status=$?`, written, "exit $status"].join("\n");
    const environment = Object.entries(process.env).filter(([name]) => !/^(PULUMI_|KUBECONFIG|VCLUSTER_)/.test(name));
    return exec("unshare", ["--mount", "sh", "-ec", script], {
      cwd: checkoutDir,
      env: { ...Object.fromEntries(environment), HOME: dir },
      timeoutMs: 60_000,
    });
  }

  function assertRefused(result: ExecResult, ...expected: RegExp[]): void {
    assert.equal(result.exitCode, 1, result.output);
    for (const text of expected) assert.match(result.output, text);
    assert.match(result.output, /nothing was changed/);
    const findings = result.output.split("\n").filter((line) => line.startsWith("  - "));
    assert.equal(findings.length, expected.length, `exactly the expected findings:\n${result.output}`);
  }

  it("reject a port in use, and name its process", async () => {
    assertRefused(
      await upAfter([noHost]),
      /port 127\.0\.0\.1:443 is in use by \S+ \(process \d+\)/,
      /127\.0\.0\.1:80 is in use/,
    );
  });

  it("reject too little memory and disk, with the numbers, all at once", async () => {
    assertRefused(
      await upAfter([noHost, littleMemory(), littleDisk()]),
      /port 127\.0\.0\.1:443 is in use/,
      /port 127\.0\.0\.1:80 is in use/,
      /3\.0 GiB of memory are available; .* need \d+ GiB/,
      /0\.1 GiB are free for .*small\/vcluster-environments; \d+ GiB are needed there/,
    );
  });

  it("reject another cluster's control plane on the machine", async () => {
    const elsewhere = [
      `mount --bind /var/lib/dpkg ${dir}/var-lib/dpkg`,
      `mount --rbind ${dir}/var-lib /var/lib`,
      `mkdir -p /etc/kubernetes && mount --bind ${dir}/kubernetes /etc/kubernetes`,
    ];
    const result = await upAfter(elsewhere);
    assert.match(result.output, /\/etc\/kubernetes\/manifests holds another Kubernetes node's control plane/);
  });

  it("reject a user other than root", async () => {
    const result = await upAfter([noHost], ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    assert.equal(result.exitCode, 1, result.output);
    assert.match(result.output, /user nobody is not root; .*\n\s+fix: run the same command as root/);
  });

  it("reject a machine without Go", async () => {
    const withoutGo = (process.env["PATH"] ?? "").split(":").filter((entry) => !fs.existsSync(path.join(entry, "go")));
    const result = await upAfter([noHost, `export PATH=${withoutGo.join(":")}`]);
    assert.equal(result.exitCode, 1, result.output);
    assert.match(result.output, /the command `go` is not on PATH; .*\n\s+fix: install Go/);
  });
});
