import * as assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { readSnapshot } from "../../../doctor/read/read";
import { ROWS } from "../../../doctor/rows";
import { examine, exitCode, findings } from "../../../doctor/run";
import { foundSubject, stackSubject } from "../../../doctor/subject";
import { HostClient } from "../../../host/client";
import { encodeRelease } from "../../../host/helm-records";
import { base64 } from "../../../shared/base64";
import type { JsonObject } from "../../../shared/json";
import { holds } from "../../support/canary";
import { Authority } from "../../support/certificates";
import { CANARY, clusterSecret, days, healthySnapshot, token } from "../../support/doctor-snapshot";
import { listen } from "../../support/servers";

/** What the host answers to a GET: an object, a list, or a status; anything else is an empty list. */
type Answers = Record<string, JsonObject | readonly object[] | number>;

describe("reading of the doctor", function () {
  this.timeout(30_000);
  const { read, names, expected } = healthySnapshot();
  const own = `/api/v1/namespaces/${names.namespace}`;
  let server: Server;
  let host: HostClient;
  let url: string;
  let answers: Answers;
  let requests: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  before(async () => {
    server = createServer((request, response) => {
      requests.push(`${request.method ?? ""} ${(request.url ?? "").replace(/\?.*/, "")}`);
      answer(request, response);
    });
    url = `http://127.0.0.1:${await listen(server)}`;
    // A busy machine answers late.
    host = client(20_000);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    requests = [];
    answer = answering;
    const authority = await Authority.create();
    const { certificate } = await authority.issue({ commonName: "api", names: [names.apiHost], days: 400 });
    answers = {
      "/version": { gitVersion: "v1.34.4" },
      "/api/v1/nodes": read.nodes,
      [own]: read.namespace[0] as JsonObject,
      [`${own}/pods`]: read.pods,
      [`${own}/services`]: read.services,
      [`${own}/persistentvolumeclaims`]: read.volumeClaims,
      [`${own}/persistentvolumeclaims/${names.volumeClaim}`]: read.volumeClaims[0] as JsonObject,
      [`${own}/resourcequotas`]: read.quotas,
      [`${own}/limitranges`]: read.limitRanges,
      [`/apis/networking.k8s.io/v1/namespaces/${names.namespace}/networkpolicies`]: read.networkPolicies,
      [`/apis/networking.k8s.io/v1/namespaces/${names.namespace}/ingresses`]: read.routes,
      "/apis/networking.k8s.io/v1/ingressclasses": read.ingressClasses,
      "/apis/storage.k8s.io/v1/storageclasses": read.storageClasses,
      "/apis/scheduling.k8s.io/v1/priorityclasses": read.priorityClasses,
      "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies": read.admissionPolicies,
      "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings": read.admissionBindings,
      "/apis/apps/v1/namespaces/ingress-nginx/daemonsets": read.ingressWorkloads,
      "/apis/apps/v1/namespaces/argocd/statefulsets": read.argocdWorkloads,
      [`/apis/apps/v1/namespaces/${names.namespace}/statefulsets/${names.release}`]: read.state.statefulSet ?? 404,
      "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects": read.projects,
      "/apis/traefik.io/v1alpha1/ingressroutetcps": 404,
      [`${own}/secrets/vc-config-${names.release}`]: {
        data: { "config.yaml": base64(JSON.stringify(read.state.values)) },
      },
      [`${own}/secrets/${names.certificates}`]: {
        data: { "ca.crt": base64(certificate), "apiserver.crt": base64(certificate), key: base64(CANARY) },
      },
      [`/api/v1/namespaces/argocd/secrets/${names.argocdCluster}`]: clusterSecret(
        names.inClusterUrl,
        token(days(3650)),
        base64(certificate),
      ),
      ...Object.fromEntries(
        ["backstage", "nextjs", "shared", "shared-config"].map((name) => [
          `/api/v1/namespaces/${name}`,
          { metadata: { name } },
        ]),
      ),
      [`${own}/pods/https:${names.pod}:8443/proxy/version`]: { gitVersion: "v1.34.4" },
      "/api/v1/nodes/node-1/proxy/stats/summary": {
        pods: [
          {
            podRef: { namespace: names.namespace },
            volume: [{ pvcRef: { name: names.volumeClaim }, usedBytes: 10, capacityBytes: 100 }],
          },
        ],
      },
      "/apis/authorization.k8s.io/v1/subjectaccessreviews": { status: { allowed: true } },
    };
  });

  function answering(request: IncomingMessage, response: ServerResponse): void {
    const found = answers[(request.url ?? "").replace(/\?.*/, "")] ?? [];
    const status = typeof found === "number" ? found : request.method === "POST" ? 201 : 200;
    const message = { kind: "Status", message: `status ${status}` };
    const body = typeof found === "number" ? message : Array.isArray(found) ? { items: found } : found;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  const client = (requestMs: number) =>
    new HostClient({ server: url, origin: "", proxied: false, cluster: {}, user: {} }, { requestMs });
  const look = async (of = host) => examine(ROWS, await readSnapshot(of, stackSubject("dev", expected)));

  it("reads everything of the host once, and changes nothing", async () => {
    const snapshot = await readSnapshot(host, stackSubject("dev", expected));
    const unread = Object.keys(snapshot.unread);
    // Behind the name of the API, which has no address.
    assert.deepEqual(unread.sort(), ["administrator", "served"]);
    assert.deepEqual(snapshot.read.volumeUse, { used: 10, capacity: 100 });
    assert.equal(snapshot.read.podApi?.version, "v1.34.4");
    assert.deepEqual(
      snapshot.read.sources?.map(({ name }) => name),
      ["backstage", "nextjs", "shared", "shared-config"],
    );
    const others = requests.filter((line) => !line.startsWith("GET "));
    assert.deepEqual([...new Set(others)], ["POST /apis/authorization.k8s.io/v1/subjectaccessreviews"]);
    assert.ok(requests.length < 90, `${requests.length} requests`);
  });

  it("finds nothing but the name that has no address", async () => {
    const report = await look();
    assert.deepEqual(
      findings(report).map(({ code }) => code),
      ["api-host-unresolvable"],
    );
    assert.ok(!holds(JSON.stringify(report), CANARY));
  });

  it("names the cause of what it tries", async () => {
    answers["/apis/authorization.k8s.io/v1/subjectaccessreviews"] = { status: { allowed: false } };
    answers["/api/v1/namespaces/shared"] = 404;
    const codes = findings(await look()).map(({ code }) => code);
    assert.ok(codes.includes("source-namespace-missing"), codes.join());
    assert.ok(!codes.includes("syncer-rights-missing"), codes.join());
    Reflect.deleteProperty(answers, "/api/v1/namespaces/shared");
  });

  it("reads the release by the exact names of Helm's records, past others with their labels", async () => {
    const own99 = "sh.helm.release.v1.vcluster-dev-helm.v99";
    const record = (name: string, status: string, version: number) => ({
      metadata: { name, labels: { status } },
      data: { release: encodeRelease({ version, info: { status }, config: { secret: CANARY } }) },
    });
    const first = record("sh.helm.release.v1.vcluster-dev-helm.v1", "deployed", 1);
    const unreadable = { metadata: { name: own99 }, data: { release: base64(CANARY) } };
    for (const [other, code] of [
      [record(`${own99}-x-shop-x-vcluster-dev-helm`, "failed", 99), "helm-record-foreign"],
      [unreadable, "helm-record-unreadable"],
    ] as const) {
      answers[`${own}/secrets`] = [first, other];
      const report = await look();
      const codes = findings(report).map((one) => one.code);
      assert.deepEqual(codes, [code, "api-host-unresolvable"]);
      assert.ok(!holds(JSON.stringify(report), CANARY));
    }
  });

  it("takes a configuration Secret that is no YAML for no lack of permission, and shows nothing of it", async () => {
    answers[`${own}/secrets`] = [];
    answers[`${own}/secrets/vc-config-vcluster-dev-helm`] = { data: { "config.yaml": base64(`a: [${CANARY}`) } };
    const report = await look();
    assert.ok(!findings(report).some(({ code }) => code === "host-rights-missing"));
    const [missing] = findings(report).filter(({ code }) => code === "host-answers-missing");
    assert.match(JSON.stringify(missing), /the running values \(no YAML\)/);
    assert.ok(!holds(JSON.stringify(report), CANARY));
  });

  it("takes what is odd for no lack of permission either: a manifest that only Helm may read, an object of a tenant", async () => {
    const name = `sh.helm.release.v1.${names.release}.v1`;
    const release = encodeRelease({ version: 1, manifest: `a: !own ${CANARY}`, info: { status: "deployed" } });
    answers[`${own}/secrets`] = [{ metadata: { name }, data: { release } }];
    answers["/apis/traefik.io/v1alpha1/ingressroutetcps"] = [{ spec: { routes: [{ match: { toString: CANARY } }] } }];
    const report = await look();
    const codes = findings(report).map(({ code }) => code);
    assert.ok(!codes.includes("host-rights-missing") && !codes.includes("helm-record-unreadable"), codes.join());
    const missing = JSON.stringify(findings(report).filter(({ code }) => code === "host-answers-missing"));
    assert.match(missing, new RegExp(`the Helm release \\(no YAML: the manifest in ${name}\\)`));
    assert.match(missing, /IngressRouteTCP objects \(TypeError\)/);
    assert.ok(!holds(JSON.stringify(report), CANARY));
  });

  it("skips what may not be read, with exit code 2 where nothing else is found", async () => {
    answer = (request, response) => {
      const secret = /\/secrets/.test(request.url ?? "");
      if (!secret) {
        answering(request, response);
        return;
      }
      response
        .writeHead(403, { "content-type": "application/json" })
        .end(JSON.stringify({ message: "secrets is forbidden" }));
    };
    const report = await look();
    assert.ok(findings(report).some(({ code }) => code === "host-rights-missing"));
    const skipped = report.outcomes.filter(({ state }) => state === "skipped").map(({ row }) => row.code);
    assert.ok(skipped.includes("certificate-expired"));
  });

  it("ends with a report where the host refuses everything, or never answers", async () => {
    answer = (_, response) => {
      response.writeHead(401).end("{}");
    };
    assert.equal(exitCode(await look()), 2);
    answer = () => undefined;
    const start = Date.now();
    const report = await look(client(500));
    assert.deepEqual(
      findings(report).map(({ code }) => code),
      ["host-unreachable"],
    );
    assert.equal(exitCode(report), 2);
    assert.ok(Date.now() - start < 10_000);
  });

  it("finds API host, name in Argo CD and stack of a virtual cluster by its namespace and release", async () => {
    answers[`/apis/networking.k8s.io/v1/namespaces/${names.namespace}/ingresses`] = [
      {
        metadata: { name: "mine" },
        spec: {
          rules: [
            {
              host: "api.example.org",
              http: { paths: [{ backend: { service: { name: names.release, port: { number: 443 } } } }] },
            },
          ],
        },
      },
    ];
    answers["/api/v1/secrets"] = [{ metadata: { name: "my-cluster" }, data: { server: base64(names.inClusterUrl) } }];
    const subject = await foundSubject(host, names.namespace, names.release);
    assert.equal(subject.names.apiUrl, "https://api.example.org");
    assert.equal(subject.names.ingress, "mine");
    assert.equal(subject.names.argocdCluster, "my-cluster");
    assert.equal(subject.stack, "dev");
    assert.equal(subject.expected, undefined);
  });
});
