import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { Stack } from "../../testing/pulumi";

/** The time within which a person is told what is wrong. */
const limitMs = 30_000;

describe("a host that cannot be used", function () {
  this.timeout(120_000);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-host-errors-"));
  const silent = net.createServer(); // takes connections and never answers
  const sockets = new Set<net.Socket>();
  let silentUrl: string;

  before(async () => {
    silent.on("connection", (socket) => {
      sockets.add(socket.on("error", () => undefined));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    silentUrl = `https://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  /** Each case: how KUBECONFIG is set up, and what the message must say about the problem and about the remedy. */
  const cases: { title: string; config: () => object | undefined; flags?: string[]; says: () => string[] }[] = [
    {
      title: "nothing listens at its address",
      config: () => kubeconfig("https://127.0.0.1:1"),
      says: () => [
        'The host cluster at https://127.0.0.1:1 (context "only-context" of KUBECONFIG (',
        "cannot be used: the connection was refused. Fix: ",
        "`pulumi config set kubernetes:context <name>`",
      ],
    },
    {
      title: "its address takes connections but never answers",
      config: () => kubeconfig(silentUrl),
      says: () => [
        `The host cluster at ${silentUrl} (context "only-context" of KUBECONFIG (`,
        "cannot be used: it did not answer within 10 s. Fix: ",
        "`pulumi config set kubernetes:context <name>`",
      ],
    },
    {
      title: "the configured context does not exist",
      config: () => kubeconfig("https://127.0.0.1:1"),
      flags: ["--config", "kubernetes:context=no-such-context"],
      says: () => [
        'No host cluster: there is no context "no-such-context" in KUBECONFIG (',
        'Contexts there: "only-context". Fix: `pulumi config set kubernetes:context <name>`',
      ],
    },
    {
      title: "no cluster is configured at all",
      config: () => undefined,
      says: () => [
        "No host cluster is configured: KUBECONFIG (",
        "has no kubeconfig. Fix: set KUBECONFIG, or one of `pulumi config set kubernetes:kubeconfig <path>`",
      ],
    },
  ];

  for (const { title, config, flags = [], says } of cases) {
    for (const operation of ["preview", "up"] as const) {
      it(`pulumi ${operation} says so when ${title}`, async () => {
        const stack = await stackWith(directory, config());
        const result = await stack.operate(operation, flags, 2 * limitMs);
        assert.notEqual(result.exitCode, 0, result.output);
        for (const expected of says()) assert.ok(result.output.includes(expected), `${expected}\n${result.output}`);
        assert.ok(result.elapsedMs < limitMs, `it took ${result.elapsedMs} ms:\n${result.output}`);
      });
    }
  }
});

/**
 * A stack `dev` in a backend of its own, so that the real one's state is not touched, whose commands see the given
 * kubeconfig or, for `undefined`, none anywhere.
 */
async function stackWith(directory: string, config: object | undefined): Promise<Stack> {
  const own = fs.mkdtempSync(path.join(directory, "case-"));
  const file = path.join(own, "kubeconfig");
  const backend = path.join(own, "backend");
  fs.mkdirSync(backend);
  fs.writeFileSync(file, config ? JSON.stringify(config) : "");
  return Stack.open("dev", {
    env: {
      ...process.env,
      HOME: own,
      KUBECONFIG: file,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_HOME: process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"),
    },
  });
}

/** JSON is YAML, so this is a kubeconfig. */
function kubeconfig(server: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "only-cluster", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "only-user", user: {} }],
    contexts: [{ name: "only-context", context: { cluster: "only-cluster", user: "only-user" } }],
    "current-context": "only-context",
  };
}
