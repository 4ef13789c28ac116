import * as assert from "node:assert/strict";
import * as path from "node:path";

import { checkoutDir } from "../../../shared/checkout";
import { firstLine } from "../../support/first-line";

const folder = path.join(checkoutDir, "provider");
const engine = "127.0.0.1:1";

describe("provider start", function () {
  this.timeout(60_000); // one of the ways loads TypeScript, on a busy machine

  it("serves with its own executable", async () => {
    assert.match(await firstLine(path.join(folder, "pulumi-resource-vcluster-environments"), [engine]), /^\d+$/);
  });

  it("serves with PulumiPlugin.yaml, as the Node.js language host starts it", async () => {
    const runner = path.join(checkoutDir, "node_modules/@pulumi/pulumi/cmd/run-plugin");
    assert.match(await firstLine(process.execPath, [runner, folder, engine]), /^\d+$/);
  });
});
