import * as assert from "node:assert/strict";
import { createServer } from "node:https";
import * as net from "node:net";

import { API_CHECKS, type ApiCode, type ReadinessInput, waitForApi } from "../../../../components/jobs/api-readiness";
import { program } from "../../../../components/jobs/job";
import { codedMessage } from "../../../../shared/coded";
import { Authority, type Pair } from "../../../support/certificates";
import { runShipped } from "../../../support/jobs";
import { base64 } from "../../../../shared/base64";
import { listen, trickle } from "../../../support/servers";

/** Status and body for a path and the Authorization header. */
type Answer = (path: string, authorization?: string) => [number, string];

interface Options extends Pick<Partial<ReadinessInput>, "timeoutSeconds" | "client"> {
  readonly shipped?: boolean;
  readonly attempt?: number;
}

/** Runs the job in this process with short pauses, or its text as the command provider does. */
async function wait(host: string, port: number, authority: string, options: Options = {}) {
  const { timeoutSeconds = 0.3, client, shipped = false, attempt = 5_000 } = options;
  const input = {
    host,
    port,
    caCertificate: base64(authority),
    timeoutSeconds,
    route: 'dev-vcluster/dev-vcluster-ingress of class "nginx"',
    pod: "-n dev-vcluster vcluster-dev-helm-0",
    ...(client && { client }),
  };
  if (shipped) return runShipped(program("api-readiness", input), "wait-for-api");
  let stderr = "";
  const log = (line: string) => (stderr += `${line}\n`);
  try {
    return { status: 0, stdout: `${await waitForApi(input, log, { attempt, pause: 20 })}\n`, stderr };
  } catch (error) {
    log(codedMessage(error));
    return { status: 1, stdout: "", stderr };
  }
}

