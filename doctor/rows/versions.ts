import { runningVersions } from "../../preflight/upgrades";
import { knownSkew, minorOf } from "../../shared/vcluster/versions";
import type { Row } from "../model";
import { items, nameOf, text, title } from "../objects";
import { UP } from "./commands";

/** First Kubernetes with ValidatingAdmissionPolicy. */
const OLDEST_HOST = 30;
/** By Kubernetes' own policy, kubelets are at most so many minor versions older than the API server. */
const KUBELET_SKEW = 3;

export const versionRows: readonly Row[] = [
  {
    code: "host-version-unsupported",
    section: "versions",
    severity: "error",
    healthy: `the host has Kubernetes 1.${OLDEST_HOST} or newer`,
    cause: "the host's Kubernetes has no ValidatingAdmissionPolicy, by which it checks what tenants make",
    fix: "kubectl version",
    page: "README.md",
    needs: ["version"],
    find: ({ read: { version = "" } }) => {
      const found = minor(version);
      return found === undefined || found >= OLDEST_HOST ? [] : [{ what: "the host", seen: `it has ${version}` }];
    },
  },
  {
    code: "kubelet-skew",
    section: "versions",
    severity: "warning",
    healthy: "the kubelets are of supported versions",
    cause: `a kubelet is newer than the host's API server, or more than ${KUBELET_SKEW} minor versions older`,
    fix: "kubectl get nodes",
    needs: ["version", "nodes"],
    find: ({ read: { version = "", nodes = [] } }) =>
      nodes
        .map((node) => ({ node, kubelet: text(node, "status.nodeInfo.kubeletVersion") }))
        .filter(({ kubelet }) => {
          const [api, own] = [minor(version), minor(kubelet)];
          return api !== undefined && own !== undefined && (own > api || own < api - KUBELET_SKEW);
        })
        .map(({ node, kubelet }) => ({ what: title("Node", node), seen: `kubelet ${kubelet}, API server ${version}` })),
  },
  {
    code: "version-skew",
    section: "versions",
    severity: "error",
    healthy: "host and virtual cluster have versions that work together",
    cause:
      "a virtual cluster up to Kubernetes 1.33 on a host from 1.34 on never shows pods as ready, with charts before 0.36.1 (vcluster#3578)",
    fix: `pulumi config set kubernetesVersion v1.34.4 --stack {stack} && ${UP}`,
    fixElsewhere:
      "helm upgrade {release} vcluster --repo https://charts.loft.sh -n {namespace} --reuse-values --set controlPlane.distro.k8s.image.tag=v1.34.4",
    page: "docs/configuration.md#kubernetesversion",
    needs: ["version", "statefulSet"],
    find: ({ read: { version = "", state, podApi }, names }) => {
      const { chart, kubernetes } = runningVersions(state ?? {});
      const [inside, host] = [minorOf(podApi?.version) ?? kubernetes, minorOf(version)];
      const reason =
        chart === undefined || inside === undefined || host === undefined ? undefined : knownSkew(chart, inside, host);
      return reason === undefined
        ? []
        : [{ what: `virtual cluster ${names.release}`, seen: `chart ${chart ?? ""}: ${reason}` }];
    },
  },
  {
    code: "image-of-other-version",
    section: "versions",
    severity: "warning",
    healthy: "the control plane's image has the version of the chart",
    cause: "the image of the syncer is of another version than the chart that configures it",
    fix: UP,
    fixElsewhere: "helm get values {release} -n {namespace} -o yaml | grep -B2 -A2 tag",
    needs: ["statefulSet"],
    follows: ["control-plane"],
    // An image that the configuration sets is meant.
    applies: ({ expected }) => expected === undefined || expected.image.tag === expected.chart.version,
    find: (snapshot) => {
      const set = snapshot.read.state?.statefulSet;
      const { chart } = runningVersions(snapshot.read.state ?? {});
      const image = items(set, "spec.template.spec.containers").map((one) => text(one, "image"))[0] ?? "";
      const tag = /:([^:/@]+)(@|$)/.exec(image)?.[1];
      if (chart === undefined || tag === undefined || tag === chart) return [];
      return [{ what: `StatefulSet ${nameOf(set ?? {})}`, seen: `image ${image}, chart ${chart}` }];
    },
  },
];

/** Number of the minor version of Kubernetes 1. */
function minor(version: string): number | undefined {
  const number = minorOf(version)?.split(".")[1];
  return number === undefined ? undefined : Number(number);
}
