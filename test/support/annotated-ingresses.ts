import type { V1Ingress, V1Pod, V1Service } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { domain, versions } from "../../local/settings";
import { type Cluster, reference } from "../../testing/cluster";
import { waitFor } from "../../shared/wait";
import type { Environment } from "./environments";
import { type Annotation, annotations, type Ask, known } from "./ingress-annotations";
import { httpGet, peer, type Ports } from "./tls";

/** Namespace of everything here, in both virtual clusters. */
export const NAMESPACE = "annotations";
/** Class of {@link startTraefik}. */
export const CLASS = "annotations-traefik";

/** One annotation of one object with one value. */
export interface Attempt extends Annotation {
  /** Number by which its objects and its path are told apart. */
  readonly index: number;
  readonly on: "Ingress" | "Service";
  readonly value: string;
  /** Host of the Ingress, where that itself is the attack. */
  readonly host?: string;
}

export type Outcome = "refused" | "taken" | "left out" | "reaches the other";

/** The host that the other environment's application has. */
export const hostOf = ({ stack }: Environment) => `shop-${stack.name}.${domain}`;

/** What is written where an annotation asks for a host, a certificate and so on: names of the other environment. */
function values(ask: Ask, other: Environment, address: string): string[] {
  const host = hostOf(other);
  switch (ask) {
    case "host":
      return [host];
    case "certificate":
      return ["true", `${other.namespace}/certificate`];
    case "matcher":
      return ["true", host, `PathPrefix("/") || Host("${host}") && PathPrefix`];
    case "backend":
      return ["true", `http://${address}:8080/`];
    case "snippet":
      return [`server_name ${host}`];
    case "auth":
      return ["true", `http://${address}:8080/`];
    case "other":
      return ["true"];
  }
}

/** Every annotation that nginx and Traefik know, and the host itself, which needs none. */
export function attempts(other: Environment, address: string): Attempt[] {
  const controllers = known.controllers.filter(({ controller }) =>
    /^(ingress-nginx|Traefik 3\.6|any)$/.test(controller),
  );
  const host = hostOf(other);
  const all = annotations(controllers).flatMap((annotation): Omit<Attempt, "index">[] => {
    const places = annotation.key.includes("/service.") ? (["Ingress", "Service"] as const) : (["Ingress"] as const);
    return places.flatMap((on) =>
      values(annotation.ask, other, address).map((value) => ({ ...annotation, on, value })),
    );
  });
  const hosts = ["ingress-nginx", "Traefik 3.6"].map((controller): Omit<Attempt, "index"> => {
    return { controller, key: "", ask: "host", on: "Ingress", value: "", host };
  });
  return [...hosts, ...all].map((attempt, index) => ({ ...attempt, index }));
}

const isTraefiks = ({ controller }: Annotation) => controller === "Traefik 3.6";
const nameOf = ({ index }: Attempt) => `x${index}`;
const pathOf = ({ index }: Attempt) => `/x${index}/`;

