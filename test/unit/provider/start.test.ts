import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect } from "node:net";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { checkoutDir } from "../../../shared/checkout";

const folder = path.join(checkoutDir, "provider");

/** Starts the provider as the engine does, and gives the first line that it prints once that can be connected to. */
async function firstLine(command: string, ...args: string[]): Promise<string> {
  const child = spawn(command, [...args, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface(child.stdout)) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(Number(line), "127.0.0.1", () => {
          socket.destroy();
          resolve();
        }).once("error", reject);
      });
      return line;
    }
    return assert.fail("it printed nothing");
  } finally {
    child.kill("SIGKILL");
  }
}

describe("the start of the provider", function () {
  this.timeout(60_000); // one of the ways loads TypeScript, on a busy machine

  it("serves by its own program", async () => {
    assert.match(await firstLine(path.join(folder, "pulumi-resource-vcluster-environments")), /^\d+$/);
  });

  it("serves by PulumiPlugin.yaml, as the Node.js language host starts it", async () => {
    const runner = path.join(checkoutDir, "node_modules/@pulumi/pulumi/cmd/run-plugin");
    assert.match(await firstLine(process.execPath, runner, folder), /^\d+$/);
  });
});
