import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:https";

import type { Secret } from "../../../host/client";
import { tryApi, tryToken } from "../../../preflight/virtual-api";
import { base64 } from "../../../shared/base64";
import { Authority } from "../../support/certificates";
import { listen, withBody } from "../../support/servers";

describe("tryToken", () => {
  const username = "system:serviceaccount:kube-system:argocd-manager-1";
  let server: Server;
  let port: number;
  let cluster: Secret;
  /** Whether the account has its rights on kinds that belong to no namespace. */
  let clusterRights: boolean;
  let readyz: number;

  before(async () => {
    const authority = await Authority.create();
    const { key, certificate } = await authority.issue({ commonName: "kube-apiserver", names: ["localhost"] });
    server = createServer(
      { key, cert: certificate },
      withBody(({ url }, body, response) => {
        if (url === "/readyz") {
          response.writeHead(readyz, { connection: "close" }).end();
          return;
        }
        if (url === "/api" || url === "/apis") {
          const resources = [{ resource: "namespaces", scope: "Cluster", verbs: ["list"] }];
          const items = url === "/api" ? [{ metadata: {}, versions: [{ resources }] }] : [];
          response.writeHead(200, { connection: "close" }).end(JSON.stringify({ items }));
          return;
        }
        const allowed = clusterRights || !body.includes('"namespace":""');
        const resourceRules = clusterRights ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] : [];
        const status = { userInfo: { username }, allowed, resourceRules };
        response.writeHead(201, { connection: "close" }).end(JSON.stringify({ status }));
      }),
    );
    port = await listen(server);
    const payload = Buffer.from(JSON.stringify({ sub: username })).toString("base64url");
    const caData = base64(authority.certificate);
    const config = JSON.stringify({ bearerToken: `a.${payload}.c`, tlsClientConfig: { caData } });
    cluster = { data: { config: base64(config) } };
  });
  after(() => {
    server.close();
  });

  it("finds rights missing on the cluster where the configuration gives any", async () => {
    const names = { apiHost: "localhost", apiPort: port, apiUrl: `https://localhost:${port}` };
    const tried = (clusterResources: boolean) =>
      tryToken({ names, argocd: { namespaces: ["a"], clusterResources } }, cluster);
    clusterRights = false;
    assert.deepEqual(await tried(true), { rejected: "it lacks rights on the cluster" });
    assert.deepEqual(await tried(false), {});
    clusterRights = true;
    assert.deepEqual(await tried(true), {});
  });

  it("asks the API without a token whether it is ready; a refusal is an answer", async () => {
    const names = { apiHost: "localhost", apiPort: port, apiUrl: `https://localhost:${port}` };
    for (readyz of [200, 401, 403]) assert.equal(await tryApi({ names }), undefined, String(readyz));
    for (readyz of [404, 500, 503]) {
      const reason = `is unreachable (it returned ${readyz} for /readyz)`;
      assert.equal(await tryApi({ names }), `the virtual cluster's API at ${names.apiUrl} ${reason}`);
    }
    assert.match((await tryApi({ names: { ...names, apiPort: 1 } })) ?? "", /is unreachable \(ECONNREFUSED\)$/);
  });
});
