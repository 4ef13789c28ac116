import * as assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import { createServer as createTls, type Server as TlsServer } from "node:tls";

import { settings } from "../../../components/config/defaults";
import { tryPassthrough } from "../../../doctor/before/passthrough";
import { readBefore } from "../../../doctor/before/read";
import { BEFORE_ROWS, ROWS_BEFORE } from "../../../doctor/before/rows";
import { examine, findings } from "../../../doctor/run";
import { HostClient } from "../../../host/client";
import { base64 } from "../../../shared/base64";
import { Authority } from "../../support/certificates";
import { FAULTS_BEFORE, runsController } from "../../support/doctor-host";
import { healthySnapshot, type Loose } from "../../support/doctor-snapshot";
import { listen, withBody } from "../../support/servers";

/** A host that is ready for the first update. */
function ready(): Loose {
  const snapshot = healthySnapshot();
  const isDefault = { "storageclass.kubernetes.io/is-default-class": "true" };
  snapshot.read.storageClasses = [
    { metadata: { name: "standard", annotations: isDefault }, allowVolumeExpansion: true },
  ];
  snapshot.read.ownRights = [];
  snapshot.read.passthrough = {};
  snapshot.read.namespace = [];
  return snapshot;
}

describe("doctor before the first up", () => {
  it("finds nothing on a host that is ready", () => {
    assert.deepEqual(findings(examine(ROWS_BEFORE, ready())), []);
  });

  for (const { code, name, breaks, follows = [] } of FAULTS_BEFORE) {
    it(`${code}: ${name}`, () => {
      const snapshot = ready();
      breaks(snapshot);
      const report = examine(ROWS_BEFORE, snapshot);
      assert.deepEqual(
        findings(report).map((one) => one.code),
        [code],
      );
      const consequences = report.outcomes.filter(({ state }) => state === "follows").map(({ row }) => row.code);
      for (const expected of follows) assert.ok(consequences.includes(expected));
      for (const { fix } of findings(report)) assert.doesNotMatch(fix, /\{[a-zA-Z]+\}/);
    });
  }

  it("knows ingress-nginx by its image, and where the configuration has another controller finds nothing", () => {
    const codes = (image: string, controller: "nginx" | "traefik" = "nginx") => {
      const snapshot = ready();
      snapshot.expected = { ...snapshot.expected, ingress: { ...snapshot.expected.ingress, controller } };
      runsController(snapshot, image);
      return findings(examine(ROWS_BEFORE, snapshot)).map(({ code }) => code);
    };
    for (const image of [
      "rancher/nginx-ingress-controller:v1.12",
      "example.org/mirror/ingress-nginx/controller-chroot",
    ])
      assert.deepEqual(codes(image), ["ingress-nginx-ended"], image);
    for (const image of ["docker.io/library/traefik:v3.6.12", "nginx/nginx-ingress:5.1", "ingress-nginx/traefik:3"])
      assert.deepEqual(codes(image), [], image);
    assert.deepEqual(codes("registry.k8s.io/ingress-nginx/controller:v1.13.0", "traefik"), []);
  });

  it("has a fault for each row of its own", () => {
    const tested = FAULTS_BEFORE.map(({ code }) => code);
    assert.deepEqual(
      BEFORE_ROWS.map(({ code }) => code).filter((code) => !tested.includes(code)),
      [],
    );
  });

  describe("on a host", function () {
    this.timeout(40_000);
    let api: Server;
    let passing: TlsServer;
    let ending: TlsServer;
    let client: HostClient;
    let requests: string[];
    let bodies: Record<string, string>;
    const ports = { passing: 0, ending: 0 };

    before(async () => {
      const authority = await Authority.create();
      const own = await authority.issue({ commonName: "kube-apiserver", names: ["localhost"] });
      const other = await authority.issue({ commonName: "controller", names: ["localhost"] });
      const answer = withBody((request, body, response) => {
        const url = (request.url ?? "").replace(/\?.*/, "");
        requests.push(`${request.method ?? ""} ${url.replace(/doctor-\w+/g, "doctor-x")}`);
        bodies[url.replace(/.*\//, "")] = body;
        const slice = { addressType: "IPv4", ports: [{ port: 6443 }], endpoints: [{ addresses: ["192.0.2.1"] }] };
        const found = url.endsWith("endpointslices/kubernetes")
          ? slice
          : url.endsWith("accessreviews")
            ? { status: { allowed: !body.includes("escalate") } }
            : url === "/version"
              ? { gitVersion: "v1.34.4" }
              : { items: [] };
        response.writeHead(200).end(JSON.stringify(found));
      });
      api = createServer({ cert: own.certificate, key: own.key }, answer);
      passing = createTls({ cert: own.certificate, key: own.key });
      ending = createTls({ cert: other.certificate, key: other.key });
      const server = `https://localhost:${await listen(api)}`;
      ports.passing = await listen(passing);
      ports.ending = await listen(ending);
      const cluster = { "certificate-authority-data": base64(authority.certificate) };
      client = new HostClient({ server, origin: "", proxied: false, cluster, user: {} }, { requestMs: 2_000 });
    });
    after(() => {
      for (const server of [api, passing, ending]) server.close();
    });
    beforeEach(() => {
      requests = [];
      bodies = {};
    });

    const configured = (port: number) => {
      const expected = settings("dev", { domain: "example.invalid", ingress: { port } });
      return { ...expected, names: { ...expected.names, apiHost: "localhost" } };
    };

    it("sees the host's own certificate through a controller that passes TLS through, and removes what it made", async () => {
      assert.equal(await tryPassthrough(client, configured(ports.passing)), undefined);
      assert.deepEqual(requests, [
        "GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
        "POST /api/v1/namespaces",
        "POST /api/v1/namespaces/doctor-x/services",
        "POST /apis/discovery.k8s.io/v1/namespaces/doctor-x/endpointslices",
        "POST /apis/networking.k8s.io/v1/namespaces/doctor-x/ingresses",
        "DELETE /api/v1/namespaces/doctor-x",
      ]);
      assert.match(
        bodies["ingresses"] ?? "",
        /"nginx.ingress.kubernetes.io\/ssl-passthrough":"true".*"ingressClassName":"nginx"/,
      );
      assert.match(bodies["endpointslices"] ?? "", /"addresses":\["192\.0\.2\.1"\]/);
    });

    it("tells which certificate another one shows, and removes what it made", async () => {
      assert.match(
        (await tryPassthrough(client, configured(ports.ending), 1_000)) ?? "",
        /^a certificate for CN=controller, issued by CN=kubernetes$/,
      );
      assert.equal(requests.at(-1), "DELETE /api/v1/namespaces/doctor-x");
    });

    it("reads rights, the way to the ingress and the rest at once", async () => {
      const expected = configured(ports.passing);
      const { read } = await readBefore(client, { names: expected.names, expected, stack: "dev" });
      assert.deepEqual(read.ownRights, [{ namespace: "", right: "escalate clusterroles" }]);
      assert.deepEqual([read.api, read.passthrough, read.version], [{}, {}, "v1.34.4"]);
      const away = settings("dev", { domain: "doctor.invalid", ingress: { controller: "none" } });
      const other = await readBefore(client, { names: away.names, expected: away, stack: "dev" });
      assert.equal(other.read.api?.failure?.code, "api-host-unresolvable");
      assert.equal(other.read.passthrough, undefined);
    });
  });
});
