import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { load } from "js-yaml";

import { makeRelease, type Release } from "../../../../scripts/release";
import { checkoutDir } from "../../../../shared/checkout";
import { firstLine } from "../../../support/first-line";

const modules = path.join(checkoutDir, "node_modules");
const engine = "127.0.0.1:1";

/** A program of a team, with a mistake that TypeScript has to find. */
const PROGRAM = `
import { Environment } from "vcluster-environments";
import program = require("vcluster-environments/program");

export const { apiUrl, kubeconfig } = new Environment("dev", {
  domain: "example.org",
  sync: { secrets: { "shared/*": "config/*" } },
});
export const stack: () => Promise<object> = program;
// @ts-expect-error
export const wrong = () => new Environment("dev", { domain: "example.org", contolPlane: {} });
`;

/** Runs that program against a stand-in for the engine, and prints what it registered. */
const UNDER_MOCKS = `
const pulumi = require("@pulumi/pulumi");
const { outputs } = require(${JSON.stringify(path.join(checkoutDir, "bin/test/support/control-plane.js"))});
const types = [];
pulumi.runtime.setMocks({
  call: () => ({}),
  newResource: (made) => (types.push(made.type), { id: made.name + "-id", state: { ...made.inputs, ...outputs(made) } }),
}).then(async () => {
  require("./index.js");
  await pulumi.runtime.disconnect();
  console.log(JSON.stringify(types));
});
`;