describe("api-readiness job", function () {
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
  async function serve({ key, certificate }: Pair, answers = [200], other: Answer = () => [404, ""]): Promise<number> {
    const left = [...answers];
    const server = createServer({ key, cert: certificate }, (request, response) => {
      if (request.url !== "/readyz") {
        const [status, body] = other(request.url ?? "", request.headers.authorization);
        response.writeHead(status, { connection: "close" }).end(body);
        return;
      }
      const status = left.length > 1 ? left.shift() : left[0];
      response.writeHead(status ?? 500, { connection: "close" }).end(status === 200 ? "ok" : "[-]etcd failed");
    });
    return started(server);
  }

  function started(server: net.Server): Promise<number> {
    servers.push(server);
    return listen(server);
  }

  it("succeeds immediately if all checks pass", async () => {
    const port = await serve(own);
    const { status, stdout, stderr } = await wait("localhost", port, authority.certificate, {
      timeoutSeconds: 60,
      shipped: true,
    });
    assert.deepEqual(
      { status, stdout, stderr },
      {
        status: 0,
        stdout: `https://localhost:${port} is ready and serves the virtual cluster's certificate\n`,
        stderr: "",
      },
    );
  });

  it("waits until the API is ready, and prints once what it waits for", async () => {
    const port = await serve(own, [503, 503, 200]);
    const { status, stderr } = await wait("localhost", port, authority.certificate, { timeoutSeconds: 60 });
    assert.equal(status, 0);
    assert.equal(
      stderr,
      `waiting for https://localhost:${port}: The API server returned 503 for /readyz: [-]etcd failed\n`,
    );
  });

  /** Each link, how it is broken, and what must be said. */
  const broken: Record<string, { break: () => Promise<{ host?: string; port: number }>; says: RegExp[] }> = {
    DNS: {
      break: () => Promise.resolve({ host: "dev-vcluster.invalid", port: 443 }),
      says: [/dev-vcluster\.invalid does not resolve \(E\w+\)/, /DNS or in \/etc\/hosts/],
    },
    port: {
      break: async () => {
        const port = await started(net.createServer());
        await new Promise((resolve) => servers.pop()?.close(resolve));
        return { port };
      },
      says: [/is not reachable \(ECONNREFUSED\)/, /start the ingress controller/],
    },
    TLS: {
      break: async () => ({ port: await started(net.createServer((socket) => socket.end("HTTP/1.1 400\r\n\r\n"))) }),
      says: [/does not complete a TLS handshake on port \d+/],
    },
    passthrough: {
      break: async () => {
        const other = await Authority.create("TRAEFIK DEFAULT CERT");
        const pair = await other.issue({ commonName: "default", names: ["localhost"] });
        return { port: await serve(pair, [200], () => [403, FORBIDDEN]) };
      },
      says: [
        /for "default", issued by "TRAEFIK DEFAULT CERT", not by the virtual cluster/,
        /it returned 403: namespaces is forbidden: User "x" cannot/,
        /\(Traefik: --providers\.kubernetesingressnginx .*; ingress-nginx: --enable-ssl-passthrough\) and for dev-vcluster\/dev-vcluster-ingress/,
      ],
    },
    "ingress class": {
      break: async () => {
        const other = await Authority.create("TRAEFIK DEFAULT CERT");
        const pair = await other.issue({ commonName: "default", names: ["localhost"] });
        return { port: await serve(pair, [200], () => [404, "404 page not found"]) };
      },
      says: [
        /no ingress controller serves dev-vcluster\/dev-vcluster-ingress of class "nginx" at this address/,
        /it returned 404: 404 page not found/,
        /kubectl get ingressclass/,
      ],
    },
    "API behind a controller that ends TLS": {
      break: async () => {
        const other = await Authority.create("Fake Certificate");
        const pair = await other.issue({ commonName: "default", names: ["localhost"] });
        return { port: await serve(pair, [200], () => [503, "no available server"]) };
      },
      says: [
        /dev-vcluster\/dev-vcluster-ingress .* has no ready pod; it returned 503: no available server/,
        /kubectl get pod -n dev-/,
      ],
    },
    "API that hangs up": {
      break: async () => ({ port: await started(net.createServer((socket) => socket.destroy())) }),
      says: [/accepts the connection, but no backend answers/, /kubectl get pod -n dev-vcluster vcluster-dev-he/],
    },
    certificate: {
      break: async () => ({
        port: await serve(await authority.issue({ commonName: "kube-apiserver", names: ["elsewhere.example.org"] })),
      }),
      says: [/lacks the name localhost/, /extraSANs/],
    },
    "certificate that has expired": {
      break: async () => ({
        port: await serve(await authority.issue({ commonName: "kube-apiserver", names: ["localhost"], days: -1 })),
      }),
      says: [/not valid now \(CERT_HAS_EXPIRED\)/],
    },
    API: {
      break: async () => ({ port: await serve(own, [503]) }),
      says: [/returned 503 for \/readyz: \[-\]etcd failed/, /kubectl logs -n dev-vcluster vcluster-dev-helm-0/],
    },
  };
  for (const [link, { break: broke, says }] of Object.entries(broken)) {
    it(`reports the failed check: ${link}`, async () => {
      const { host = "localhost", port } = await broke();
      const { status, stderr } = await wait(host, port, authority.certificate);
      assert.equal(status, 1, stderr);
      const last = stderr.slice(stderr.indexOf(`https://${host}:${port} was not ready within 0.3 s.`));
      const [name = ""] = /^(ingress class|\S+)/.exec(link) ?? [];
      const [, code = ""] =
        new RegExp(`^.*\nFailed check: ${name}\\. .+\nFix: .+\\. \\[([\\w-]+)\\]\n$`).exec(last) ?? [];
      // The code of the doctor's row, which may say more than the check.
      assert.equal(API_CHECKS[code as ApiCode], name, stderr);
      for (const words of says) assert.match(last, words);
    });
  }

  it("fails at its timeout with a slow server", async () => {
    const server = createServer({ key: own.key, cert: own.certificate }, (_, response) => {
      trickle(response.writeHead(200));
    });
    const port = await started(server);
    const start = Date.now();
    const { status, stderr } = await wait("localhost", port, authority.certificate, { attempt: 200 });
    assert.equal(status, 1);
    assert.match(stderr, /Failed check: API\. Port \d+ of localhost accepts the connection, but no backend answers/);
    assert.ok(Date.now() - start < 5_000);
  });

  describe("with a client's token", () => {
    const client = { name: "Argo CD", token: "the-token", host: "api.dev-vcluster.svc", reads: ["/api/v1/namespaces"] };

    async function check(other: Answer, names = ["localhost", client.host]) {
      const pair = await authority.issue({ commonName: "kube-apiserver", names });
      return wait("localhost", await serve(pair, [200], other), authority.certificate, { client });
    }

    it("succeeds immediately if the API accepts the token, which is never printed", async () => {
      const seen: string[] = [];
      const { status, stdout, stderr } = await check((path, authorization = "") => {
        seen.push(`${path} ${authorization}`);
        return [200, "{}"];
      });
      assert.equal(status, 0, stderr);
      assert.deepEqual(seen, ["/api/v1/namespaces Bearer the-token"]);
      assert.match(stdout, /is ready and accepts Argo CD's token\n$/);
      assert.ok(!(stdout + stderr).includes(client.token));
    });

    it("reports the certificate if it lacks the in-cluster name, without sending the token", async () => {
      let asked = false;
      const answer: Answer = () => ((asked = true), [200, "{}"]);
      const { status, stderr } = await check(answer, ["localhost"]);
      assert.equal(status, 1);
      assert.match(stderr, /Failed check: certificate\. .* lacks the name api\.dev-vcluster\.svc/);
      assert.equal(asked, false);
    });

    it("reports RBAC, with the API's message, if the account has no read access", async () => {
      const { status, stderr } = await check(() => [403, FORBIDDEN]);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /Failed check: RBAC\. The API server rejected Argo CD with 403: namespaces is forbidden: User "x"/,
      );
      assert.match(stderr, /Fix: its account lost its role/);
      assert.ok(!stderr.includes(client.token));
    });

    it("reports RBAC if the token was revoked", async () => {
      const { stderr } = await check(() => [401, JSON.stringify({ kind: "Status", message: "Unauthorized" })]);
      assert.match(
        stderr,
        /Failed check: RBAC\. The API server rejected Argo CD with 401: Unauthorized\.\nFix: its token was [^\n]*; `pulumi up` recreates both/,
      );
    });
  });
});

const FORBIDDEN = JSON.stringify({ kind: "Status", message: 'namespaces is forbidden: User "x" cannot list' });
