import type { KubernetesObject } from "@kubernetes/client-node";

import { waitFor } from "../../../shared/wait";
import { reference } from "../../../testing/cluster";
import { Authority } from "../certificates";
import { httpGet, peer } from "../tls";
import { container, object, secret, serving, template, web } from "./manifests";
import type { Program } from "./program";
import type { Site } from "./site";

/** An Ingress of the host's class: paths to Services on port 80. */
function ingress(name: string, host: string, paths: Record<string, string>, spec: object = {}): KubernetesObject {
  const backends = Object.entries(paths).map(([path, service]) => ({
    path,
    pathType: "Prefix",
    backend: { service: { name: service, port: { number: 80 } } },
  }));
  return object("networking.k8s.io/v1", "Ingress", name, {
    spec: { ingressClassName: "nginx", rules: [{ host, http: { paths: backends } }], ...spec },
  });
}

const answers = (site: Site, path: string, page: string) =>
  site.until(`http://${site.hostName}${path} to answer`, async () => {
    const { status, body } = await httpGet(site.hostName, path);
    if (status !== 200 || body.trim() !== page) throw new Error(`${status} ${body}`);
    return true;
  });

/** Programs by how the world reaches them. */
export const networkPrograms: readonly Program[] = [
  {
    name: "ingress",
    title: "Ingress",
    objects: (site) => [...web("web", "public"), ingress("web", site.hostName, { "/": "web" })],
    check: (site) => answers(site, "/", "public"),
  },
  {
    name: "ingress-shared",
    title: "Two Ingresses on one host",
    objects: (site) => {
      const inFolder = `mkdir -p /tmp/www/api && echo api > /tmp/www/api/index.html; ${serving("unused")}`;
      const [api, apiService] = web("api", "");
      api.spec?.template.spec?.containers.splice(0, 1, container(inFolder));
      return [
        ...web("shop", "shop"),
        api,
        apiService,
        ingress("shop", site.hostName, { "/": "shop" }),
        ingress("api", site.hostName, { "/api": "api" }),
      ];
    },
    check: async (site) => {
      await answers(site, "/", "shop");
      await answers(site, "/api/", "api");
    },
  },
  {
    name: "ingress-tls",
    title: "Ingress with a certificate of the tenant's own",
    objects: (site) => web("web", site.hostName),
    check: async (site) => {
      const authority = await Authority.create("the tenant's");
      const { key, certificate } = await authority.issue({ commonName: site.hostName, names: [site.hostName] });
      const tls = [{ hosts: [site.hostName], secretName: "certificate" }];
      await site.create([
        secret("certificate", { "tls.key": key, "tls.crt": certificate }, "kubernetes.io/tls"),
        ingress("web", site.hostName, { "/": "web" }, { tls }),
      ]);
      await site.until("the certificate to be served", async () => {
        const { authorized, reason } = await peer(site.hostName, authority.certificate);
        if (!authorized) throw new Error(reason);
        return true;
      });
    },
  },
  {
    name: "acme-solver",
    title: "HTTP-01 solver that the host's cert-manager makes for an Ingress",
    objects: (site) => [...web("web", "site"), ingress("web", site.hostName, { "/": "web" })],
    check: async (site) => {
      await answers(site, "/", "site");
      await solve(site);
    },
  },
];

/** Makes beside the host's copies what cert-manager makes there, and asks for it from the ingress controller's namespace. */
async function solve({ host, env }: Site): Promise<void> {
  const name = `cm-acme-http-solver-${env.release}`;
  const folder = "/tmp/www/.well-known/acme-challenge";
  const script = `mkdir -p ${folder} && echo proof > ${folder}/token && exec httpd -f -p 8089 -h /tmp/www`;
  const solver = reference("v1", "Pod", name, env.namespace);
  const probe = reference("v1", "Pod", name, "ingress-nginx");
  try {
    await host.apply({
      ...solver,
      metadata: { ...solver.metadata, labels: { "acme.cert-manager.io/http01-solver": "true" } },
      spec: template("solver", container(script, { resources: SOLVER })).spec,
    });
    const { status } = await host.podReady(env.namespace, name, 120_000);
    const url = `http://${status?.podIP ?? ""}:8089/.well-known/acme-challenge/token`;
    // In a loop, so that the shell stays process 1: busybox's `timeout` becomes its command, and SIGTERM does not end process 1.
    const ask = `until timeout 10 wget -qO- ${url}; do sleep 1; done`;
    const { spec } = template("probe", container(ask), { restartPolicy: "OnFailure" });
    await host.apply({ ...probe, spec });
    const explained = { ready: true, pods: [name] };
    await waitFor(
      async () => {
        const log = await host.core.readNamespacedPodLog({ namespace: probe.metadata.namespace ?? "", name });
        return /^proof$/m.test(log);
      },
      {
        what: "the solver's answer",
        timeoutMs: 60_000,
        // Both are deleted below, before the row's own explanation is made.
        explain: async () =>
          [await host.explain(env.namespace, explained), await host.explain("ingress-nginx", explained)].join("\n"),
      },
    );
  } finally {
    await host.remove(probe, solver);
  }
}

/** What cert-manager gives its solvers by default. */
const SOLVER = { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "100m", memory: "64Mi" } };
