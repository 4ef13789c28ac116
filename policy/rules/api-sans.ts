import { isCovered } from "../../shared/rfc1123";
import { certificateNames } from "../../shared/vcluster/api";
import { deploymentsIn, deploysVcluster } from "../isolation";
import { asText, asTexts } from "../json";
import { isClusterSecret, secretText } from "../argocd";
import { routesOf } from "../routes";
import { ifKnown, stackRule } from "../rule";
import type { Resource } from "../kubernetes";
import { VALUES_DOCS } from "../urls";
import type { Vcluster } from "../vcluster";

export const apiSans = stackRule({
  name: "api-sans",
  description: "The API certificate of a virtual cluster is valid for every host name that clients use.",
  severity: "critical",
  remediationSteps: "Add the host to controlPlane.proxy.extraSANs.",
  url: `${VALUES_DOCS}/control-plane/components/proxy`,
  applies: deploysVcluster,
  check: (resources, { report }) => {
    for (const { vcluster, resource } of deploymentsIn(resources)) {
      const { release, namespace = "", values } = vcluster;
      const sans = asTexts(values.get("controlPlane.proxy.extraSANs"));
      const ingressHosts = (values.text("controlPlane.ingress.host") ?? "").split(" ");
      const names = certificateNames(release, namespace, [...sans, ...ingressHosts]);
      for (const { host, user } of addressesOf(vcluster, resources)) {
        if (isCovered(host, names)) continue;
        report(resource, {
          path: values.where("controlPlane.proxy.extraSANs"),
          problem: `${user} uses ${host}, but the certificate is not valid for it, so clients refuse to connect`,
          value: sans,
          allowed: "a list with every host name that clients use",
          fix: `add "${host}"`,
        });
      }
    }
  },
});

/** Host names by which the stack reaches the API, each with its user. */
function addressesOf(vcluster: Vcluster, resources: readonly Resource[]) {
  const { release, namespace, values } = vcluster;
  const routes = resources
    .flatMap(routesOf)
    .filter((route) => route.namespace === namespace && route.services.includes(release))
    .flatMap(({ host, resource }) => (host === undefined ? [] : { host, user: resource.name }));
  const hosts = new Set(routes.map(({ host }) => host));
  const service = `${release}.${namespace ?? ""}`;
  const clusters = resources.filter(isClusterSecret).flatMap((secret) => {
    const host = hostOf(ifKnown(() => secretText(secret, "server")));
    const ours = host === service || host.startsWith(`${service}.`) || hosts.has(host);
    return ours ? { host, user: secret.name } : [];
  });
  const exported = hostOf(asText(values.get("exportKubeConfig.server")));
  return [...routes, ...clusters, ...(exported === "" ? [] : [{ host: exported, user: "exportKubeConfig.server" }])];
}

function hostOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : "";
}
