import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { holds } from "../support/canary";
import { environment, type Environment } from "../support/environments";
import { succeeded } from "../support/exec";

describe("the secrets of an environment", function () {
  this.timeout(180_000);
  let dev: Environment;
  /** Lines from the middle of what the kubeconfig authenticates with; never printed. */
  let canaries: string[];

  before(async () => {
    dev = await environment("dev");
    canaries = credentials(dev.kubeconfig);
  });

  it("are found by the search of these tests where they are shown on purpose", async () => {
    assert.ok(canaries.length > 0, "the output kubeconfig holds neither a client key nor a token");
    const shown = succeeded(
      await dev.stack.run(["stack", "output", "kubeconfig", "--show-secrets", "--stack", "dev"]),
    ).stdout;
    const wrapped = Buffer.from(`x${shown}`).toString("base64");
    for (const canary of canaries) {
      assert.ok(holds(shown, canary) && holds(wrapped, canary), "the search does not find what is there");
    }
  });

  it("the kubeconfig is [secret] in pulumi stack output", async () => {
    const plain = succeeded(await dev.stack.run(["stack", "output", "--stack", "dev"])).stdout;
    assert.match(plain, /^\s*kubeconfig\s+\[secret\]\s*$/m);
    const json = succeeded(await dev.stack.run(["stack", "output", "--json", "--stack", "dev"])).stdout;
    assert.equal((JSON.parse(json) as Record<string, unknown>)["kubeconfig"], "[secret]");
  });

  const commands = {
    "pulumi stack export": ["stack", "export", "--stack", "dev"],
    "pulumi stack output": ["stack", "output", "--stack", "dev"],
    "pulumi stack history": ["stack", "history", "--full-dates", "--stack", "dev"],
  };
  for (const [title, args] of Object.entries(commands)) {
    it(`are not in plain in ${title}`, async () => {
      const { output } = succeeded(await dev.stack.run(args));
      assert.ok(output.length > 0);
      assert.ok(!canaries.some((canary) => holds(output, canary)), "a credential is there, raw or in base64");
    });
  }

  for (const operation of ["preview", "up"] as const) {
    it(`are not in plain in what pulumi ${operation} --diff prints`, async () => {
      const { output } = succeeded(await dev.stack.operate(operation, ["--diff"]));
      assert.ok(!canaries.some((canary) => holds(output, canary)), "a credential is there, raw or in base64");
    });
  }
});

function credentials(kubeconfig: string): string[] {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const user = config.getCurrentUser();
  const found: string[] = [];
  if (user?.keyData) {
    const lines = Buffer.from(user.keyData, "base64").toString().trim().split("\n");
    const middle = lines[Math.floor(lines.length / 2)] ?? "";
    assert.ok(middle.length >= 32, "the client key is no PEM text of several lines");
    found.push(middle);
  }
  if (user?.token) found.push(user.token.slice(-40));
  return found;
}
