import type {
  KubernetesObject,
  V1Container,
  V1Deployment,
  V1Job,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Service,
} from "@kubernetes/client-node";

import { image, podSecurityContext, securityContext } from "../workloads";

/** Any object; the namespace is the program's. */
export function object(apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject {
  const { metadata, ...fields } = rest as { metadata?: object };
  return { apiVersion, kind, metadata: { name, ...metadata }, ...fields };
}

/** An object of the whole cluster. */
export function clusterObject(apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject {
  return object(apiVersion, kind, name, { metadata: { namespace: undefined }, ...rest });
}

export const configMap = (name: string, data: Record<string, string>) => object("v1", "ConfigMap", name, { data });
export const secret = (name: string, stringData: Record<string, string>, type = "Opaque") =>
  object("v1", "Secret", name, { type, stringData });

/** A shell script that serves a page on port 8080. */
export const serving = (page: string) =>
  `mkdir -p /tmp/www && echo "${page}" > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www`;

/** A shell command that asks the virtual cluster's DNS server. A name without an address is an answer, and no failure. */
export const lookUp = (name: string, type = "a") => `nslookup -type=${type} ${name} || true`;

export const SLEEPING = "exec sleep 36000";

/** A container that runs a script and passes the Pod Security Standard `restricted`. */
export function container(script: string, rest: Partial<V1Container> = {}): V1Container {
  return {
    name: "main",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", script],
    securityContext,
    ...rest,
  };
}

/** A readiness probe for {@link serving}. */
export const PROBE = { readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 2 } };

/** The pod of a controller, with the label `app`. */
export function template(app: string, main: V1Container, rest: Partial<V1PodSpec> = {}): V1PodTemplateSpec {
  return {
    metadata: { labels: { app } },
    spec: { securityContext: podSecurityContext, terminationGracePeriodSeconds: 1, containers: [main], ...rest },
  };
}

export function deployment(
  app: string,
  main: V1Container,
  { replicas = 1, ...rest }: Partial<V1PodSpec> & { replicas?: number } = {},
): V1Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: app },
    spec: { replicas, selector: { matchLabels: { app } }, template: template(app, main, rest) },
  };
}

/** A page and its Service of the same name on port 80. */
export function web(app: string, page: string): [V1Deployment, V1Service] {
  return [deployment(app, container(serving(page), PROBE)), service(app)];
}

export function service(app: string, spec: object = {}, metadata: object = {}): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: app, ...metadata },
    spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

export function job(name: string, script: string, spec: object = {}): V1Job {
  const main = container(script);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { template: template(name, main, { restartPolicy: "Never" }), ...spec },
  };
}

/** A small claim of the default storage class. */
export const CLAIM = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } };
