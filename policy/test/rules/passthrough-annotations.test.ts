import { passthroughAnnotations } from "../../rules/passthrough-annotations";
import { testRule } from "../cases";
import { BUCKET, ingress, otherIngress, tcpRoute } from "../fixtures";
import { UNKNOWN } from "../harness";

const PASSTHROUGH = 'metadata.annotations["nginx.ingress.kubernetes.io/ssl-passthrough"]';
const PROTOCOL = 'metadata.annotations["nginx.ingress.kubernetes.io/backend-protocol"]';

testRule(passthroughAnnotations, {
  compliant: {
    "both annotations": ingress(),
    "an Ingress of another Service": otherIngress(),
    HAProxy: ingress({
      "spec.ingressClassName": "haproxy",
      "metadata.annotations": { "haproxy.org/ssl-passthrough": "true" },
    }),
  },
  violating: {
    "no annotations": {
      of: ingress({ "metadata.annotations": undefined }),
      at: [PASSTHROUGH, PROTOCOL],
      says: ["Found: nothing", 'Allowed: "true"', 'Allowed: "HTTPS"'],
    },
    "passthrough off": {
      of: ingress({ "metadata|annotations|nginx.ingress.kubernetes.io/ssl-passthrough": "false" }),
      at: [PASSTHROUGH],
      says: ['Found: "false"'],
    },
    "plain HTTP behind": {
      of: ingress({ "metadata|annotations|nginx.ingress.kubernetes.io/backend-protocol": "HTTP" }),
      at: [PROTOCOL],
    },
    "nginx annotations for HAProxy": {
      of: ingress({ "spec.ingressClassName": "haproxy-public" }),
      at: ['metadata.annotations["haproxy.org/ssl-passthrough"]'],
    },
    "HAProxy by the older annotation": {
      of: ingress({
        "spec.ingressClassName": undefined,
        "metadata|annotations|kubernetes.io/ingress.class": "haproxy",
      }),
      at: ['metadata.annotations["haproxy.org/ssl-passthrough"]'],
    },
    "the older API": {
      of: { ...ingress({ "metadata.annotations": {} }), type: "kubernetes:networking.k8s.io/v1beta1:Ingress" },
      at: [PASSTHROUGH, PROTOCOL],
    },
    "a Service of another name that asks for passthrough": {
      of: ingress({
        "path.backend.service.name": "api",
        "metadata.annotations": { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" },
      }),
      at: [PROTOCOL],
    },
  },
  unknown: {
    "an unknown annotation": {
      of: ingress({ "metadata|annotations|nginx.ingress.kubernetes.io/ssl-passthrough": UNKNOWN }),
      at: "metadata.annotations.nginx.ingress.kubernetes.io/ssl-passthrough",
    },
  },
  notApplicable: { "another kind": tcpRoute(), "another provider": BUCKET },
  misconfigured: { "with a controller that nobody knows": { controller: "" } },
  configured: {
    "another name of the Service": {
      of: otherIngress(),
      config: { apiServices: "^shop$" },
      at: [PASSTHROUGH, PROTOCOL],
    },
    "a controller that its class does not tell": {
      of: ingress(),
      config: { controller: "haproxy" },
      at: ['metadata.annotations["haproxy.org/ssl-passthrough"]'],
    },
    "nginx under the class haproxy": {
      of: ingress({ "spec.ingressClassName": "haproxy" }),
      config: { controller: "nginx" },
      at: [],
    },
  },
  remediated: {
    "missing annotations": {
      of: ingress({ "metadata.annotations": undefined }),
      to: ingress({ "metadata|annotations|nginx.ingress.kubernetes.io/ssl-redirect": undefined }).props,
    },
    "one annotation": {
      of: ingress({ "metadata|annotations|nginx.ingress.kubernetes.io/ssl-passthrough": "false" }),
      to: ingress().props,
    },
    "nothing that is complete": { of: ingress(), to: undefined },
    "nothing of another Service": { of: otherIngress(), to: undefined },
    "nothing of another kind": { of: tcpRoute(), to: undefined },
  },
});
