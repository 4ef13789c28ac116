import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { Stack } from "../../testing/pulumi";
import { listen } from "../support/servers";

/** The time within which a person is told what is wrong. */
const limitMs = 30_000;

describe("unusable host", function () {
  this.timeout(120_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-host-errors-"));
  const silent = net.createServer(); // takes connections and never answers
  const sockets = new Set<net.Socket>();
  let silentUrl: string;

  before(async () => {
    silent.on("connection", (socket) => {
      sockets.add(socket.on("error", () => undefined));
    });
    silentUrl = `https://127.0.0.1:${await listen(silent)}`;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const another = "start it, or choose another one by KUBECONFIG or `pulumi config set kubernetes:context <name>`.";
  const choose =
    "set KUBECONFIG, or one of `pulumi config set kubernetes:kubeconfig <path>` and `kubernetes:context <name>`.";
  const unusable = (server: string, file: string, problem: string) =>
    `The host cluster at ${server} (context "only-context" of KUBECONFIG (${file})) cannot be used: ${problem}. ` +
    `Fix: ${another}`;

  /** Each case: what KUBECONFIG holds, and the whole message, which nothing but this program prints. */
  const cases: {
    title: string;
    config: () => object | undefined;
    flags?: string[];
    message: (file: string) => string;
  }[] = [
    {
      title: "nothing listens at its address",
      config: () => kubeconfig("https://127.0.0.1:1"),
      message: (file) => unusable("https://127.0.0.1:1", file, "the connection was refused"),
    },
    {
      title: "its address takes connections but never answers",
      config: () => kubeconfig(silentUrl),
      message: (file) => unusable(silentUrl, file, "it did not answer within 10 s"),
    },
    {
      title: "the configured context does not exist",
      config: () => kubeconfig("https://127.0.0.1:1"),
      flags: ["--config", "kubernetes:context=no-such-context"],
      message: (file) =>
        `No host cluster: there is no context "no-such-context" in KUBECONFIG (${file}). Contexts there: ` +
        `"only-context". Fix: \`pulumi config set kubernetes:context <name>\`, or ${choose}`,
    },
    {
      title: "no cluster is configured at all",
      config: () => undefined,
      message: (file) => `No host cluster is configured: KUBECONFIG (${file}) has no kubeconfig. Fix: ${choose}`,
    },
  ];

  for (const { title, config, flags = [], message } of cases) {
    for (const operation of ["preview", "up"] as const) {
      it(`pulumi ${operation} reports that ${title}`, async () => {
        const { stack, file } = await stackWith(directory, config());
        const result = await stack.operate(operation, flags, 2 * limitMs);
        assert.notEqual(result.exitCode, 0, result.output);
        assert.ok(result.output.includes(message(file)), `${message(file)}\n${result.output}`);
        assert.ok(result.elapsedMs < limitMs, `it took ${result.elapsedMs} ms:\n${result.output}`);
      });
    }
  }
});

/**
 * A stack `dev` in a backend of its own, so that the real one's state is not touched, whose commands see the given
 * kubeconfig or, for `undefined`, none anywhere.
 */
async function stackWith(directory: string, config: object | undefined): Promise<{ stack: Stack; file: string }> {
  const own = fs.mkdtempSync(path.join(directory, "case-"));
  const file = path.join(own, "kubeconfig");
  const backend = path.join(own, "backend");
  fs.mkdirSync(backend);
  fs.writeFileSync(file, config ? JSON.stringify(config) : "");
  const env = {
    ...process.env,
    HOME: own,
    KUBECONFIG: file,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_HOME: process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"),
  };
  return { stack: await Stack.open("dev", { env }), file };
}

/** JSON is YAML, so this is a kubeconfig. */
function kubeconfig(server: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "only-cluster", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "only-user", user: { token: "none" } }],
    contexts: [{ name: "only-context", context: { cluster: "only-cluster", user: "only-user" } }],
    "current-context": "only-context",
  };
}
