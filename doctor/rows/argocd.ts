import { renameCluster } from "../../components/argocd/conflicts";
import { ARGOCD_SECRET_TYPE } from "../../shared/kubernetes";
import { getPath } from "../../shared/json";
import type { Row, Sighting } from "../model";
import { ageSeconds, items, type KubeObject, nameOf, namespaceOf, text, title } from "../objects";
import { placesOf } from "../places";
import { registrationOf } from "../read/host";
import type { Snapshot } from "../snapshot";
import { apiRow } from "./api";
import { UP } from "./commands";
import { down } from "./workloads";

/** Argo CD deletes what an Application deployed within this time, unless something blocks it. */
const DELETE_SECONDS = 60;
/** Workloads without which nothing is compared or synced; the API server and Dex are for people. */
const NEEDED = /(application-controller|repo-server|redis)/;
const CONTROLLER = /application-controller/;
/** What keeps Argo CD from the virtual cluster. */
const CLUSTER = [
  ...["host", "namespaces", "control-plane", "argocd-missing", "argocd-down", "argocd-cluster-missing"],
  ...["argocd-label-missing", "argocd-server-wrong", "argocd-authority-wrong", "argocd-token-missing"],
  "argocd-name-ambiguous",
  ...["argocd-token-rejected", "argocd-rights-missing", "argocd-project-missing", "network-policy-argocd-closed"],
  ...["network-policy-missing", "network-policy-host-api-closed"],
  ...["certificate-incluster-name-missing", "serving-certificate-expired", "api-not-ready", "api-unreachable"],
];

