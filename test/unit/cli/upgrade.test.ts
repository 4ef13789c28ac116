import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";

import { describePlan, planUpgrade } from "../../../cli/commands/upgrade";
import { environmentNames } from "../../../components/names";
import { checkoutDir } from "../../../shared/checkout";
import { readOrEmpty } from "../../../shared/processes";
import { listen } from "../../support/servers";

describe("plan of an upgrade", () => {
  const CASES: [title: string, situation: Parameters<typeof planUpgrade>[0], to: string | null, remaining: number][] = [
    ["one minor version, in its newest release", { running: "0.26.0" }, "0.27.3", 10],
    ["the next one of a release between", { running: "0.30.0", configured: "0.30.0" }, "0.31.3", 6],
    ["the newest release of the last version", { running: "0.37.0-rc.1" }, null, 0],
    ["nothing after the last one", { running: "0.37.0" }, null, 0],
    ["nothing after one that is newer than the table", { running: "0.99.0" }, null, 0],
    ["what is configured and does not run yet", { running: "0.26.0", configured: "0.28.2" }, "0.28.2", 9],
    ["what was asked for", { running: "0.26.0", wanted: "0.36.1" }, "0.36.1", 1],
    ["from the configuration where nothing runs", { configured: "0.36.1" }, "0.37.0", 0],
    ["from the default where nothing is known", {}, "0.27.3", 10],
    ["what the host has", { running: "0.26.0", available: ["0.26.0", "0.30.0", "0.34.0"] }, "0.30.0", 1],
    [
      "a patch release where the host has no other",
      { running: "0.36.0", available: ["0.36.0", "0.36.1"] },
      "0.36.1",
      0,
    ],
    ["nothing where the host has nothing newer", { running: "0.26.0", available: ["0.26.0"] }, null, 0],
  ];
  for (const [title, situation, to, remaining] of CASES) {
    it(`leads to ${title}`, () => {
      const plan = planUpgrade(situation);
      assert.deepEqual([plan.to, plan.remaining.length], [to, remaining]);
    });
  }

  it("names Kubernetes, the end of life and what the release brings", () => {
    const plan = planUpgrade({ running: "0.29.3", runningKubernetes: "1.33" });
    assert.deepEqual(plan.kubernetes, { from: "1.33", to: "1.34" });
    const lines = describePlan("dev", plan).split("\n");
    assert.match(
      lines[0] ?? "",
      /^Environment dev: chart 0\.29\.3 to 0\.30\.5 \(no security fixes since 2026-04-28\)\.$/,
    );
    assert.equal(lines[1], "Kubernetes inside goes from 1.33 to 1.34.");
    assert.match(lines[2] ?? "", /^- .*EndpointSlices/);
    const pinned = planUpgrade({ running: "0.26.0", kubernetesVersion: "v1.34.4", runningKubernetes: "1.34" });
    assert.match(describePlan("dev", pinned), /Kubernetes inside stays 1\.34\./);
    assert.match(describePlan("dev", planUpgrade({ running: "0.99.0" })), /no newer one here/);
  });
});

