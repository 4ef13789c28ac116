import { readFileSync } from "node:fs";
import type * as http from "node:http";
import * as https from "node:https";
import { pipeline } from "node:stream";

import { KubeConfig } from "@kubernetes/client-node";

import { Authority } from "./certificates";
import { listen, trickle } from "./servers";

/**
 * What a {@link FaultyHost} does with a request: passes it on; takes it and never answers; answers with a byte now and then;
 * answers that it is the last but one page of an empty list, whatever was asked; lets nothing read the namespace kube-system.
 */
export type Fault = "none" | "hang" | "trickle" | "lie" | "anonymous";

/** What every client asks first. A host that fails here is found at once. */
const DISCOVERY = /^\/(version|openapi\/.*|api(\/v1)?|apis(\/[^/?]+(\/[^/?]+)?)?)(\?.*)?$/;

const KUBE_SYSTEM = /^\/api\/v1\/namespaces\/kube-system(\?.*)?$/;

/** A proxy on this machine before the API of a host, by default the one that KUBECONFIG names, with that kubeconfig's credentials. */
export class FaultyHost {
  fault: Fault = "none";

  private constructor(
    private readonly server: https.Server,
    /** Kubeconfig that leads to it. */
    readonly kubeconfig: string,
  ) {}

  static async start(of = process.env["KUBECONFIG"] ?? ""): Promise<FaultyHost> {
    const config = new KubeConfig();
    config.loadFromString(readFileSync(of, "utf8"));
    const upstream: https.RequestOptions = {};
    await config.applyToHTTPSOptions(upstream);
    const host = new URL(config.getCurrentCluster()?.server ?? "");
    const authority = await Authority.create();
    const own = await authority.issue({ commonName: "localhost", names: ["localhost"] });
    const server = https.createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      const { fault } = proxy;
      const url = request.url ?? "";
      const passes = fault === "anonymous" ? !KUBE_SYSTEM.test(url) : fault === "none" || DISCOVERY.test(url);
      if (passes) {
        const headers = { ...request.headers, ...(upstream.headers as http.OutgoingHttpHeaders), host: host.host };
        delete headers.authorization;
        const options = {
          ...upstream,
          host: host.hostname,
          port: host.port,
          path: request.url,
          method: request.method,
        };
        const sent = https.request({ ...options, headers } as https.RequestOptions, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          pipeline(answer, response, () => undefined);
        });
        sent.once("error", () => response.destroy());
        pipeline(request, sent, () => undefined);
      } else if (fault === "trickle") {
        trickle(response.writeHead(200, { "content-type": "application/json" }));
      } else if (fault === "anonymous") {
        response.writeHead(403, { "content-type": "application/json" });
        response.end(JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 403 }));
      } else if (fault === "lie") {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { continue: "more" }, items: [] }));
      }
    });
    const port = await listen(server);
    const proxy = new FaultyHost(
      server,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            name: "proxy",
            cluster: {
              server: `https://localhost:${port}`,
              "certificate-authority-data": Buffer.from(authority.certificate).toString("base64"),
            },
          },
        ],
        // Any: without credentials, the Kubernetes provider waits for somebody to type a user name.
        users: [{ name: "proxy", user: { token: "none" } }],
        contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy" } }],
        "current-context": "proxy",
      }),
    );
    return proxy;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