export const argocdRows: readonly Row[] = [
  {
    code: "argocd-missing",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD is installed",
    cause: "argocd.namespace has no application controller: Argo CD is in another namespace, or not installed",
    fix: "kubectl get deployment,statefulset -A | grep application-controller",
    page: "docs/configuration.md#argocd",
    needs: ["argocdWorkloads"],
    applies: isRegistered,
    find: (snapshot) =>
      (snapshot.read.argocdWorkloads ?? []).some((workload) => CONTROLLER.test(nameOf(workload)))
        ? []
        : [{ what: `Namespace ${placesOf(snapshot).argocdNamespace}`, seen: "it has no application controller" }],
  },
  {
    code: "argocd-down",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD is ready",
    cause: "a part of Argo CD has no ready pod: nothing is compared or synced",
    fix: "kubectl get pods -A | grep argocd",
    needs: ["argocdWorkloads"],
    follows: ["host"],
    applies: isRegistered,
    find: ({ read: { argocdWorkloads = [] } }) =>
      down(argocdWorkloads.filter((workload) => NEEDED.test(nameOf(workload)))),
  },
  {
    code: "argocd-cluster-missing",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD has the cluster's Secret",
    cause: "the Secret that registers the environment with Argo CD does not exist",
    fix: UP,
    needs: ["registration"],
    follows: ["namespace-missing"],
    applies: ({ expected }) => expected?.argocd.register === true,
    find: (snapshot) =>
      snapshot.read.state?.argocdCluster === undefined ? [{ what: secretName(snapshot), seen: "not found" }] : [],
  },
  {
    code: "argocd-name-ambiguous",
    section: "argocd",
    severity: "error",
    healthy: "no other cluster in Argo CD has the environment's name",
    cause:
      "another Secret registers a cluster with the environment's name: Argo CD deploys no Application by a name that two clusters have",
    fix: renameCluster("{argocdNamespace}", "{secret}"),
    needs: ["registration", "namesakes"],
    applies: hasSecret,
    find: ({ read: { namesakes = [] }, names, expected }) =>
      namesakes.map((secret) => ({
        what: `Secret ${expected?.argocd.namespace ?? "argocd"}/${secret}`,
        seen: `its name in Argo CD is ${names.argocdCluster}`,
        names: { secret },
      })),
  },
  {
    code: "argocd-label-missing",
    section: "argocd",
    severity: "error",
    healthy: "the Secret has the label by which Argo CD finds it",
    cause: `the Secret lacks the label ${ARGOCD_SECRET_TYPE}=cluster: Argo CD does not know the environment`,
    fix: UP,
    fixElsewhere: `kubectl -n {argocdNamespace} label secret {argocdCluster} --overwrite ${ARGOCD_SECRET_TYPE}=cluster`,
    needs: ["registration"],
    applies: hasSecret,
    find: (snapshot) => {
      const value = snapshot.read.state?.argocdCluster?.metadata?.labels?.[ARGOCD_SECRET_TYPE];
      if (value === "cluster") return [];
      return [{ what: secretName(snapshot), seen: `its label ${ARGOCD_SECRET_TYPE} is ${value ?? "missing"}` }];
    },
  },
  {
    code: "argocd-server-wrong",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD has the API's URL inside the host",
    cause: "the Secret has another URL than that of the API inside the host",
    fix: UP,
    needs: ["registration"],
    applies: ({ expected, read }) => expected !== undefined && hasSecret({ read }),
    find: (snapshot) => {
      const { server } = registrationOf(snapshot.read.state?.argocdCluster);
      if (server === snapshot.names.inClusterUrl) return [];
      return [{ what: secretName(snapshot), seen: `its server is ${server}, and not ${snapshot.names.inClusterUrl}` }];
    },
  },
  {
    code: "argocd-authority-wrong",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD trusts the virtual cluster's certificate authority",
    cause: "the Secret has another CA certificate than the virtual cluster: Argo CD rejects its certificate",
    fix: UP,
    needs: ["registration", "certificates"],
    applies: hasSecret,
    find: (snapshot) => {
      const { authority } = registrationOf(snapshot.read.state?.argocdCluster);
      if (sameText(authority, snapshot.read.certificates?.authority ?? "")) return [];
      const seen =
        authority === "" ? "it has no CA certificate" : "its CA certificate is another one than the virtual cluster's";
      return [{ what: secretName(snapshot), seen }];
    },
  },
  {
    code: "argocd-token-missing",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD has a token",
    cause: "the Secret has no bearer token",
    fix: UP,
    needs: ["registration"],
    applies: ({ expected, read }) => expected !== undefined && hasSecret({ read }),
    find: (snapshot) =>
      registrationOf(snapshot.read.state?.argocdCluster).token === ""
        ? [{ what: secretName(snapshot), seen: "config.bearerToken is empty" }]
        : [],
  },
  {
    code: "argocd-token-expired",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD's token has not expired",
    cause: "the lifetime of Argo CD's token is over",
    fix: "make rotate STACK={stack}",
    page: "docs/operations.md#credentials-and-certificates",
    needs: ["registration"],
    applies: hasSecret,
    find: (snapshot) => {
      const end = tokenEnd(snapshot);
      if (end === undefined || end > snapshot.now) return [];
      return [{ what: secretName(snapshot), seen: `its token ended on ${end.toISOString().slice(0, 10)}` }];
    },
  },
  {
    code: "argocd-token-expiring",
    section: "argocd",
    severity: "warning",
    healthy: "Argo CD's token is valid for some time",
    cause: "Argo CD's token ends within 30 days",
    fix: "make rotate STACK={stack}",
    page: "docs/operations.md#credentials-and-certificates",
    needs: ["registration"],
    applies: hasSecret,
    find: (snapshot) => {
      const end = tokenEnd(snapshot);
      if (end === undefined) return [];
      const days = (end.getTime() - snapshot.now.getTime()) / 86_400_000;
      if (days <= 0 || days >= 30) return [];
      return [{ what: secretName(snapshot), seen: `its token ends on ${end.toISOString().slice(0, 10)}` }];
    },
  },
  apiRow("argocd-token-rejected", "argocd", {
    healthy: "the virtual cluster accepts Argo CD's token",
    cause: "the virtual cluster rejects Argo CD's token: its account was deleted, or the token revoked",
    fix: UP,
    page: "docs/operations.md#credentials-and-certificates",
    follows: ["argocd-token-expired"],
  }),
  apiRow("argocd-rights-missing", "argocd", {
    healthy: "Argo CD may do in the virtual cluster what it has to",
    cause: "Argo CD's account in the virtual cluster has lost its role, or the role its rules",
    fix: UP,
    page: "docs/operations.md#manual-changes",
  }),
  {
    code: "argocd-project-missing",
    section: "argocd",
    severity: "error",
    healthy: "the environment has its project in Argo CD",
    cause: "the AppProject of the environment does not exist: its Applications are not synced",
    fix: UP,
    needs: ["projects"],
    follows: ["namespace-missing", "argocd-missing"],
    applies: ({ expected }) => expected?.argocd.register === true,
    find: ({ read: { projects = [] }, names, expected }) =>
      projects.some((project) => nameOf(project) === names.argocdCluster)
        ? []
        : [{ what: `AppProject ${expected?.argocd.namespace ?? ""}/${names.argocdCluster}`, seen: "not found" }],
  },
  {
    code: "application-stuck",
    section: "argocd",
    severity: "error",
    healthy: "no Application waits to be deleted",
    cause: "an Application was deleted and Argo CD cannot delete what it deployed",
    fix: `kubectl patch application {name} -n {place} --type merge -p '{"metadata":{"finalizers":null}}'`,
    page: "docs/operations.md#teardown",
    needs: ["applications"],
    follows: CLUSTER,
    find: ({ read: { applications = [] }, now }) =>
      applications
        .filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)
        .filter(({ metadata }) => ageSeconds(metadata?.deletionTimestamp, now) > DELETE_SECONDS)
        .map((application) => ({
          what: title("Application", application),
          seen: `deleted at ${application.metadata?.deletionTimestamp ?? "?"}, held by ${(application.metadata?.finalizers ?? []).join(", ")}`,
          names: placeOf(application),
        })),
  },
  {
    code: "application-not-compared",
    section: "argocd",
    severity: "error",
    healthy: "Argo CD compares the Applications",
    cause:
      "Argo CD cannot compare an Application with the cluster: it reaches neither source nor cluster, or the spec is invalid",
    fix: "kubectl annotate application {name} -n {place} --overwrite argocd.argoproj.io/refresh=hard",
    page: "docs/applications.md",
    needs: ["applications"],
    follows: [...CLUSTER, "application-stuck"],
    find: ({ read: { applications = [] } }) =>
      applications.flatMap((application): Sighting[] => {
        const errors = items(application, "status.conditions").filter(({ type }) => /Error$/.test(String(type)));
        if (
          text(application, "status.sync.status") !== "Unknown" &&
          !errors.some(({ type }) => type === "ComparisonError")
        )
          return [];
        const seen = errors.map(({ message }) => String(message)).join("; ") || "its sync status is Unknown";
        return [{ what: title("Application", application), seen, names: placeOf(application) }];
      }),
  },
  {
    code: "application-unhealthy",
    section: "argocd",
    severity: "warning",
    healthy: "the Applications are Synced and Healthy",
    cause: "an Application is not what its source says, or what it deployed does not work",
    fix: "kubectl get application {name} -n {place} -o jsonpath='{.status.conditions}{.status.operationState.message}'",
    page: "docs/applications.md",
    needs: ["applications"],
    follows: [...CLUSTER, "application-stuck", "application-not-compared", "to-host", "from-host", "capacity"],
    find: ({ read: { applications = [] } }) =>
      applications.flatMap((application): Sighting[] => {
        const [sync, health] = [text(application, "status.sync.status"), text(application, "status.health.status")];
        if (sync === "" || (sync === "Synced" && health === "Healthy")) return [];
        const message = text(application, "status.operationState.message");
        const seen = [`${sync}, ${health}`, message].filter((part) => part !== "").join(": ");
        return [{ what: title("Application", application), seen, names: placeOf(application) }];
      }),
  },
];

function placeOf(application: KubeObject) {
  return { name: nameOf(application), place: namespaceOf(application) };
}

/** Whether the environment is registered with Argo CD, or delivered by it. */
function isRegistered({ expected, read }: Pick<Snapshot, "expected" | "read">): boolean {
  return expected === undefined ? hasSecret({ read }) : expected.argocd.register || expected.delivery === "argocd";
}

function hasSecret({ read }: Pick<Snapshot, "read">): boolean {
  return read.state?.argocdCluster !== undefined;
}

function secretName(snapshot: Snapshot): string {
  return `Secret ${placesOf(snapshot).argocdNamespace}/${snapshot.names.argocdCluster}`;
}

/** When the token in the Secret ends, by its own claims; undefined where it has none that can be read. */
function tokenEnd({ read }: Snapshot): Date | undefined {
  const [, claims = ""] = registrationOf(read.state?.argocdCluster).token.split(".");
  try {
    const end = getPath(JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>, "exp");
    return typeof end === "number" ? new Date(end * 1000) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two PEM texts in base64 are the same certificate, whatever their line ends. */
function sameText(one: string, other: string): boolean {
  const plain = (data: string) => Buffer.from(data, "base64").toString().replace(/\s+/g, "");
  return plain(one) === plain(other);
}