/** An Ingress and a Service of its own, with the annotation on one of them. */
function objects(attempt: Attempt, { apiHost }: Environment): { ingress: V1Ingress; service: V1Service } {
  const { key, on, value, host = `${nameOf(attempt)}.${apiHost}` } = attempt;
  const name = nameOf(attempt);
  const annotated = (kind: Attempt["on"]) => ({
    name,
    namespace: NAMESPACE,
    ...(on === kind && key !== "" && { annotations: { [key]: value } }),
  });
  // What the matcher of an annotation replaces.
  const path = { path: pathOf(attempt), pathType: "ImplementationSpecific" };
  const backend = { service: { name: on === "Service" ? name : "web", port: { number: 80 } } };
  return {
    ingress: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: annotated("Ingress"),
      spec: {
        // An annotation of the class means something only without the field.
        ...(key !== "kubernetes.io/ingress.class" && { ingressClassName: isTraefiks(attempt) ? CLASS : "nginx" }),
        rules: [{ host, http: { paths: [{ ...path, backend }] } }],
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: annotated("Service"),
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  };
}

const INGRESSES = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;

export interface Place {
  host: Cluster;
  own: Environment;
  other: Environment;
  /** What their applications answer. */
  pages: { own: string; other: string };
  /** {@link certificatesOf} before anything is tried. */
  certificates: string[];
  /** Traefik with its own provider of Ingresses. */
  traefik: Ports;
}

/** What both controllers present as the other environment's application. */
export async function certificatesOf({ other, traefik }: Omit<Place, "certificates">): Promise<string[]> {
  const peers = [undefined, traefik].map((at) => peer(hostOf(other), other.cluster.authority, at));
  return (await Promise.all(peers)).map(({ certificate }) => certificate.fingerprint256);
}

/** Waits until the check of synced objects is in force, a moment after it is made. */
export async function untilEnforced({ own }: Place): Promise<void> {
  const metadata = { name: "probe", annotations: { "external-dns.alpha.kubernetes.io/hostname": "probe.example.org" } };
  const service = { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } };
  await waitFor(
    async () => {
      const { status, body } = await own.cluster.send("POST", SERVICES, service);
      if (status === 201) await own.cluster.send("DELETE", `${SERVICES}/probe`);
      return body.includes("denied request");
    },
    { what: "the check of synced objects", timeoutMs: 60_000, everyMs: 1_000 },
  );
}

/** Makes the objects of some attempts by POST, and returns what became of each once the controllers have seen all of them. */
export async function carryOut(batch: readonly Attempt[], place: Place): Promise<Outcome[]> {
  const { host, own, other, pages, traefik } = place;
  const { cluster, namespace, release } = own;
  const made = await Promise.all(
    batch.map(async (attempt) => {
      const { ingress, service } = objects(attempt, own);
      if (attempt.on === "Service") {
        const { status, body } = await cluster.send("POST", SERVICES, service);
        if (/denied request/.test(body)) return "refused";
        if (status !== 201) throw new Error(`${attempt.key}: ${status} ${body}`);
      }
      const { status, body } = await cluster.send("POST", INGRESSES, ingress);
      if (status !== 201) throw new Error(`${attempt.key}: ${status} ${body}`);
      return undefined;
    }),
  );
  const outcomes = new Map<Attempt, Outcome>();
  await waitFor(
    async () => {
      const onHost = await host.getJson<{ items: V1Ingress[] }>(INGRESSES.replace(NAMESPACE, namespace));
      const copies = new Map(onHost.items.map((ingress) => [ingress.metadata?.name, ingress]));
      const { items } = await cluster.core.listNamespacedEvent({ namespace: NAMESPACE, fieldSelector: "type=Warning" });
      const refused = new Set(
        items
          .filter(({ message = "" }) => message.includes("denied request"))
          .map((event) => event.involvedObject.name),
      );
      for (const [index, attempt] of batch.entries()) {
        const copy = copies.get(syncedName(nameOf(attempt), NAMESPACE, release));
        const lost =
          attempt.on === "Ingress" && attempt.key !== "" && !(attempt.key in (copy?.metadata?.annotations ?? {}));
        if (made[index] !== undefined) outcomes.set(attempt, "refused");
        else if (copy) outcomes.set(attempt, lost ? "left out" : "taken");
        else if (refused.has(nameOf(attempt))) outcomes.set(attempt, "refused");
      }
      return outcomes.size === batch.length;
    },
    {
      what: "every Ingress to be on the host or refused",
      timeoutMs: 120_000,
      everyMs: 1_000,
      explain: () =>
        Promise.resolve(
          batch
            .filter((one) => !outcomes.has(one))
            .map(nameOf)
            .join(", "),
        ),
    },
  );
  await seen(batch[0]?.index ?? 0, place);
  const shop = hostOf(other);
  const { authorized, reason } = await peer(other.apiHost, other.cluster.authority);
  if (!authorized) throw new Error(`${other.apiHost}: ${reason}`);
  const certificates = await certificatesOf(place);
  if (certificates.join() !== place.certificates.join()) throw new Error(`${shop} has another certificate`);
  return Promise.all(
    batch.map(async (attempt) => {
      const at = isTraefiks(attempt) ? traefik : undefined;
      const answer = (await httpGet(shop, pathOf(attempt), at)).body.trim();
      // Some annotations leave the own host without an answer.
      const ownAnswer = await httpGet(`${nameOf(attempt)}.${own.apiHost}`, pathOf(attempt), at).then(
        ({ body }) => body.trim(),
        () => "",
      );
      // Nothing but the other environment's own page behind its name, and that behind no name of this one.
      if (answer !== pages.other || ownAnswer === pages.other) return "reaches the other";
      return outcomes.get(attempt) ?? "refused";
    }),
  );
}

