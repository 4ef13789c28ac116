import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { dump, load } from "js-yaml";

import { OVERLAY } from "../../config";
import { addHostNames } from "../../local/hosts-file";
import { missingToolchain } from "../../local/toolchain";
import { makeRelease, type Release } from "../../scripts/release";
import { checkoutDir } from "../../shared/checkout";
import { type JsonObject, merge } from "../../shared/json";
import { Cluster, reference } from "../../testing/cluster";
import { exec, succeeded } from "../../shared/exec";
import { GitServer } from "../support/git-server";
import { keepResult } from "../support/results";

const name = "team";
const project = "team-environments";
const quiet = ["--non-interactive", "--color", "never"];

describe("use without a clone", function () {
  this.timeout(600_000);
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "packages-"));
  /** Every command that was run, and its time. */
  const commands: string[] = [];
  const home = path.join(root, "home");
  const team = path.join(root, "team");
  let release: Release;
  let version: string;
  let server: GitServer;
  let url: string;

  before(async () => {
    addHostNames([name]);
    release = makeRelease(path.join(root, "release"));
    ({ version } = JSON.parse(fs.readFileSync(path.join(release.repository, "package.json"), "utf8")) as {
      version: string;
    });
    // What the tests install does not stay: a Pulumi home and a backend of their own, with the host's plugins.
    for (const folder of ["state", "git", "team"]) fs.mkdirSync(path.join(root, folder));
    const plugins = path.join(process.env["PULUMI_HOME"] ?? "", "plugins");
    if (fs.existsSync(plugins)) {
      fs.cpSync(plugins, path.join(home, "plugins"), { recursive: true, verbatimSymlinks: true });
    }
    server = await GitServer.start(path.join(root, "git"));
    url = server.publish("environments", release.repository, `v${version}`);
  });
  after(async () => {
    server.stop();
    if (fs.existsSync(path.join(team, "node_modules")))
      await run(team, "pulumi", ["destroy", "--yes", "--stack", "dev"]);
    fs.rmSync(root, { recursive: true, force: true });
    keepResult("packages", { title: "Use without a clone", text: commands.join("\n"), data: commands });
  });

  /** Runs a command, which has to succeed, and gives its output. */
  async function run(cwd: string, command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const result = await exec(command, [...args, ...(command === "pulumi" ? quiet : [])], {
      cwd,
      env: { ...process.env, PULUMI_HOME: home, PULUMI_BACKEND_URL: `file://${root}/state`, ...env },
      timeoutMs: 300_000,
    });
    const line = `${path.basename(cwd)}$ ${[command, ...args].join(" ")}`.replaceAll(root, "");
    commands.push(`${(result.elapsedMs / 1000).toFixed(1).padStart(6)} s  ${line}`);
    return succeeded(result).output;
  }

  /** Trusts the Git server of this test, and lets Pulumi fetch packages, which the local host's settings forbid. */
  const online = () => ({
    SSL_CERT_FILE: server.authority,
    GIT_SSL_CAINFO: server.authority,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
  });

  /** PATH with a language host that runs plugins. */
  function withPluginHost(): NodeJS.ProcessEnv {
    const usual = process.env["PATH"] ?? "";
    if (missingToolchain().length === 0) return { PATH: usual }; // the official one does
    const bin = path.join(root, "bin");
    fs.mkdirSync(bin, { recursive: true });
    const program = path.join(checkoutDir, "bin/test/support/plugin-host.js");
    const text = `#!/bin/sh\nexec node ${program} "$@"\n`;
    fs.writeFileSync(path.join(bin, "pulumi-language-nodejs"), text, { mode: 0o755 });
    return { PATH: `${bin}:${usual}` };
  }

  it("makes a team's project of the template in a folder", async () => {
    const template = path.join(release.repository, "template");
    await run(team, "pulumi", ["new", template, "--name", project, "--stack", "dev", "--yes"]);
    await run(team, "pulumi", ["config", "set", "environment", name, "--stack", "dev"]);
    assert.ok(fs.existsSync(path.join(team, "package-lock.json")));
  });

  it("previews that project with the policy pack", async () => {
    const output = await run(team, "npm", ["run", "preview", "--", "--stack", "dev", ...quiet]);
    assert.match(output, new RegExp(`vcluster-environments@v${version.replaceAll(".", "\\.")} `));
    assert.ok(created(output) > 20, output);
  });

  it("brings its environment up, whose API answers, and destroys it", async () => {
    const pack = ["--policy-pack", "node_modules/vcluster-environments-policy"];
    await run(team, "pulumi", ["up", "--yes", "--skip-preview", "--stack", "dev", ...pack]);
    const outputs = await run(team, "pulumi", ["stack", "output", "--json", "--show-secrets", "--stack", "dev"]);
    const { kubeconfig } = JSON.parse(outputs) as { kubeconfig: string };
    const { items } = await new Cluster("the virtual cluster", kubeconfig).core.listNamespace();
    assert.ok(items.some(({ metadata }) => metadata?.name === "kube-system"));
    // A project of the template sees what was deleted by hand, as this repository's does.
    await Cluster.host().remove(
      reference("v1", "ResourceQuota", `vcluster-${name}-helm-workloads`, `${name}-vcluster`),
    );
    assert.equal(created(await run(team, "pulumi", ["preview", "--stack", "dev"])), 1);
    await run(team, "pulumi", ["destroy", "--yes", "--stack", "dev"]);
    const { items: left } = await Cluster.host().core.listNamespace();
    assert.ok(!left.some(({ metadata }) => metadata?.name === `${name}-vcluster`));
  });

  it("makes the same project of the template in Git", async () => {
    const folder = path.join(root, "from-git");
    fs.mkdirSync(folder);
    const source = `${url}/tree/v${version}/template`;
    await run(folder, "pulumi", ["new", source, "--name", project, "--generate-only", "--yes"], online());
    const files = (from: string) =>
      fs.readdirSync(from, { recursive: true, encoding: "utf8" }).filter((file) => !file.startsWith(".git/"));
    assert.deepEqual(files(folder).sort(), files(path.join(release.repository, "template")).sort());
  });

  it("installs the component from Git by npm", async () => {
    const folder = path.join(root, "npm");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund"];
    await run(folder, "npm", ["install", ...flags, `git+${url}.git#v${version}`], online());
    const output = await run(folder, "node", ["-p", 'typeof require("vcluster-environments").Environment']);
    assert.equal(output.trim(), "function");
  });

  describe("adds the package to a project in Pulumi YAML", () => {
    it("from a folder", async () => {
      const folder = yamlProject("yaml-folder");
      const plugin = path.join(folder, "vcluster-environments");
      fs.cpSync(release.repository, plugin, { recursive: true });
      await run(plugin, "npm", ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
      await addAndPreview(folder, "./vcluster-environments");
    });

    it("from Git, where Pulumi installs what it needs", async () => {
      await addAndPreview(yamlProject("yaml-git"), `${url}@v${version}`);
    });

    /** The committed example as a project elsewhere, with what is true of this host and of no other. */
    function yamlProject(title: string): string {
      const folder = path.join(root, title);
      fs.mkdirSync(folder);
      const example = load(fs.readFileSync(path.join(checkoutDir, "examples/yaml/Pulumi.yaml"), "utf8")) as JsonObject;
      delete example["packages"];
      const properties = JSON.parse(fs.readFileSync(process.env[OVERLAY] ?? "", "utf8")) as JsonObject;
      const changed = merge(example, { name: title, resources: { environment: { properties } } });
      fs.writeFileSync(path.join(folder, "Pulumi.yaml"), dump(changed));
      return folder;
    }

    async function addAndPreview(folder: string, source: string): Promise<void> {
      const env = withPluginHost();
      await run(folder, "pulumi", ["package", "add", source], { ...online(), ...env });
      await run(folder, "pulumi", ["stack", "init", name], env);
      const output = await run(folder, "pulumi", ["preview", "--stack", name], env);
      assert.ok(created(output) > 20, output);
    }
  });
});

function created(output: string): number {
  return Number(/\+ (\d+) to create/.exec(output)?.[1]);
}
