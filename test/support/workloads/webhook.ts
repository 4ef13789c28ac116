import type { KubernetesObject } from "@kubernetes/client-node";

import { versions } from "../../../local/settings";
import { base64 } from "../../../shared/base64";
import { Authority } from "../certificates";
import { clusterObject, configMap, container, deployment, secret, service } from "./manifests";

/** Refuses what is called `forbidden`: an AdmissionReview from and to a CGI script. */
const SCRIPT = `#!/bin/sh
body=$(head -c "$CONTENT_LENGTH")
uid=$(echo "$body" | sed -E 's/.*"request":\\{"uid":"([^"]*)".*/\\1/')
case "$body" in *'"name":"forbidden"'*) allowed=false;; *) allowed=true;; esac
printf 'Content-Type: application/json\\r\\n\\r\\n'
echo '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"'"$uid"'","allowed":'$allowed',"status":{"message":"not here"}}}'
`;

const PROXY = {
  tls: { certificates: [{ certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" }] },
  http: {
    routers: { hook: { rule: "PathPrefix(`/`)", service: "hook", tls: {} } },
    services: { hook: { loadBalancer: { servers: [{ url: "http://127.0.0.1:8080" }] } } },
  },
};

/** A web server for admission requests in the namespace `webhook`, and the PEM of its authority. TLS ends in Traefik. */
export async function webhook(): Promise<{ authority: string; objects: KubernetesObject[] }> {
  const authority = await Authority.create();
  const host = "hook.webhook.svc";
  const { key, certificate } = await authority.issue({ commonName: host, names: [host] });
  const mount = (name: string, mountPath: string) => ({ name, mountPath });
  const server = container("exec httpd -f -p 8080 -h /www", { volumeMounts: [mount("script", "/www/cgi-bin")] });
  const proxy = container("", {
    name: "proxy",
    image: `docker.io/library/traefik:${versions.traefik}`,
    command: ["/traefik", "--entrypoints.hook.address=:8443", "--providers.file.filename=/config/dynamic.yaml"],
    volumeMounts: [mount("config", "/config"), mount("tls", "/tls")],
    readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 2 },
  });
  const hook = deployment("hook", server, {
    volumes: [
      { name: "script", configMap: { name: "script", defaultMode: 0o555 } },
      { name: "config", configMap: { name: "config" } },
      { name: "tls", secret: { secretName: "tls" } },
    ],
  });
  hook.spec?.template.spec?.containers.push(proxy);
  const objects = [
    configMap("script", { hook: SCRIPT }),
    configMap("config", { "dynamic.yaml": JSON.stringify(PROXY) }),
    secret("tls", { "tls.key": key, "tls.crt": certificate }, "kubernetes.io/tls"),
    service("hook", { ports: [{ port: 443, targetPort: 8443 }] }),
    hook,
  ];
  return { authority: authority.certificate, objects };
}

/** Sends what is created in the namespace to the web server. */
export function registration(authority: string): KubernetesObject {
  return clusterObject("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "hook", {
    webhooks: [
      {
        name: "hook.example.org",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        timeoutSeconds: 10,
        clientConfig: {
          caBundle: base64(authority),
          service: { name: "hook", namespace: "webhook", path: "/cgi-bin/hook" },
        },
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "webhook" } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
      },
    ],
  });
}