/** Removes what {@link carryOut} made, and waits until it is gone from the host. */
export async function clear({ host, own }: Place, batch: readonly Attempt[]): Promise<void> {
  const names = new Set(batch.map((attempt) => syncedName(nameOf(attempt), NAMESPACE, own.release)));
  await own.cluster.send("DELETE", INGRESSES);
  for (const attempt of batch.filter(({ on }) => on === "Service")) {
    await own.cluster.send("DELETE", `${SERVICES}/${nameOf(attempt)}`);
  }
  await waitFor(
    async () => {
      const { items } = await host.getJson<{ items: V1Ingress[] }>(INGRESSES.replace(NAMESPACE, own.namespace));
      return !items.some(({ metadata }) => names.has(metadata?.name ?? ""));
    },
    { what: "the Ingresses to be gone from the host", timeoutMs: 120_000, everyMs: 1_000 },
  );
}

/** Waits until both controllers serve an Ingress that is made now: they read them in the order of their changes. */
async function seen(number: number, { own, pages, traefik }: Place): Promise<void> {
  await Promise.all(
    (
      [
        ["nginx", undefined],
        [CLASS, traefik],
      ] as const
    ).map(async ([ingressClassName, at]) => {
      const name = `seen-${number}-${ingressClassName}`;
      const route = { path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } };
      const host = `${name}.${own.apiHost}`;
      const spec = { ingressClassName, rules: [{ host, http: { paths: [route] } }] };
      const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name }, spec };
      const { status, body } = await own.cluster.send("POST", INGRESSES, ingress);
      if (status !== 201) throw new Error(body);
      await waitFor(async () => (await httpGet(host, "/", at)).body.trim() === pages.own, {
        what: `http://${host}/ of the class ${ingressClassName}`,
        timeoutMs: 60_000,
      });
    }),
  );
}

/** Starts a Traefik that reads Ingresses of {@link CLASS} by its own annotations, beside that of the host, which reads nginx's. */
export async function startTraefik(host: Cluster): Promise<{ at: Ports; stop: () => Promise<void> }> {
  const ingressClass = reference("networking.k8s.io/v1", "IngressClass", CLASS);
  const pod = reference("v1", "Pod", CLASS, "ingress-nginx");
  const stop = () => host.remove(pod, ingressClass);
  await stop();
  await host.apply({ ...ingressClass, spec: { controller: "traefik.io/ingress-controller" } });
  await host.apply<V1Pod>({
    ...pod,
    spec: {
      serviceAccountName: "traefik",
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "traefik",
          image: `docker.io/library/traefik:${versions.traefik}`,
          imagePullPolicy: "IfNotPresent",
          command: ["/traefik"],
          args: [
            "--entrypoints.web.address=:8000",
            "--entrypoints.websecure.address=:8443",
            "--entrypoints.websecure.http.tls=true",
            "--entrypoints.ping.address=:8082",
            "--ping=true",
            "--ping.entrypoint=ping",
            "--providers.kubernetesingress=true",
            `--providers.kubernetesingress.ingressclass=${CLASS}`,
            "--providers.kubernetesingress.throttleduration=0s",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
          ],
          readinessProbe: { httpGet: { path: "/ping", port: 8082 }, periodSeconds: 1 },
          resources: { requests: { cpu: "10m", memory: "64Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  const { status } = await host.podReady("ingress-nginx", CLASS, 60_000);
  return { at: { host: status?.podIP ?? "", httpPort: 8000, httpsPort: 8443 }, stop };
}
