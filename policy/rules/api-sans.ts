import { isCovered } from "../../shared/rfc1123";
import { asText, asTexts } from "../json";
import { isClusterSecret, secretText } from "../argocd";
import { routesOf } from "../routes";
import { ifKnown, stackRule } from "../rule";
import type { Resource } from "../kubernetes";
import { VALUES_DOCS } from "../urls";
import { vclustersIn, type Vcluster } from "../vcluster";

export const apiSans = stackRule({
  name: "api-sans",
  description: "The certificate of a virtual cluster's API covers every address under which it is handed out.",
  severity: "critical",
  remediationSteps: "Add the host to controlPlane.proxy.extraSANs.",
  url: `${VALUES_DOCS}/control-plane/components/proxy`,
  applies: (resources) =>
    resources.some((resource) => vclustersIn(resource).length > 0)
      ? undefined
      : "the stack delivers no virtual cluster",
  check: (resources, { report }) => {
    for (const resource of resources) {
      for (const vcluster of vclustersIn(resource).filter(({ unreadable }) => unreadable.length === 0)) {
        const names = certificateNames(vcluster);
        for (const { host, user } of addressesOf(vcluster, resources)) {
          if (isCovered(host, names)) continue;
          report(
            {
              path: vcluster.values.where("controlPlane.proxy.extraSANs"),
              problem: `${user} uses ${host}, which the certificate does not cover, so the connection is refused`,
              value: asTexts(vcluster.values.get("controlPlane.proxy.extraSANs")),
              allowed: "a list with every host under which the API is handed out",
              fix: `add "${host}"`,
            },
            resource,
          );
        }
      }
    }
  },
});

/** What the syncer puts into the certificate: its Service by two names, the chart's ingress host, and the extra ones. */
function certificateNames({ release, namespace = "", values }: Vcluster): string[] {
  return [
    release,
    `${release}.${namespace}`,
    "localhost",
    ...asTexts(values.get("controlPlane.proxy.extraSANs")),
    ...(values.text("controlPlane.ingress.host") ?? "").split(" "),
  ];
}

interface Address {
  readonly host: string;
  readonly user: string;
}

function addressesOf(vcluster: Vcluster, resources: readonly Resource[]): Address[] {
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
