import * as assert from "node:assert/strict";

import { ComponentResource } from "@pulumi/pulumi";

import type { IngressArgs } from "../../../../components";
import { apiRoute } from "../../../../components/ingress/api-route";
import { resolve } from "../../../../components/resolve";
import { record, type Registration } from "../../../support/mocks";

/** What is registered for the API of `dev` with these settings. */
async function route(ingress: IngressArgs): Promise<Registration[]> {
  const env = resolve("dev", { domain: "example.org", ingress });
  return (await record(() => apiRoute("dev-ingress", env, {}))).registrations;
}

async function only(ingress: IngressArgs): Promise<Registration> {
  const [registration, ...more] = await route(ingress);
  assert.ok(registration !== undefined && more.length === 0);
  assert.equal(registration.name, "dev-ingress");
  return registration;
}

const metadata = (annotations: Record<string, string>) => ({
  name: "dev-vcluster-ingress",
  namespace: "dev-vcluster",
  annotations: {
    ...annotations,
    "pulumi.com/deletionPropagationPolicy": "background",
    "pulumi.com/patchForce": "true",
  },
});

const ingressSpec = (ingressClassName: string) => {
  const backend = { service: { name: "vcluster-dev-helm", port: { number: 443 } } };
  return {
    ingressClassName,
    rules: [{ host: "dev-vcluster.example.org", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
  };
};

const STACK = "urn:pulumi:dev::vcluster-environments";

const NGINX = {
  "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
  "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
  "nginx.ingress.kubernetes.io/ssl-redirect": "false",
  "pulumi.com/skipAwait": "true",
};
const HAPROXY = { "haproxy.org/ssl-passthrough": "true", "pulumi.com/skipAwait": "true" };

describe("apiRoute", () => {
  const ingresses: [string, IngressArgs, Record<string, string>, string][] = [
    ["nginx, the default", {}, NGINX, "nginx"],
    ["nginx of another class", { className: "internal" }, NGINX, "internal"],
    ["HAProxy", { controller: "haproxy" }, HAPROXY, "haproxy"],
    ["HAProxy of another class", { controller: "haproxy", className: "edge" }, HAPROXY, "edge"],
  ];
  for (const [title, ingress, annotations, className] of ingresses) {
    it(`creates an annotated Ingress for ${title}`, async () => {
      const { type, inputs } = await only(ingress);
      assert.equal(type, "kubernetes:networking.k8s.io/v1:Ingress");
      assert.deepEqual(inputs, {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: metadata(annotations),
        spec: ingressSpec(className),
      });
    });
  }

  const classes: [string, IngressArgs, Record<string, string>][] = [
    ["Traefik", { controller: "traefik" }, {}],
    [
      "one of several Traefiks",
      { controller: "traefik", className: "edge" },
      { "kubernetes.io/ingress.class": "edge" },
    ],
  ];
  for (const [title, ingress, annotations] of classes) {
    it(`creates an IngressRouteTCP for ${title}`, async () => {
      const { type, inputs } = await only(ingress);
      assert.equal(type, "kubernetes:traefik.io/v1alpha1:IngressRouteTCP");
      assert.deepEqual(inputs, {
        apiVersion: "traefik.io/v1alpha1",
        kind: "IngressRouteTCP",
        metadata: metadata(annotations),
        spec: {
          routes: [
            {
              match: "HostSNI(`dev-vcluster.example.org`)",
              services: [{ name: "vcluster-dev-helm", port: 443 }],
            },
          ],
          tls: { passthrough: true },
        },
      });
    });
  }

  const versions = ["v1", "v1alpha2", "v1alpha3"].map(
    (version) => `kubernetes:gateway.networking.k8s.io/${version}:TLSRoute`,
  );
  const gateways: [string, NonNullable<IngressArgs["gateway"]>, string][] = [
    ["a Gateway", { name: "edge", namespace: "infra" }, "v1"],
    ["one listener of a Gateway", { name: "edge", namespace: "infra", sectionName: "tls" }, "v1"],
    ["an older Gateway API", { name: "edge", namespace: "infra", routeVersion: "v1alpha2" }, "v1alpha2"],
  ];
  for (const [title, gateway, version] of gateways) {
    it(`creates a TLSRoute for ${title}`, async () => {
      const { type, inputs, aliasUrns } = await only({ controller: "gateway", gateway });
      const { name, namespace, sectionName } = gateway;
      assert.equal(type, `kubernetes:gateway.networking.k8s.io/${version}:TLSRoute`);
      assert.deepEqual(
        aliasUrns.sort(),
        versions.filter((other) => other !== type).map((other) => `${STACK}::${other}::dev-ingress`),
      );
      assert.deepEqual(inputs, {
        apiVersion: `gateway.networking.k8s.io/${version}`,
        kind: "TLSRoute",
        metadata: metadata({}),
        spec: {
          parentRefs: [sectionName === undefined ? { name, namespace } : { name, namespace, sectionName }],
          hostnames: ["dev-vcluster.example.org"],
          rules: [{ backendRefs: [{ name: "vcluster-dev-helm", port: 443 }] }],
        },
      });
    });
  }

  it("aliases all versions of TLSRoute, for the old parent too", async () => {
    const gateway = { name: "edge", namespace: "infra" };
    const env = resolve("dev", { domain: "example.org", ingress: { controller: "gateway", gateway } });
    const { registrations } = await record(() => {
      const before = new ComponentResource("team:index:Before", "before");
      const parent = new ComponentResource("team:index:Parent", "parent");
      return apiRoute("dev-ingress", env, { parent, aliases: [{ parent: before }] });
    });
    const { type, aliasUrns } = registrations.find(({ name }) => name === "dev-ingress") ?? assert.fail();
    const places = versions.flatMap((version) =>
      ["Before", "Parent"].map((parent) => `${STACK}::team:index:${parent}$${version}::dev-ingress`),
    );
    const own = `${STACK}::team:index:Parent$${type}::dev-ingress`;
    assert.deepEqual(aliasUrns.sort(), places.filter((urn) => urn !== own).sort());
  });

  it("creates nothing for the controller none", async () => {
    assert.deepEqual(await route({ controller: "none" }), []);
  });
});
