import { daysLeft, EXPIRY_WARNING_DAYS } from "../../components/vcluster/certificate-expiry";
import type { Row } from "../model";
import { apiRow } from "./api";
import { RESTART, UP } from "./commands";

/** What keeps the way to the API from its pod. */
const WAY = ["ingress", "isolation", "quota-full", "volume-full", "certificate-expired", "syncer-rights-missing"];

export const tlsRows: readonly Row[] = [
  apiRow("tls-handshake-failed", "tls", {
    healthy: "the API's address completes a TLS handshake",
    cause: "what listens at the API's address does not speak TLS: another port, or another server",
    fix: "openssl s_client -connect {apiHost}:{apiPort} -servername {apiHost} </dev/null",
    follows: WAY,
  }),
  apiRow("tls-terminated-elsewhere", "tls", {
    healthy: "TLS is passed through to the API",
    cause:
      "another server than the virtual cluster ends TLS: passthrough is off in the controller (Traefik: --providers.kubernetesingressnginx for annotations of ingress-nginx; ingress-nginx: --enable-ssl-passthrough), or something before it ends TLS",
    fix: "kubectl -n {ingressNamespace} get deployment,daemonset -o yaml | grep -iE 'enable-ssl-passthrough|providers[.]kubernetesingressnginx'",
    page: "docs/configuration.md#ingress",
    follows: WAY,
  }),
  apiRow("certificate-name-missing", "tls", {
    healthy: "the API's certificate has its public name",
    cause: "the API's certificate is the virtual cluster's and lacks its public name: no client accepts it",
    fix: `${RESTART} && ${UP}`,
    fixElsewhere:
      "helm upgrade {release} vcluster --repo https://charts.loft.sh -n {namespace} --reuse-values --set controlPlane.proxy.extraSANs[0]={apiHost} --set controlPlane.proxy.extraSANs[1]={inClusterHost}",
    follows: ["ingress-host-wrong"],
  }),
  apiRow("certificate-incluster-name-missing", "tls", {
    healthy: "the API's certificate has the name that Argo CD uses",
    cause: "the API's certificate lacks its name inside the host, by which Argo CD connects",
    fix: `${RESTART} && ${UP}`,
    fixElsewhere:
      "helm upgrade {release} vcluster --repo https://charts.loft.sh -n {namespace} --reuse-values --set controlPlane.proxy.extraSANs[0]={apiHost} --set controlPlane.proxy.extraSANs[1]={inClusterHost}",
  }),
  apiRow("serving-certificate-expired", "tls", {
    healthy: "the API's certificate is valid",
    cause:
      "the certificate that the API serves has expired, or the clocks differ; a start of the control plane makes a new one",
    fix: RESTART,
    page: "docs/operations.md#credentials-and-certificates",
  }),
  {
    code: "serving-certificate-expiring",
    section: "tls",
    severity: "warning",
    healthy: "the API's certificate is valid for some time",
    cause: `the certificate that the API serves ends within ${EXPIRY_WARNING_DAYS} days; a start of the control plane makes a new one`,
    fix: RESTART,
    page: "docs/operations.md#credentials-and-certificates",
    needs: ["served", "api"],
    find: ({ read: { served, api }, now, names }) => {
      // Another certificate than the virtual cluster's has a row of its own.
      if (served === undefined || api?.failure !== undefined) return [];
      const left = daysLeft(served, now);
      if (left < 0 || left >= EXPIRY_WARNING_DAYS) return [];
      return [
        { what: `certificate of ${names.apiHost}`, seen: `it ends on ${served.until.toISOString().slice(0, 10)}` },
      ];
    },
  },
  apiRow("api-unreachable", "tls", {
    healthy: "the API answers behind the ingress",
    cause: "the ingress controller takes the connection and reaches no pod of the control plane",
    fix: UP,
    fixElsewhere: RESTART,
    page: "docs/isolation.md",
    follows: WAY,
  }),
  apiRow("api-not-ready", "tls", {
    healthy: "the API is ready",
    cause: "the API server answers and is not ready: its store or one of its controllers does not work",
    fix: RESTART,
    follows: WAY,
  }),
];
