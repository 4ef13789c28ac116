import { type Row, SECTIONS } from "../doctor/model";
import { BEFORE_ROWS } from "../doctor/before/rows";
import { bySection, ROWS } from "../doctor/rows";
import { markdownTable } from "../shared/table";
import { markdown } from "./documents";

/** What docs/doctor.md says of each row. */
export function doctorSections(): Promise<string> {
  const sections = bySection([...ROWS, ...BEFORE_ROWS]).map(([title, rows]) =>
    [`## ${capital(title)}`, ...rows.map(section)].join("\n\n"),
  );
  return markdown(sections.join("\n\n"));
}

function section(row: Row): string {
  const { code, severity, cause, healthy, needs, follows = [], page: more } = row;
  const commands = [...new Set([row.fix, row.fixElsewhere ?? row.fix])].map(placeholders);
  const facts = [
    ["severity", severity],
    ["holds where nothing is found", healthy],
    ["looks at", needs.length === 0 ? "what could not be read" : needs.map((need) => PARTS[need]).join(", ")],
    ...(follows.length > 0 ? [["not reported beside", follows.map(named).join(", ")]] : []),
    ...(more === undefined ? [] : [["more", `[${more}](${linkTo(more)})`]]),
  ];
  return [
    `### ${code}`,
    `${capital(cause)}.`,
    markdownTable([["", ""], ...facts]),
    `\`\`\`sh\n${commands.join("\n# an environment that this project did not make:\n")}\n\`\`\``,
  ].join("\n\n");
}

/** Parts of a snapshot in the words of Kubernetes. */
const PARTS: Readonly<Record<Row["needs"][number], string>> = {
  connection: "the host's API",
  version: "the host's version",
  nodes: "nodes",
  dns: "the host's DNS server",
  namespace: "the namespace",
  state: "what preflight reads",
  statefulSet: "the StatefulSet",
  values: "the values that the control plane runs with",
  release: "the Helm release beside its objects",
  registration: "Argo CD's Secret of the cluster",
  namesakes: "Argo CD's Secrets of all clusters",
  certificatesSecret: "the Secret with the control plane's certificates",
  hostnames: "host names of all routes on the host",
  pods: "pods of the namespace",
  events: "its events",
  services: "its Services",
  endpoints: "its EndpointSlices",
  volumeClaims: "its PersistentVolumeClaims",
  quotas: "its ResourceQuotas",
  limitRanges: "its LimitRanges",
  networkPolicies: "its NetworkPolicies",
  routes: "its Ingresses and routes",
  ingressClasses: "IngressClasses",
  storageClasses: "StorageClasses",
  priorityClasses: "PriorityClasses",
  admissionPolicies: "ValidatingAdmissionPolicies",
  admissionBindings: "their bindings",
  ingressWorkloads: "workloads of the ingress controller's namespace",
  hostApi: "addresses of the host's API",
  argocdWorkloads: "workloads of Argo CD",
  projects: "AppProjects",
  applications: "Applications of the environment",
  certificates: "certificates in the control plane's Secret",
  sources: "mapped namespaces of the host, and names of Secrets and ConfigMaps in them",
  syncerRights: "SubjectAccessReviews for the syncer",
  volumeUse: "the kubelet's statistics",
  api: "the readiness check of `up`, with Argo CD's token",
  served: "the certificate that is served",
  podApi: "the API through the host's API server",
  administrator: "the API with the administrator's certificate",
  insideNodes: "nodes inside",
  insideDns: "the DNS server inside",
  insideDnsDeployments: "its Deployment",
  insideIngressClasses: "IngressClasses inside",
  pendingPods: "pending pods inside",
  refused: "events of refusals inside, and whether they still hold",
  copies: "names of Secrets and ConfigMaps inside",
  ownRights: "SelfSubjectAccessReviews",
  passthrough: "a handshake through a route in a namespace that is made for it and removed",
};

function named(cause: string): string {
  return cause in SECTIONS ? `${SECTIONS[cause as keyof typeof SECTIONS]} (errors)` : `[${cause}](#${cause})`;
}

/** Names in braces as placeholders of a shell's manual. */
function placeholders(command: string): string {
  return command.replace(/\{([a-zA-Z]+)\}/g, "<$1>");
}

/** From docs/ to another page. */
function linkTo(file: string): string {
  return file.startsWith("docs/") ? file.slice("docs/".length) : `../${file}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
