import type { V1Deployment, V1Ingress, V1Pod, V1Service } from "@kubernetes/client-node";

/** The one image for the tests' own workloads; the local host has it, and no pod can pull another. */
export const image = "docker.io/library/busybox:1.36";

export interface WebServer {
  name: string;
  namespace: string;
  /** What it answers. */
  page: string;
  /** Default: `default`. */
  serviceAccountName?: string;
  /** A PersistentVolumeClaim that the pod mounts. Default: none. */
  claim?: string;
}

/** What the Pod Security Standard `restricted` asks of a pod and of its containers. */
export const podSecurityContext = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } };
export const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** A Deployment of one pod that serves a page, and its Service on port 80; the pod has the label `app`. */
export function webServer(args: WebServer): { deployment: V1Deployment; service: V1Service } {
  const { name, namespace, page, serviceAccountName = "default", claim } = args;
  const labels = { app: name };
  const command = [
    "sh",
    "-c",
    'mkdir /tmp/www && echo "$PAGE" > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www',
  ];
  return {
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName,
            terminationGracePeriodSeconds: 0,
            securityContext: podSecurityContext,
            volumes: claim ? [{ name: "claim", persistentVolumeClaim: { claimName: claim } }] : [],
            containers: [
              {
                name: "web",
                image,
                imagePullPolicy: "IfNotPresent",
                securityContext,
                command,
                env: [{ name: "PAGE", value: page }],
                volumeMounts: claim ? [{ name: "claim", mountPath: "/claim" }] : [],
                ports: [{ containerPort: 8080 }],
                readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  };
}

/** A pod that prints a page and ends; it carries the label by which Azure knows a cloud identity. */
export function webClient({ name, namespace, url }: { name: string; namespace: string; url: string }): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "azure.workload.identity/use": "true" } },
    spec: {
      restartPolicy: "OnFailure",
      terminationGracePeriodSeconds: 0,
      securityContext: podSecurityContext,
      containers: [
        { name: "client", image, imagePullPolicy: "IfNotPresent", securityContext, command: ["wget", "-qO-", url] },
      ],
    },
  };
}

/** An Ingress that leads a host name to the Service of the same name. */
export function webIngress(name: string, namespace: string, host: string): V1Ingress {
  const backend = { service: { name, port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace },
    spec: {
      ingressClassName: "nginx",
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}