describe("make upgrade", function () {
  this.timeout(60_000);
  const STACK = "unit-upgrade";
  const file = path.join(checkoutDir, `Pulumi.${STACK}.yaml`);
  const names = environmentNames(STACK, "example.org");
  const CONTENT = "config:\n  # why this one\n  vcluster-environments:chart:\n    version: 0.26.0\n";
  /** A pod, and a StatefulSet. */
  const ready = {
    metadata: { name: "p" },
    status: { readyReplicas: 1, conditions: [{ type: "Ready", status: "True" }] },
  };
  let directory: string;
  let server: Server;

  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "upgrade-"));
    server = createServer((request, response) => {
      if (request.url === `/api/v1/namespaces/${names.namespace}`) {
        response.end(JSON.stringify({ metadata: { uid: "own" } }));
        return;
      }
      const isSet = request.url?.endsWith(`/statefulsets/${names.release}`);
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify(
          isSet ? { metadata: { labels: { chart: "vcluster-0.26.0" } } } : { items: [ready], metadata: {} },
        ),
      );
    });
    const port = await listen(server);
    const kubeconfig = {
      clusters: [{ name: "host", cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: "context", context: { cluster: "host" } }],
      "current-context": "context",
    };
    fs.writeFileSync(path.join(directory, "kubeconfig"), JSON.stringify(kubeconfig));
    const config = {
      "vcluster-environments:domain": { value: "example.org" },
      "vcluster-environments:chart": { value: '{"version":"0.26.0"}' },
      "vcluster-environments:readiness": { value: '{"enabled":false}' },
    };
    const outputs = { namespace: names.namespace, apiUrl: names.apiUrl, kubeconfig: "{}" };
    fs.writeFileSync(path.join(directory, "config"), JSON.stringify(config));
    fs.writeFileSync(path.join(directory, "outputs"), JSON.stringify(outputs));
    const namespace = {
      type: "kubernetes:core/v1:Namespace",
      id: names.namespace,
      outputs: { metadata: { uid: "own" } },
    };
    fs.writeFileSync(path.join(directory, "state"), JSON.stringify({ deployment: { resources: [namespace] } }));
    // Pulumi keeps comments; a file `refuse-<command>` makes that command fail.
    const pulumi = `#!/bin/sh
cd '${directory}' && echo "$*" >>calls
case "$1 $2" in
  "config --json") cat config ;;
  "stack output") cat outputs ;;
  "stack export") cat state ;;
  "config set") sed -i "s/version: .*/version: $5/" '${file}' ;;
esac
[ ! -e "refuse-$1" ]
`;
    fs.writeFileSync(path.join(directory, "pulumi"), pulumi, { mode: 0o755 });
  });
  beforeEach(() => {
    // Of the local host that these tests may run beside.
    Reflect.deleteProperty(process.env, "VCLUSTER_ENVIRONMENTS_OVERLAY");
    fs.writeFileSync(file, CONTENT);
  });
  afterEach(() => {
    for (const name of ["calls", "refuse-preview", "refuse-up"]) fs.rmSync(path.join(directory, name), { force: true });
  });
  after(() => {
    server.close();
    fs.rmSync(file, { force: true });
    fs.rmSync(directory, { recursive: true });
  });

  async function run(...args: string[]) {
    const child = spawn(
      process.execPath,
      [path.join(checkoutDir, "bin", "cli", "main.js"), "upgrade", STACK, ...args],
      {
        env: {
          PATH: `${directory}:/usr/bin:/bin`,
          KUBECONFIG: path.join(directory, "kubeconfig"),
          XDG_CACHE_HOME: directory,
          VCLUSTER_ENVIRONMENTS_OVERLAY: process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"],
        },
      },
    );
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once("close", resolve)),
    ]);
    const calls = readOrEmpty(path.join(directory, "calls")).split("\n");
    const changing = calls.map((call) => call.split(" ")[0]).filter((word) => word === "preview" || word === "up");
    return { status, stdout, stderr, changing, content: fs.readFileSync(file, "utf8") };
  }
  const refuse = (command: string) => {
    fs.writeFileSync(path.join(directory, `refuse-${command}`), "");
  };

  it("sets the next release in the stack's file, previews and applies it", async () => {
    const { status, stdout, stderr, changing, content } = await run();
    assert.equal(status, 0, stderr);
    assert.deepEqual(changing, ["preview", "up"]);
    assert.equal(content, CONTENT.replace("0.26.0", "0.27.3"));
    assert.match(
      stdout,
      /chart 0\.26\.0 to 0\.27\.3[^]*runs chart 0\.27\.3, as far as was looked: .* not tried\. Commit .*The next step is 0\.28\.2\./,
    );
  });

  it("leaves the file as it was where the preview refuses", async () => {
    refuse("preview");
    const { status, stderr, changing, content } = await run("0.36.1");
    assert.deepEqual([status, changing, content], [1, ["preview"], CONTENT]);
    assert.match(stderr, /preview of 0\.36\.1 failed.*nothing was changed/);
  });

  it("names the way back where it fails, and keeps the file", async () => {
    refuse("up");
    const { status, stderr, content } = await run();
    assert.equal(status, 1);
    assert.equal(content, CONTENT.replace("0.26.0", "0.27.3"));
    assert.match(stderr, /pulumi config set --path chart\.version 0\.26\.0 --stack unit-upgrade/);
  });

  it("prints the plan as JSON, and changes nothing", async () => {
    const { status, stdout, changing, content } = await run("--json");
    assert.deepEqual([status, changing, content], [0, [], CONTENT]);
    const plan = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [plan["stack"], plan["environment"], plan["from"], plan["to"], plan["kubernetes"]],
      [STACK, STACK, "0.26.0", "0.27.3", { from: "1.32", to: "1.33" }],
    );
  });

  it("leads to what the local host has, where it has charts of its own", async () => {
    const overlay = path.join(directory, "overlay.json");
    const chart = path.join(directory, "chart", "vcluster");
    fs.writeFileSync(overlay, JSON.stringify({ chart: { path: chart }, kubernetesVersion: "v1.34.4" }));
    for (const version of ["0.34.0", "0.30.0"]) fs.mkdirSync(`${chart}-${version}`, { recursive: true });
    process.env["VCLUSTER_ENVIRONMENTS_OVERLAY"] = overlay;
    try {
      const { status, stdout } = await run("--json");
      const { to, remaining, kubernetes } = JSON.parse(stdout) as Record<string, unknown>;
      assert.deepEqual([status, to, remaining, kubernetes], [0, "0.30.0", ["0.34.0"], { from: "1.34", to: "1.34" }]);
    } finally {
      Reflect.deleteProperty(process.env, "VCLUSTER_ENVIRONMENTS_OVERLAY");
    }
  });

  it("takes exact versions only", async () => {
    const { status, stderr, changing, content } = await run("0.30");
    assert.deepEqual([status, changing, content], [1, [], CONTENT]);
    assert.match(stderr, /^0\.30 is not an exact version/);
  });
});