describe("a release", function () {
  this.timeout(120_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "release-"));
  let release: Release;

  before(() => {
    release = makeRelease(path.join(directory, "release"));
  });
  after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const contents = (tarball: string) =>
    execFileSync("tar", ["tzf", tarball], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((file) => file.replace("package/", ""))
      .sort();
  /** First two parts of the paths. */
  const folders = (tarball: string) => [
    ...new Set(contents(tarball).map((file) => file.split("/").slice(0, 2).join("/"))),
  ];

  /** Installs packages of the release in an empty project, with those packages of this checkout only that they depend on. */
  function project(name: string, ...tarballs: string[]): string {
    const folder = path.join(directory, name);
    for (const tarball of tarballs) {
      const target = path.join(folder, "node_modules", path.basename(tarball).replace(/-\d.*$/, ""));
      fs.mkdirSync(target, { recursive: true });
      execFileSync("tar", ["xzf", tarball, "--strip-components=1", "-C", target]);
      linkDependencies(target, path.join(folder, "node_modules"));
    }
    return folder;
  }

  function linkDependencies(pkg: string, target: string): void {
    const { dependencies } = JSON.parse(fs.readFileSync(path.join(pkg, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      const from = [modules, path.join(checkoutDir, "policy/node_modules")].map((folder) => path.join(folder, name));
      const link = path.join(target, name);
      fs.mkdirSync(path.dirname(link), { recursive: true });
      if (!fs.existsSync(link)) fs.symlinkSync(from.find((folder) => fs.existsSync(folder)) ?? "", link);
    }
  }

  it("packs the component's programs and types, and nothing that only this repository needs", () => {
    assert.deepEqual(folders(release.component), [
      ...["CHANGELOG.md", "LICENSE", "PulumiPlugin.yaml", "README.md", "bin/components", "bin/config.js", "bin/host"],
      ...["bin/index.d.ts", "bin/index.js", "bin/jobs", "bin/preflight", "bin/provider", "bin/shared", "package.json"],
      ...["provider/schema.json", "pulumi-resource-vcluster-environments"],
    ]);
    const files = contents(release.component);
    assert.deepEqual(
      files.filter((file) => /\.map$|[^d]\.ts$/.test(file)),
      [],
    );
    for (const file of ["bin/components/config/args.d.ts", "bin/components/config/schema.json"]) {
      assert.ok(files.includes(file), file);
    }
  });

  it("packs the policy pack with its profiles and the report for CI", () => {
    assert.deepEqual(folders(release.policy), [
      ...["LICENSE", "PulumiPolicy.yaml", "bin/policy", "bin/shared", "package.json"],
      ...["profiles/open.json", "profiles/recommended.json", "profiles/strict.json"],
    ]);
    const files = contents(release.policy);
    assert.ok(files.includes("bin/policy/scripts/report.js"));
    assert.ok(!files.some((file) => file.includes("/test/")));
  });

  it("has a template that compiles against the component", () => {
    const folder = project("team", release.component);
    fs.symlinkSync(path.join(modules, "@types"), path.join(folder, "node_modules/@types"));
    fs.cpSync(path.join(release.repository, "template"), folder, { recursive: true });
    execFileSync(path.join(modules, ".bin/tsc"), ["--project", folder], { stdio: "pipe" });
    assert.deepEqual(fs.readdirSync(path.join(folder, "packages")).sort(), [
      path.basename(release.component),
      path.basename(release.policy),
    ]);
  });

  it("has a component that a program in TypeScript compiles and runs with", () => {
    const folder = project("program", release.component);
    fs.symlinkSync(path.join(modules, "@types"), path.join(folder, "node_modules/@types"));
    fs.writeFileSync(path.join(folder, "index.ts"), PROGRAM);
    const options = ["--strict", "--skipLibCheck", "--types", "node", "--module", "nodenext", "--target", "es2022"];
    execFileSync(path.join(modules, ".bin/tsc"), [...options, "index.ts"], { cwd: folder, stdio: "pipe" });
    const types = JSON.parse(
      execFileSync(process.execPath, ["-e", UNDER_MOCKS], { cwd: folder, encoding: "utf8" }),
    ) as string[];
    assert.ok(types.includes("vcluster-environments:index:Environment"));
    assert.ok(types.includes("kubernetes:helm.sh/v3:Release"));
    assert.ok(types.includes("command:local:Command")); // its text is a bundled job
  });

  it("has a repository that Pulumi can start as a plugin, with and without a language host", async () => {
    const folder = path.join(directory, "plugin");
    fs.cpSync(release.repository, folder, { recursive: true });
    linkDependencies(folder, path.join(folder, "node_modules"));
    const yaml = fs.readFileSync(path.join(folder, "PulumiPlugin.yaml"), "utf8");
    assert.deepEqual(load(yaml), { runtime: "nodejs" });
    const runner = path.join(folder, "node_modules/@pulumi/pulumi/cmd/run-plugin");
    assert.match(await firstLine(process.execPath, [runner, folder, engine]), /^\d+$/);
    assert.match(
      await firstLine(path.join(folder, "pulumi-resource-vcluster-environments"), [engine]),
      /^\d+$/,
      "the run bit is lost, or the main file is missing",
    );
  });

  it("installs a plugin from Git with the versions that are tested, without development dependencies", () => {
    const packages = (folder: string) => {
      const lock = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8")) as {
        packages: Record<string, { version: string }>;
      };
      return Object.entries(lock.packages).filter(([name]) => name !== "");
    };
    const tested = new Map(packages(checkoutDir).map(([name, { version }]) => [name, version]));
    const locked = packages(release.repository);
    assert.ok(locked.length > 50);
    for (const [name, { version }] of locked) assert.equal(version, tested.get(name), name);
    assert.deepEqual(
      locked.filter(([name]) => /node_modules\/(mocha|typescript|eslint)$/.test(name)),
      [],
    );
  });

  it("has a policy pack that starts where npm installs it", async () => {
    const folder = project("policies", release.component, release.policy);
    const pack = path.join(folder, "node_modules/vcluster-environments-policy");
    const runner = path.join(folder, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    assert.match(await firstLine(process.execPath, [runner, engine, pack], pack), /^\d+$/);
  });
});

describe("the template", () => {
  const read = (...file: string[]) => fs.readFileSync(path.join(checkoutDir, ...file), "utf8");

  it("pins the versions of this repository", () => {
    const versions = (file: string) => {
      const { dependencies, devDependencies } = JSON.parse(read(file)) as Record<string, Record<string, string>>;
      return { ...dependencies, ...devDependencies };
    };
    const own = versions("package.json");
    const template = Object.entries(versions("template/package.json"));
    const others = template.filter(([name]) => !name.startsWith("vcluster-environments"));
    assert.deepEqual(
      others.map(([name]) => [name, own[name]]),
      others,
    );
  });

  for (const stack of ["dev", "staging"]) {
    it(`gives ${stack} what the committed stack has, which keeps the original's chart`, () => {
      const config = (text: string) => {
        const { config } = load(text) as { config: Record<string, unknown> };
        return new Map(Object.entries(config).map(([key, value]) => [key.split(":").at(-1), value]));
      };
      const file = `Pulumi.${stack}.yaml`;
      const committed = config(read(file));
      assert.deepEqual(committed.get("chart"), { version: "0.26.0" });
      committed.delete("chart");
      assert.deepEqual(config(read("template", file)), committed);
    });
  }

  it("sets what this repository's project sets by itself", () => {
    const config = (text: string) => (load(text) as { config: Record<string, { value?: string }> }).config;
    const set = (text: string) => Object.entries(config(text)).filter(([, { value }]) => value !== undefined);
    assert.deepEqual(set(read("template/Pulumi.yaml")), set(read("Pulumi.yaml")));
    const options = (text: string) => (load(text) as { options: object }).options;
    assert.deepEqual(options(read("template/Pulumi.yaml")), options(read("Pulumi.yaml")));
  });
});
