import * as assert from "node:assert/strict";

import type { KubernetesObject, V1Ingress, V1Node } from "@kubernetes/client-node";

import { Cluster, reference, type Reference } from "../../testing/cluster";
import { waitFor } from "../../shared/wait";
import { type Charts, chartsForArgocd, committed } from "../support/argocd-delivery";
import { destroy, environment, type Environment, namesOf } from "../support/environments";
import { peer } from "../support/tls";
import { domain } from "../../local/settings";

interface Way {
  title: string;
  ingress: Record<string, unknown>;
  object: Reference;
  /** A change of the object that takes the passthrough away. */
  broken: { metadata?: object; spec?: object };
  whole: { metadata?: object; spec?: object };
}

const name = "e2e-ways";
const { namespace, apiHost, ingress: route } = namesOf(name);
const passthrough = (value: string | null) => ({
  metadata: { annotations: { "nginx.ingress.kubernetes.io/ssl-passthrough": value } },
});

const annotated: Way = {
  title: "nginx's annotations",
  ingress: { controller: "nginx" },
  object: reference("networking.k8s.io/v1", "Ingress", route, namespace),
  broken: passthrough(null),
  whole: passthrough("true"),
};
const somebodyElses = reference("networking.k8s.io/v1", "Ingress", "by-somebody-else", namespace);

/** In an order in which each takes the place of another kind. */
const ways: Way[] = [
  annotated,
  {
    title: "Traefik's IngressRouteTCP",
    ingress: { controller: "traefik" },
    object: reference("traefik.io/v1alpha1", "IngressRouteTCP", route, namespace),
    broken: { spec: { tls: { passthrough: false } } },
    whole: { spec: { tls: { passthrough: true } } },
  },
  {
    title: "a TLSRoute of a Gateway",
    ingress: {
      controller: "gateway",
      gateway: { name: "edge", namespace: "ingress-nginx", sectionName: "passthrough", routeVersion: "v1alpha2" },
    },
    object: reference("gateway.networking.k8s.io/v1alpha2", "TLSRoute", route, namespace),
    broken: { spec: { hostnames: [`another.${domain}`] } },
    whole: { spec: { hostnames: [apiHost] } },
  },
  {
    title: "an Ingress of somebody else",
    ingress: { controller: "none" },
    object: somebodyElses,
    broken: passthrough(null),
    whole: passthrough("true"),
  },
  { ...annotated, title: "nginx's annotations again" },
];

describe("every kind of ingress", function () {
  this.timeout(180_000);
  const host = Cluster.host();
  const config = (ingress: object) => ({
    ...committed("dev"),
    delivery: "argocd",
    ingress,
    argocd: { register: false },
  });
  let charts: Charts | undefined;
  let env: Environment;

  before(async () => {
    charts = await chartsForArgocd(host, "e2e-ways-charts");
    env = await environment(name, config(annotated.ingress), charts.env);
  });
  after(async () => {
    await destroy(name);
    await charts?.remove();
  });

  for (const { title, ingress, object, broken, whole } of ways) {
    describe(title, () => {
      before(async () => {
        if (object === somebodyElses) await host.apply(ingressOfSomebodyElse(env));
        env.stack.configure(config(ingress));
        await env.stack.up();
      });

      it("is the only route", async () => {
        assert.ok(await host.get(object));
        const others = ways.map((way) => way.object).filter((other) => other !== object && other !== somebodyElses);
        for (const other of others) assert.equal(await host.get(other), undefined, other.kind);
      });

      it("presents the virtual cluster's own certificate, and the output kubeconfig works", async () => {
        const { authorized, reason } = await peer(apiHost, env.cluster.authority);
        assert.ok(authorized, reason);
        const nodes = async ({ core }: Cluster) =>
          (await core.listNode()).items.map(({ metadata }: V1Node) => metadata?.name);
        assert.deepEqual(await nodes(env.cluster), await nodes(host));
      });

      it("fails while it is broken", async () => {
        await host.merge(object, broken);
        await waitFor(async () => !(await peer(apiHost, env.cluster.authority)).authorized, {
          what: "the certificate check to fail",
          timeoutMs: 30_000,
        });
        await host.merge(object, whole);
        await waitFor(async () => (await peer(apiHost, env.cluster.authority)).authorized, {
          what: "the certificate check to pass again",
          timeoutMs: 30_000,
        });
        if (object === somebodyElses) await host.remove(object);
      });
    });
  }
});

function ingressOfSomebodyElse({ release }: Environment): KubernetesObject & V1Ingress {
  const backend = { service: { name: release, port: { number: 443 } } };
  const { apiVersion, kind, metadata } = somebodyElses;
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, ...passthrough("true").metadata } as V1Ingress["metadata"] & object,
    spec: {
      ingressClassName: "nginx",
      rules: [{ host: apiHost, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}
