import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Starts a plugin as the engine does, and gives the first line that it prints once that can be connected to. */
export async function firstLine(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
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
