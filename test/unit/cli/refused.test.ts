import * as assert from "node:assert/strict";

import { refusedObjects, syncerOf } from "../../../cli/commands/refused";
import { environmentNames } from "../../../components/names";
import { type HostClient, HostError } from "../../../host/client";

const names = environmentNames("dev", "example.org");
const DENIED =
  "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'dev-vcluster-synced-objects' with binding 'dev-vcluster-synced-objects' denied request: ";

/** A host with these objects, by the last part of a path, and what its API says to each of them when it is created. */
function host(objects: Record<string, object[]>, answers: Record<string, HostError>) {
  const created: { path: string; body: { metadata: { name: string } } }[] = [];
  const client = {
    get: () => Promise.resolve({ spec: { template: { spec: { serviceAccountName: "own" } } } }),
    list: (path: string) => {
      assert.match(
        path,
        /\/namespaces\/dev-vcluster\/[a-z]+\?labelSelector=vcluster\.loft\.sh%2Fmanaged-by%3Dvcluster-dev-helm$/,
      );
      return Promise.resolve(objects[/([a-z]+)\?/.exec(path)?.[1] ?? ""] ?? []);
    },
    create: (path: string, body: { metadata: { name: string } }) => {
      created.push({ path, body });
      const answer = answers[body.metadata.name];
      return answer === undefined ? Promise.resolve({}) : Promise.reject(answer);
    },
  } as unknown as HostClient;
  return { client, created };
}

const pod = (name: string) => ({
  metadata: { name, namespace: names.namespace, uid: "u", labels: { a: "b" } },
  spec: {},
});

describe("what a host would refuse today", () => {
  it("is what its checks refuse, and neither what exists nor what a quota counts", async () => {
    const { client } = host(
      { pods: ["a", "b", "c", "d", "e"].map(pod) },
      {
        a: new HostError(`${DENIED}volumes of other kinds in pods (nfs) are not allowed`, 422),
        b: new HostError('pods "b" already exists', 409),
        c: new HostError('pods "c" is forbidden: exceeded quota: vcluster-dev-helm-workloads', 403),
        d: new HostError('pods "d" is forbidden: violates PodSecurity "baseline:latest": privileged', 403),
      },
    );
    assert.deepEqual(await refusedObjects({ host: client, names }, client), [
      {
        kind: "Pod",
        name: "a",
        reason: "volumes of other kinds in pods (nfs) are not allowed",
      },
      { kind: "Pod", name: "d", reason: 'pods "d" is forbidden: violates PodSecurity "baseline:latest": privileged' },
    ]);
  });

  it("is asked by dry runs of new objects", async () => {
    // Without its owner, a copy with Argo CD's keys would be refused.
    const ownerReferences = [{ apiVersion: "v1", kind: "Service", name: names.release, uid: "u" }];
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "a",
        namespace: names.namespace,
        resourceVersion: "1",
        annotations: { c: "d" },
        ownerReferences,
      },
      spec: {
        type: "NodePort",
        clusterIP: "10.0.0.1",
        clusterIPs: ["10.0.0.1"],
        ports: [{ port: 80, nodePort: 30000 }],
      },
      status: { loadBalancer: {} },
    };
    const { client, created } = host({ services: [service] }, {});
    await refusedObjects({ host: client, names }, client);
    assert.deepEqual(JSON.parse(JSON.stringify(created)), [
      {
        path: "/api/v1/namespaces/dev-vcluster/services?dryRun=All",
        body: {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "a", namespace: names.namespace, annotations: { c: "d" }, ownerReferences },
          spec: { type: "NodePort", ports: [{ port: 80 }] },
        },
      },
    ]);
  });

  it("is not what the host's own controller makes for a Service with a selector", async () => {
    const services = [
      { metadata: { name: "a" }, spec: { selector: { app: "a" } } },
      { metadata: { name: "b" }, spec: {} },
    ];
    const endpoints = services.map(({ metadata }) => ({ metadata }));
    const { client, created } = host({ services, endpoints }, {});
    await refusedObjects({ host: client, names }, client);
    const asked = created.filter(({ path }) => path.includes("/endpoints?"));
    assert.deepEqual(
      asked.map(({ body }) => body.metadata.name),
      ["b"],
    );
  });

  it("is not what the host's own controllers make of Services and Endpoints", async () => {
    const copied = (name: string, kind: string) => ({
      metadata: { name, annotations: { "vcluster.loft.sh/object-kind": kind } },
    });
    const endpointslices = [
      { metadata: { name: "of-a-service" } },
      copied("of-endpoints", "/v1, Kind=Endpoints"),
      copied("of-a-tenant", "discovery.k8s.io/v1, Kind=EndpointSlice"),
    ];
    const { client, created } = host({ endpointslices }, {});
    await refusedObjects({ host: client, names }, client);
    assert.deepEqual(
      created.map(({ body }) => body.metadata.name),
      ["of-a-tenant"],
    );
  });

  it("is asked as the account that the control plane has", async () => {
    const { client } = host({}, {});
    assert.equal(await syncerOf({ host: client, names }), "system:serviceaccount:dev-vcluster:own");
  });

  it("is asked of disruption budgets, and of snapshots where the host has them", async () => {
    const { client, created } = host({ poddisruptionbudgets: [pod("a")] }, {});
    const other = host({ poddisruptionbudgets: [pod("a")] }, {}).client;
    client.list = (path: string) =>
      path.includes("volumesnapshots") ? Promise.reject(new HostError("no such kind", 404)) : other.list(path);
    assert.deepEqual(await refusedObjects({ host: client, names }, client), []);
    assert.equal(created.length, 1);
    const withSnapshots = host({ volumesnapshots: [pod("a")] }, { a: new HostError("denied request: no", 422) });
    assert.deepEqual(
      (await refusedObjects({ host: withSnapshots.client, names }, withSnapshots.client)).map(({ kind }) => kind),
      ["VolumeSnapshot"],
    );
    assert.deepEqual(
      withSnapshots.created.map(({ path }) => path),
      ["/apis/snapshot.storage.k8s.io/v1/namespaces/dev-vcluster/volumesnapshots?dryRun=All"],
    );
    // Every host has the other kinds.
    client.list = () => Promise.reject(new HostError("no such path", 404));
    await assert.rejects(refusedObjects({ host: client, names }, client), /no such path/);
    client.list = () => Promise.reject(new HostError("broken", 500));
    await assert.rejects(refusedObjects({ host: client, names }, client), /broken/);
  });

  it("leaves other errors to the caller", async () => {
    const { client } = host({ pods: [pod("a")] }, {});
    client.create = () => Promise.reject(new Error("no network"));
    await assert.rejects(refusedObjects({ host: client, names }, client), /no network/);
  });
});
