import * as assert from "node:assert/strict";

import type { V1Service } from "@kubernetes/client-node";

import { network } from "../../../local/settings";
import { httpGetAt } from "./client";
import { container, deployment, lookUp, object, PROBE, service, serving, SLEEPING, web } from "./manifests";
import type { Program } from "./program";
import { nameOf } from "./site";

/** A pod that looks at services as any other pod would. */
const client = () => deployment("client", container(SLEEPING));
// Not `wget -T`: Debian's busybox 1.35 ends with a segmentation fault there.
const fetch = (url: string) => `timeout 5 wget -qO- ${url}`;

/** Programs by how others find them. */
export const services: readonly Program[] = [
  {
    name: "service",
    title: "Service by its short and its full name",
    objects: () => [...web("web", "found"), client()],
    check: async (site) => {
      await site.ready("client");
      await site.prints("client", fetch("http://web"), /^found$/);
      await site.prints("client", fetch("http://web.service.svc.cluster.local"), /^found$/);
    },
  },
  {
    name: "service-ports",
    title: "Service with two named ports, changed later",
    objects: () => {
      const ports = [
        { name: "http", port: 80, targetPort: "http" },
        { name: "admin", port: 9000, targetPort: "admin" },
      ];
      const script = `mkdir -p /tmp/admin && echo admin > /tmp/admin/index.html && httpd -p 9090 -h /tmp/admin; ${serving("main")}`;
      const containerPorts = [
        { name: "http", containerPort: 8080 },
        { name: "admin", containerPort: 9090 },
      ];
      return [
        deployment("web", container(script, { ...PROBE, ports: containerPorts })),
        service("web", { ports }),
        client(),
      ];
    },
    check: async (site) => {
      await site.ready("client");
      await site.prints("client", fetch("http://web"), /^main$/);
      await site.prints("client", fetch("http://web:9000"), /^admin$/);
      await site.kubectl(
        "patch",
        "service",
        "web",
        "--type=json",
        "-p",
        '[{"op":"replace","path":"/spec/ports/1/port","value":9001}]',
      );
      await site.prints("client", fetch("http://web:9001"), /^admin$/);
    },
  },
  {
    name: "headless",
    title: "Headless Service: the addresses of its pods",
    objects: () => [
      deployment("web", container(serving("x"), PROBE), { replicas: 2 }),
      service("web", { clusterIP: "None" }),
      client(),
    ],
    check: async (site) => {
      const pods = await site.ready("web", 2);
      await site.ready("client");
      for (const { status } of pods) {
        const address = (status?.podIP ?? "").replaceAll(".", "\\.");
        await site.prints("client", lookUp("web.headless.svc.cluster.local"), new RegExp(`Address: ${address}\\b`));
      }
    },
  },
  {
    name: "patroni",
    title: "Service without selector, with Endpoints written by an operator",
    key: "isolation.allow.endpoints",
    objects: () => [
      deployment("leader", container(serving("leader"), PROBE)),
      object("v1", "Service", "primary", { spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
      client(),
    ],
    check: async (site) => {
      const [leader] = await site.ready("leader");
      await site.ready("client");
      const subsets = [{ addresses: [{ ip: leader?.status?.podIP ?? "" }], ports: [{ port: 8080 }] }];
      await site.create([object("v1", "Endpoints", "primary", { subsets })]);
      await site.prints("client", fetch("http://primary"), /^leader$/);
    },
  },
  {
    name: "slices",
    title: "EndpointSlices of a Service, as controllers inside read them",
    objects: () => web("web", "x"),
    check: async (site) => {
      const [pod] = await site.ready("web");
      const columns = "jsonpath={.items[*].endpoints[*].addresses[*]}";
      const slices = ["get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", columns];
      await site.until("the slice", async () => (await site.kubectl(...slices)) === pod?.status?.podIP);
    },
  },
  {
    name: "slice-written",
    title: "Service without selector, with an EndpointSlice written by an operator",
    missing: "chart 0.26 copies Endpoints and no EndpointSlices; from 0.30 on it does",
  },
  {
    name: "external-name",
    title: "ExternalName Service",
    key: "isolation.allow.externalNames",
    objects: () => [
      object("v1", "Service", "db", { spec: { type: "ExternalName", externalName: "db.example.org" } }),
      client(),
    ],
    check: async (site) => {
      await site.ready("client");
      // No name outside resolves on the local host, so the alias itself is looked at.
      const alias = lookUp("db.external-name.svc.cluster.local", "cname");
      await site.prints("client", alias, /canonical name = db\.example\.org/);
    },
  },
  {
    name: "load-balancer",
    title: "LoadBalancer: the address that the host's controller gives",
    key: "isolation.quota (services.loadbalancers)",
    objects: () => {
      const [pods] = web("web", "balanced");
      return [pods, service("web", { type: "LoadBalancer" }), client()];
    },
    check: async (site) => {
      await site.ready("client");
      await site.prints("client", fetch("http://web"), /^balanced$/);
      // The test stands in for the controller, which the local host has none of.
      const copy = await site.until("the host's Service", () => site.onHost<V1Service>("v1", "Service", "web"));
      const path = `/api/v1/namespaces/${site.env.namespace}/services/${nameOf(copy)}/status`;
      const status = { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } };
      assert.equal((await site.host.send("PATCH", path, { status })).status, 200);
      const address = ["get", "service", "web", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"];
      await site.until("the address inside", async () => (await site.kubectl(...address)) === "203.0.113.9");
    },
  },
  {
    name: "node-port",
    title: "NodePort, from the node",
    key: "isolation.quota (services.nodeports)",
    objects: () => {
      const [pods] = web("web", "by the node");
      return [pods, service("web", { type: "NodePort" })];
    },
    check: async (site) => {
      await site.ready("web");
      const port = Number(await site.kubectl("get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}"));
      await site.until("the answer", async () => {
        const { body } = await httpGetAt(`http://${network.nodeAddress}:${port}/`);
        return body.trim() === "by the node";
      });
    },
  },
];
