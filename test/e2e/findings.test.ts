import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";

import { syncedName } from "../../components/names";
import { Cluster } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { listObjects } from "../../testing/objects";
import { Stack } from "../../testing/pulumi";
import { packaged } from "../support/chart-repository";
import { namesOf } from "../support/environments";
import { domain } from "../../local/settings";
import { listen } from "../support/servers";

/** Nothing of it is ever made on the host. */
const name = "e2e-findings";

describe("problems before anything is changed", function () {
  this.timeout(120_000);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  /** A release called as this Application has a synced name of more than 63 characters. */
  const application = "an-application-with-a-name-of-some-length";
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
    const url = `http://127.0.0.1:${await listen(repository)}`;
    const applications = { [application]: { repository: "https://git.example.org/web.git", namespace: "web" } };
    config = { domain, chart: { repository: url }, applications };
    const env = { ...process.env, VCLUSTER_ENVIRONMENTS_OVERLAY: file, HELM_CACHE_HOME: path.join(scratch, "helm") };
    stack = await Stack.open(name, { config, env });
  });
  after(() => {
    repository.close();
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  it("are reported all at once, in `up` too, which creates nothing", async () => {
    const wrong = { environment: "Wrong", extraSans: ["https://x"], sync: { secrets: { "a/*": "b/*", "c/*": "b/*" } } };
    stack.configure({ ...config, ...wrong, chrt: {} });
    const { exitCode, output } = await stack.operate("up", ["--skip-preview"]);
    assert.notEqual(exitCode, 0);
    assert.match(output, /4 problems in the configuration of environment "Wrong"; nothing was changed/);
    for (const key of ["chrt", "environment", 'sync.secrets["c/*"]', "extraSans[0]"]) {
      assert.ok(output.includes(`  - ${key}: `), `${key} in\n${output}`);
    }
    const { stdout } = succeeded(await stack.run(["stack", "export", "--stack", name]));
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string }[] } };
    const made = (deployment.resources ?? []).map(({ type }) => type);
    assert.deepEqual(
      made.filter((type) => !type.startsWith("pulumi:")),
      [],
    );
    const objects = [...(await listObjects(Cluster.host())).keys()];
    assert.deepEqual(
      objects.filter((object) => object.includes(name) || object.includes("Wrong")),
      [],
    );
  });

  it("include shortened names", async () => {
    stack.configure(config);
    const { output } = succeeded(await stack.operate("preview"));
    const inside = `${application}-${name}`;
    assert.ok(output.includes(`web/${inside} -> ${syncedName(inside, "web", namesOf(name).release)} (`), output);
  });

  it("include those of the chart's schema, after the first preview", async () => {
    stack.configure({ ...config, values: { sync: { toHost: { ingreses: { enabled: true } } }, telemetry: "off" } });
    const { exitCode, output } = await stack.operate("preview");
    assert.notEqual(exitCode, 0);
    assert.match(output, /2 problems in the configuration of environment "e2e-findings"; nothing was changed/);
    assert.match(output, /values\.sync\.toHost\.ingreses: .*did you mean "ingresses"\? \[unknown-value\]/);
    assert.match(output, /values\.telemetry: .*Allowed: an object.*\[value-type\]/);
  });
});
