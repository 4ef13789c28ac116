import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { packaged } from "../support/chart-repository";
import { succeeded } from "../support/exec";
import { Stack } from "../support/pulumi";

/** Previews alone: nothing is made on the host. */
describe("the schema of a chart from a repository", function () {
  this.timeout(120_000);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-chart-schema-"));
  let repository: http.Server;
  let stack: Stack;
  let config: Record<string, unknown>;

  before(async () => {
    const { chart, ...overlay } = JSON.parse(
      fs.readFileSync(process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] ?? "", "utf8"),
    ) as { chart: { path: string } };
    const file = path.join(scratch, "overlay.json");
    fs.writeFileSync(file, JSON.stringify(overlay));
    const files = await packaged([chart.path]);
    repository = http.createServer(({ url = "" }, response) => {
      const content = files[url.slice(1)];
      response.writeHead(content === undefined ? 404 : 200).end(Buffer.from(content ?? "", "base64"));
    });
    await new Promise<void>((resolve) => repository.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(repository.address() as AddressInfo).port}`;
    config = { domain: "cnoe.localtest.me", argocd: { register: false }, chart: { repository: url } };
    const env = { ...process.env, VCLUSTER_ENVIRONMENTS_OVERLAY: file, HELM_CACHE_HOME: path.join(scratch, "helm") };
    stack = await Stack.open("e2e-chart-schema", { config, env });
  });
  after(() => {
    repository.close();
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  it("is looked at from the second preview on, with every finding at once", async () => {
    succeeded(await stack.operate("preview"));
    stack.configure({ ...config, values: { sync: { toHost: { ingreses: { enabled: true } } }, telemetry: "off" } });
    const { exitCode, output } = await stack.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /2 problems in the configuration of environment "e2e-chart-schema"; nothing was changed/);
    assert.match(output, /values\.sync\.toHost\.ingreses: the chart has no such value.*did you mean "ingresses"\?/);
    assert.match(output, /values\.telemetry: .*Allowed: a map/);
  });
});
