import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:https";
import * as net from "node:net";

import { INTERPRETER, program } from "../../../components/program";
import { Authority, type Pair } from "../../support/certificates";

/** The text that ships, run the way the command plugin runs it. */
async function wait(host: string, port: number, authority: string, timeoutSeconds = 1) {
  const input = { host, port, authority: Buffer.from(authority).toString("base64"), timeoutSeconds };
  const [command = "", ...args] = INTERPRETER;
  const child = spawn(command, [...args, "wait"], { stdio: "pipe" });
  child.stdin.end(program("readiness", input));
  const [stdout, stderr] = [gather(child, "stdout"), gather(child, "stderr")];
  const status = await new Promise((resolve) => child.once("close", resolve));
  return { status, stdout: await stdout, stderr: await stderr };
}

async function gather(child: ChildProcess, stream: "stdout" | "stderr"): Promise<string> {
  let text = "";
  for await (const chunk of child[stream] ?? []) text += String(chunk);
  return text;
}

describe("the readiness check", function () {
  this.timeout(20_000);
  const servers: net.Server[] = [];
  let authority: Authority;
  let own: Pair;

  before(async () => {
    authority = await Authority.create();
    own = await authority.issue({ commonName: "kube-apiserver", names: ["localhost"] });
  });
  after(() => {
    for (const server of servers) server.close();
  });

  /** A TLS server on a free port of loopback; `answers` are the statuses of /readyz, the last one for ever. */
  async function serve({ key, certificate }: Pair, answers = [200]): Promise<number> {
    const left = [...answers];
    const server = createServer({ key, cert: certificate }, (request, response) => {
      const status = request.url === "/readyz" ? (left.length > 1 ? left.shift() : left[0]) : 404;
      response.writeHead(status ?? 500, { connection: "close" }).end(status === 200 ? "ok" : "[-]etcd failed");
    });
    return listen(server);
  }

  async function listen(server: net.Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  it("ends at once when all is well", async () => {
    const port = await serve(own);
    const { status, stdout, stderr } = await wait("localhost", port, authority.certificate, 60);
    assert.deepEqual(
      { status, stdout, stderr },
      {
        status: 0,
        stdout: `https://localhost:${port} is ready and has the virtual cluster's own certificate\n`,
        stderr: "",
      },
    );
  });

  it("waits until the API is ready, and says once what it waits for", async () => {
    const port = await serve(own, [503, 503, 200]);
    const { status, stderr } = await wait("localhost", port, authority.certificate, 60);
    assert.equal(status, 0);
    assert.equal(stderr, `waiting for https://localhost:${port}: The API answers /readyz with 503: [-]etcd failed\n`);
  });

  /** Each link, how it is broken, and what must be said. */
  const broken: Record<string, { break: () => Promise<{ host?: string; port: number }>; says: RegExp[] }> = {
    DNS: {
      break: () => Promise.resolve({ host: "dev-vcluster.invalid", port: 443 }),
      says: [/dev-vcluster\.invalid has no address \(E\w+\)/, /DNS or in \/etc\/hosts/],
    },
    port: {
      break: async () => {
        const port = await listen(net.createServer());
        await new Promise((resolve) => servers.pop()?.close(resolve));
        return { port };
      },
      says: [/cannot be reached \(ECONNREFUSED\)/, /start the ingress controller/],
    },
    TLS: {
      break: async () => ({ port: await listen(net.createServer((socket) => socket.end("HTTP/1.1 400\r\n\r\n"))) }),
      says: [/does not answer on port \d+ as a TLS server should/],
    },
    passthrough: {
      break: async () => {
        const other = await Authority.create("TRAEFIK DEFAULT CERT");
        return { port: await serve(await other.issue({ commonName: "default", names: ["localhost"] })) };
      },
      says: [
        /for "default", issued by "TRAEFIK DEFAULT CERT", and not by the virtual cluster/,
        /--enable-ssl-passthrough/,
      ],
    },
    certificate: {
      break: async () => ({
        port: await serve(await authority.issue({ commonName: "kube-apiserver", names: ["elsewhere.example.org"] })),
      }),
      says: [/does not have this name/, /extraSANs/],
    },
    "certificate ": {
      break: async () => ({
        port: await serve(await authority.issue({ commonName: "kube-apiserver", names: ["localhost"], days: -1 })),
      }),
      says: [/not valid now \(CERT_HAS_EXPIRED\)/],
    },
    API: {
      break: async () => ({ port: await serve(own, [503]) }),
      says: [/answers \/readyz with 503: \[-\]etcd failed/, /log of the control plane/],
    },
  };
  for (const [link, { break: broke, says }] of Object.entries(broken)) {
    it(`names the broken link: ${link}`, async () => {
      const { host = "localhost", port } = await broke();
      const { status, stderr } = await wait(host, port, authority.certificate);
      assert.equal(status, 1, stderr);
      const last = stderr.slice(stderr.indexOf(`https://${host}:${port} was not ready within 1 s.`));
      assert.match(last, new RegExp(`^.*\nBroken link: ${link.trim()}\\. .+\nFix: .+\\.\n$`), stderr);
      for (const words of says) assert.match(last, words);
    });
  }
});
