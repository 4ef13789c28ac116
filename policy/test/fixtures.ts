import type { JsonObject } from "../json";
import type { TestResource } from "./harness";

// Resources as other programs would write them: nothing here comes from this project's own components.

/** Values that every rule accepts. */
const VALUES: JsonObject = {
  telemetry: { enabled: false },
  sync: { toHost: { pods: { useSecretsForSATokens: true } } },
  controlPlane: {
    statefulSet: {
      image: { repository: "loft-sh/vcluster-oss" },
      resources: { limits: { cpu: "2", memory: "4Gi" }, requests: { cpu: "1", memory: "2Gi" } },
      persistence: { volumeClaim: { enabled: true, retentionPolicy: "Delete" } },
    },
    proxy: { extraSANs: ["vcluster-dev-helm.dev-vcluster.svc", "dev-vcluster.example.com"] },
  },
};

/** Sets values at paths; a key with dots in it is given as a list of keys. Undefined takes a key away. */
export function put(base: JsonObject, changes: Readonly<Record<string, unknown>>): JsonObject {
  const copy = structuredClone(base);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(path.includes("|") ? "|" : ".");
    const last = keys.pop() ?? "";
    let node = copy;
    for (const key of keys) node = (node[key] ??= {}) as JsonObject;
    if (value === undefined) Reflect.deleteProperty(node, last);
    else node[last] = value;
  }
  return copy;
}

export function values(changes: Readonly<Record<string, unknown>> = {}): JsonObject {
  return put(VALUES, changes);
}

/** A Helm release of the chart; `changes` go into the values, `props` beside them. */
export function release(changes: Readonly<Record<string, unknown>> = {}, props: JsonObject = {}): TestResource {
  return {
    type: "kubernetes:helm.sh/v3:Release",
    name: "vcluster",
    props: {
      chart: "vcluster",
      repositoryOpts: { repo: "https://charts.loft.sh" },
      version: "0.26.0",
      name: "vcluster-dev-helm",
      namespace: "dev-vcluster",
      values: values(changes),
      ...props,
    },
  };
}

/** An Argo CD Application that delivers the chart; `changes` go into the values, `source` beside helm. */
export function application(
  changes: Readonly<Record<string, unknown>> = {},
  source: JsonObject = {},
  spec: JsonObject = {},
): TestResource {
  return {
    type: "kubernetes:argoproj.io/v1alpha1:Application",
    name: "app",
    props: {
      metadata: { name: "vcluster-dev", namespace: "argocd" },
      spec: {
        destination: { name: "in-cluster", namespace: "dev-vcluster" },
        source: {
          chart: "vcluster",
          repoURL: "https://charts.loft.sh",
          targetRevision: "0.26.0",
          helm: { releaseName: "vcluster-dev-helm", valuesObject: values(changes) },
          ...source,
        },
        ...spec,
      },
    },
  };
}

/** What lies at the keys of a resource's properties. */
export function part({ props }: TestResource, ...keys: string[]): unknown {
  return keys.reduce<unknown>((node, key) => (node as JsonObject)[key], props);
}

/** A kind of the Kubernetes provider, as `group/version:Kind`. */
export function object(kind: string, props: JsonObject, name = kind.split(":")[1] ?? kind): TestResource {
  return { type: `kubernetes:${kind}`, name, props };
}

export function namespace(name: string, labels?: JsonObject): TestResource {
  return object("core/v1:Namespace", { metadata: { name, ...(labels && { labels }) } }, `ns-${name}`);
}

const INGRESS: JsonObject = {
  metadata: {
    name: "dev-vcluster-ingress",
    namespace: "dev-vcluster",
    annotations: {
      "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
      "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
      "nginx.ingress.kubernetes.io/ssl-redirect": "false",
    },
  },
  spec: {
    ingressClassName: "nginx",
    rules: [
      {
        host: "dev-vcluster.example.com",
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: "vcluster-dev-helm", port: { number: 443 } } },
            },
          ],
        },
      },
    ],
  },
};

/** The Ingress of a virtual cluster's API. Paths into its only rule begin with `rule.`, into that one's path `path.`. */
export function ingress(changes: Readonly<Record<string, unknown>> = {}, name = "ingress"): TestResource {
  const expanded = Object.entries(changes).map(([path, value]) => [
    path.replace(/^rule\./, "spec.rules.0.").replace(/^path\./, "spec.rules.0.http.paths.0."),
    value,
  ]);
  return object("networking.k8s.io/v1:Ingress", put(INGRESS, Object.fromEntries(expanded) as JsonObject), name);
}

/** The Ingress of an application that is no virtual cluster's API. */
export function otherIngress(changes: Readonly<Record<string, unknown>> = {}, name = "shop"): TestResource {
  return ingress(
    { "metadata.annotations": {}, "path.backend.service.name": "shop", "rule.host": "shop.example.com", ...changes },
    name,
  );
}

const TCP_ROUTE: JsonObject = {
  metadata: { name: "api", namespace: "dev-vcluster" },
  spec: {
    entryPoints: ["websecure"],
    routes: [{ match: "HostSNI(`dev-vcluster.example.com`)", services: [{ name: "vcluster-dev-helm", port: 443 }] }],
    tls: { passthrough: true },
  },
};

export function tcpRoute(changes: Readonly<Record<string, unknown>> = {}, name = "tcp"): TestResource {
  return object("traefik.io/v1alpha1:IngressRouteTCP", put(TCP_ROUTE, changes), name);
}

const TLS_ROUTE: JsonObject = {
  metadata: { name: "api", namespace: "dev-vcluster" },
  spec: {
    parentRefs: [{ name: "gateway" }],
    hostnames: ["dev-vcluster.example.com"],
    rules: [{ backendRefs: [{ name: "vcluster-dev-helm", port: 443 }] }],
  },
};

export function tlsRoute(changes: Readonly<Record<string, unknown>> = {}, name = "tls"): TestResource {
  return object("gateway.networking.k8s.io/v1alpha2:TLSRoute", put(TLS_ROUTE, changes), name);
}

export const CONNECTION: JsonObject = { bearerToken: "token", tlsClientConfig: { caData: "Y2E=" } };

/** The Secret that makes the virtual cluster known to Argo CD. */
export function clusterSecret(
  changes: Readonly<Record<string, unknown>> = {},
  connection: unknown = CONNECTION,
): TestResource {
  const base = {
    metadata: {
      name: "dev-vcluster",
      namespace: "argocd",
      labels: { "argocd.argoproj.io/secret-type": "cluster" },
    },
    stringData: {
      name: "dev-vcluster",
      server: "https://vcluster-dev-helm.dev-vcluster.svc:443",
      config: typeof connection === "string" ? connection : JSON.stringify(connection),
    },
  };
  return object("core/v1:Secret", put(base, changes), "cluster-secret");
}

/** Any other resource, of another provider. */
export const BUCKET: TestResource = { type: "aws:s3/bucket:Bucket", name: "bucket", props: {} };
