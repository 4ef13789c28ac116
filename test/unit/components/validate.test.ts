import * as assert from "node:assert/strict";

import { output, runtime } from "@pulumi/pulumi";

import { KEYS } from "../../../components/config/schema";
import { Environment } from "../../../components/environment";
import { checkArgs } from "../../../components/validate";
import program from "../../../index";
import { ConfigurationError } from "../../../shared/errors";
import { record } from "../../support/mocks";

const FORMS =
  '"ns/*": "ns/*", "ns/name": "ns/name", "/name": "ns/name", or "": "ns" for the environment\'s own namespace';
const REWRITE = "write source and target in one of these forms";

/** Findings as lines of the message, without its head. */
function lines(args: object, name = "dev"): string[] {
  return linesOf(new ConfigurationError(name, checkArgs(name, { domain: "example.org", ...args })));
}

function linesOf({ message }: ConfigurationError): string[] {
  return message
    .split("\n")
    .slice(1)
    .map((line) => line.replace(/^ {2}- /, ""));
}

/** Arguments as Pulumi hands them to the program of a stack: text, with maps and lists as JSON. */
function stackConfig(args: object): Record<string, string> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const text = given.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
  return Object.fromEntries(text.map(([key, value]) => [`vcluster-environments:${key}`, value]));
}

/** Not where a key is left empty, which means its default, nor for a number, which becomes a text. */
function saysTheSame(args: object): boolean {
  return Object.values(args).every((value) => value !== undefined && value !== "" && typeof value !== "number");
}

const mapping = (key: string, problem: string) =>
  `sync.secrets[${JSON.stringify(key)}]: ${problem}. Allowed: ${FORMS}. Fix: ${REWRITE}.`;

const LABEL = "lower-case letters, digits and hyphens, with a letter or digit at both ends";
const NAME_FIX = "set environment; without it the name of the stack is taken";
const DOMAIN = {
  allowed: "a DNS name without a dot at its end; the API host has at most 253 characters",
  fix: 'name the domain that leads to the ingress controller, such as "cnoe.localtest.me"',
};
const QUANTITY =
  'Allowed: a Kubernetes quantity such as "250m", "2" or "4Gi". Fix: write a number and, if need be, a unit.';
const SAN =
  'Allowed: a DNS name, "*." and a DNS name, or an IP address. Fix: write the name alone, without scheme, port or path.';
const SECONDS = "Allowed: a whole number of seconds, at least 1. Fix: raise it.";

const REPOSITORY =
  'Allowed: a repository such as "loft-sh/vcluster-oss", without registry and tag. ' +
  "Fix: remove it to get the open source image.";
const REGISTRY =
  'Allowed: a host, with a port and a path if need be, such as "registry.example.com:5000". ' +
  "Fix: write it without scheme; the repository has its own key.";

const ALL_KEYS = Object.keys(KEYS).sort().join(", ");
const OWN_KEY =
  "the program or Argo CD writes this key. Allowed: any but environment, version, domain and those under " +
  "argocd.argoproj.io/. Fix: rename it.";

/** A tree with `value` at a dotted path. */
const nest = (path: string, value: unknown) => path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);

/** One free chart value, and the end of the only finding about it. */
const freeValue = (path: string, value: unknown, message: string): [string, object, string[]] => [
  `the value ${path}: ${JSON.stringify(value)}`,
  { values: nest(path, value) },
  [`values.${path}: ${message}`],
];
const paid = (path: string, value: unknown) =>
  freeValue(
    path,
    value,
    'the image "loft-sh/vcluster-oss" does not have this paid feature, and refuses or ignores it. ' +
      "Allowed: values of open source features. " +
      "Fix: remove it, or set image.repository to an image that has the feature.",
  );
const contradiction = (path: string, value: unknown, key: string, said: string) =>
  freeValue(
    path,
    value,
    `it would be ${JSON.stringify(value)}, and ${key} says ${said}. Allowed: what ${key} says. Fix: remove it, and set ${key}.`,
  );
const uncovered = (host: string) =>
  `values.controlPlane.proxy.extraSANs: the certificate would not be valid for "${host}", which is handed out. ` +
  "Allowed: a list with every name under which the API is handed out. Fix: remove it, and set extraSans.";

const badKey = (path: string, key: string) =>
  `${path}: "${key}" cannot be the key of a label or an annotation. ` +
  'Allowed: a name of at most 63 letters, digits, dots, hyphens and underscores, or a DNS name, "/" and such a name. ' +
  "Fix: rename it.";
const reserved = (path: string) =>
  `${path}: "${path.replace(/^[\w.]*?(?:labels|annotations)(\.|\[")|"\]$/g, "")}" belongs to the chart, Kubernetes, Helm or Pulumi. ` +
  "Allowed: any other key, app.kubernetes.io/ included except app.kubernetes.io/managed-by. " +
  "Fix: put a DNS name of your own before it.";
const NO_QUANTITY =
  'Allowed: a Kubernetes quantity such as "20", "250m" or "4Gi". Fix: write a number and, if need be, a unit.';
const quota = (name: string, amount: string | number, needed: string): [string, object, string[]] => [
  `a quota of ${amount} for ${name}`,
  { isolation: { quota: { [name]: amount } } },
  [
    `isolation.quota${/[./]/.test(name) ? `["${name}"]` : `.${name}`}: "${amount}" is less than the environment itself needs. ` +
      `Allowed: at least ${needed}. Fix: raise it.`,
  ],
];
const NO_PORT =
  'Allowed: a list with ports such as 443, "8000-8100" or "53/udp", from 1 to 65535; TCP where no protocol is named. ' +
  "Fix: correct it, or remove ports to open all of them.";
const CIDR =
  'Allowed: an address and the length of its prefix, such as "203.0.113.0/24". ' +
  'Fix: write a single address with "/32", one of IPv6 with "/128".';

/** Wrong bounds, with every line of the message. */
const wrongIsolation: [string, object, string[]][] = [
  [
    "an unknown profile",
    { isolation: { profile: "strict" } },
    ['isolation.profile: "strict" is not a profile. Allowed: default, hardened, open. Fix: choose one of these.'],
  ],
  quota("pods", 0, "1"),
  quota("services", "3", "4"),
  quota("secrets", 11, "12"),
  quota("configmaps", 5, "6"),
  quota("persistentvolumeclaims", 0, "1"),
  quota("count/serviceaccounts", 44, "45"),
  quota("count/ingresses.networking.k8s.io", 0, "1"),
  quota("requests.storage", "4Gi", "5Gi"),
  quota("limits.ephemeral-storage", "7Gi", "8Gi"),
  quota("requests.ephemeral-storage", "399Mi", "400Mi"),
  [
    "a quota that is no quantity, and one for what has none",
    { isolation: { quota: { pods: "many", configMaps: 5, "count/jobs.batch": "1 0" } } },
    [
      `isolation.quota.pods: "many" is not a quantity. ${NO_QUANTITY}`,
      "isolation.quota.configMaps: a ResourceQuota does not know it. " +
        'Allowed: a name as in the field hard of a ResourceQuota, such as "pods", "limits.cpu" or "count/jobs.batch". ' +
        "Fix: write it as Kubernetes does.",
      `isolation.quota["count/jobs.batch"]: "1 0" is not a quantity. ${NO_QUANTITY}`,
    ],
  ],
  [
    "limits of containers that are none, and a request above its limit",
    { isolation: { containerLimits: { cpu: "-1", gpu: 1 }, containerRequests: { memory: "1Gi" } } },
    [
      `isolation.containerLimits.cpu: "-1" is not a quantity. ${NO_QUANTITY}`,
      "isolation.containerLimits.gpu: a container has no such resource here. " +
        "Allowed: cpu, memory, ephemeral-storage. Fix: remove it.",
      'isolation.containerRequests.memory: "1Gi" is more than the limit of "512Mi". Allowed: at most the limit. ' +
        "Fix: lower it, or raise isolation.containerLimits.memory.",
    ],
  ],
  [
    "an ingress controller's namespace that cannot be one",
    { isolation: { ingressNamespace: "Traefik" } },
    [
      'isolation.ingressNamespace: "Traefik" is not the name of a namespace. ' +
        "Allowed: the name of one namespace on the host. Fix: name the namespace in which the ingress controller runs.",
    ],
  ],
  [
    "openings to nobody, to two at once and with a key that does not exist",
    {
      isolation: {
        egress: [{ ports: [443] }, { cidr: "203.0.113.0/24", namespace: "a" }],
        ingress: [{ namespaces: "monitoring" }],
        hostApi: [{ namespace: "default" }],
      },
    },
    [
      'isolation.ingress[0].namespaces: there is no such key. Allowed: cidr, namespace, ports. Fix: did you mean "namespace"?',
      "isolation.hostApi[0].namespace: there is no such key. Allowed: cidr, ports. Fix: remove it.",
      "isolation.egress[0]: it opens to nobody. Allowed: a cidr or a namespace. Fix: say whom it opens to.",
      "isolation.egress[1]: it has both a cidr and a namespace. Allowed: a cidr or a namespace. Fix: make two openings of it.",
    ],
  ],
  ...["203.0.113.0", "203.0.113.0/33", "example.org/24", "2001:db8::/129"].map((cidr): [string, object, string[]] => [
    `an opening to ${cidr}`,
    { isolation: { egress: [{ cidr }] } },
    [`isolation.egress[0].cidr: "${cidr}" is not a range of addresses. ${CIDR}`],
  ]),
  [
    "an opening to what is not a namespace",
    { isolation: { ingress: [{ namespace: "*" }] } },
    [
      'isolation.ingress[0].namespace: "*" is not the name of a namespace. ' +
        "Allowed: the name of one namespace on the host. Fix: name it as `kubectl get namespace` lists it.",
    ],
  ],
  [
    "ports that are none",
    { isolation: { egress: [{ namespace: "a", ports: [0, 65536, "90-80", "53/icmp", "https"] }] } },
    ["0", "65536", '"90-80"', '"53/icmp"', '"https"'].map(
      (port) => `isolation.egress[0].ports: ${port} is no port. ${NO_PORT}`,
    ),
  ],
  ...(
    [
      ["toHost.networkPolicies", "policies add up, so a tenant could allow itself any connection"],
      ["toHost.persistentVolumes", "a tenant could mount any path of a node"],
      ["toHost.priorityClasses", "a tenant could make a class above everybody else's on the host"],
      [
        "fromHost.priorityClasses",
        "a tenant could take the control plane's class, which no quota counts, or a class of the system",
      ],
    ] as const
  ).map(([kind, problem]): [string, object, string[]] => [
    `copies by sync.${kind}, which would lift the bounds`,
    nest(`sync.${kind}`, true) as object,
    [
      `sync.${kind}: ${problem}. Allowed: true in the profile open only. ` +
        "Fix: remove it, or set isolation.profile to open.",
    ],
  ]),
  [
    "ports that are no list",
    { isolation: { egress: [{ namespace: "a", ports: 443 }] } },
    [
      "isolation.egress[0].ports: 443 is of the wrong type. Allowed: a list of strings or integers. " +
        "Fix: give it a value of that type.",
    ],
  ],
];

/** Wrong arguments, with every line of the message. */
const wrong: [string, object, string[]][] = [
  ...["Dev", "dev_1", "-dev", "e".repeat(39)].map((environment): [string, object, string[]] => [
    `environment ${environment}`,
    { environment },
    [
      `environment: ${JSON.stringify(environment)} cannot be part of the names on the host. ` +
        `Allowed: ${LABEL}, at most 38 characters. Fix: ${NAME_FIX}.`,
    ],
  ]),
  ...["example.org.", "Example.org", "", "a b"].map((domain): [string, object, string[]] => [
    `domain "${domain}"`,
    { domain },
    [
      `domain: ${JSON.stringify(domain)} is not a DNS name, or ${JSON.stringify(`dev-vcluster.${domain}`)} is too long for one. ` +
        `Allowed: ${DOMAIN.allowed}. Fix: ${DOMAIN.fix}.`,
    ],
  ]),
  ["no domain", { domain: undefined }, [`domain: it is missing. Allowed: a DNS name. Fix: ${DOMAIN.fix}.`]],
  [
    "a chart repository without scheme",
    { chart: { repository: "charts.loft.sh" } },
    [
      'chart.repository: "charts.loft.sh" is not the address of a chart repository. ' +
        "Allowed: https://..., http://... or oci://.... Fix: use the repository's URL, or chart.path for a chart on disk.",
    ],
  ],
  [
    "a range of chart versions",
    { chart: { version: "0.26" }, image: { tag: "0.26.0" } },
    [
      'chart.version: "0.26" is not one exact version. Allowed: a full version such as "0.26.0", no range. ' +
        "Fix: pin the version that was tested.",
    ],
  ],
  [
    "a delivery that there is not",
    { delivery: "flux" },
    ['delivery: "flux" is not a way of delivery. Allowed: helm, argocd. Fix: choose one of these.'],
  ],
  [
    "a chart on disk for Argo CD",
    { delivery: "argocd", chart: { path: "./chart" } },
    [
      'chart.path: Argo CD has no access to "./chart". Allowed: no path with delivery: argocd. ' +
        "Fix: remove it, and set chart.repository to one that Argo CD reaches.",
    ],
  ],
  [
    "a project that cannot be",
    { argocd: { deliveryProject: "The Platform" } },
    [
      'argocd.deliveryProject: "The Platform" is not the name of a project. ' +
        "Allowed: a name that `kubectl get appprojects -A` lists. " +
        "Fix: name a project that allows the host as destination and the chart's repository as source.",
    ],
  ],
  [
    "an empty chart path",
    { chart: { path: "" } },
    [
      "chart.path: it is empty. Allowed: the path of a chart's folder or archive. " +
        "Fix: remove it to take the chart from chart.repository.",
    ],
  ],
  [
    "an image without repository and with a bad tag",
    { image: { repository: "", tag: "a tag" } },
    [
      `image.repository: "" is not an image repository. ${REPOSITORY}`,
      'image.tag: "a tag" is not an image tag. Allowed: letters, digits, dots, hyphens and underscores, at most 128. ' +
        "Fix: remove it to get the tag that belongs to the chart.",
    ],
  ],
  [
    "a Kubernetes version without v",
    { kubernetesVersion: "1.34.4" },
    [
      'kubernetesVersion: "1.34.4" is not a Kubernetes version. ' +
        'Allowed: a tag of the image loft-sh/kubernetes, such as "v1.34.4". ' +
        "Fix: write all three numbers, with a v before them.",
    ],
  ],
  [
    "a quantity that is none",
    { controlPlane: { limits: { memory: "4GB" } } },
    [`controlPlane.limits.memory: "4GB" is not a quantity. ${QUANTITY}`],
  ],
  [
    "a request above the limit",
    { controlPlane: { requests: { cpu: 3 } } },
    [
      'controlPlane.requests.cpu: "3" is more than the limit of "2". Allowed: at most the limit. ' +
        "Fix: lower it, or raise controlPlane.limits.cpu.",
    ],
  ],
  [
    "a limit below the default request",
    { controlPlane: { limits: { memory: "1Gi" } } },
    [
      'controlPlane.requests.memory: "2Gi" is more than the limit of "1Gi". Allowed: at most the limit. ' +
        "Fix: lower it, or raise controlPlane.limits.memory.",
    ],
  ],
  [
    "no time to start",
    { controlPlane: { startTimeoutSeconds: 0 } },
    [`controlPlane.startTimeoutSeconds: 0 is not a time to wait. ${SECONDS}`],
  ],
  [
    "a volume of no size",
    { persistence: { size: 0 } },
    [
      'persistence.size: "0" is not a size. Allowed: a Kubernetes quantity above zero, such as "5Gi". ' +
        "Fix: write a number and a unit.",
    ],
  ],
  [
    "a bad storage class",
    { persistence: { storageClass: "Fast" } },
    [
      'persistence.storageClass: "Fast" is not the name of a storage class. ' +
        "Allowed: a name that `kubectl get storageclass` lists. Fix: remove it to get the host's default class.",
    ],
  ],
  [
    "mappings that the syncer would refuse or never match",
    {
      sync: {
        secrets: {
          backstage: "backstage/*",
          "a/*": "a/one",
          "b/*": "b",
          "c/x/y": "c/x",
          "d/": "d/*",
          "/*": "e/*",
          "*/f": "f/f",
          "g/Upper": "g/x",
          "h/x": "h/Upper",
          "i/x": "I/x",
          "": "own/one",
        },
      },
    },
    [
      `sync.secrets.backstage: source "backstage" has no slash. Allowed: ${FORMS}. Fix: ${REWRITE}.`,
      mapping("a/*", '"a/*": "a/one" maps a whole namespace to one name'),
      mapping("b/*", 'target "b" has no slash'),
      mapping("c/x/y", '"c/x/y": "c/x" has more than one slash on a side'),
      mapping("d/", 'source object "" is not an object name'),
      mapping("/*", 'source "/*" names all of the own namespace, written ""'),
      mapping("*/f", 'source namespace "*" is not a namespace name'),
      mapping("g/Upper", 'source object "Upper" is not an object name'),
      mapping("h/x", 'target object "Upper" is not an object name'),
      mapping("i/x", 'target namespace "I" is not a namespace name'),
      mapping("", '"": "own/one" maps a whole namespace to one name'),
    ],
  ],
  [
    "two sources onto one target",
    { sync: { configMaps: { "a/*": "config/*", "b/*": "config/*", "a/x": "other/x", "c/x": "other/*" } } },
    [
      'sync.configMaps["b/*"]: target "config/*" is also the target of "a/*", and the two would overwrite each other. ' +
        "Allowed: one source for each target. Fix: map one of them to another namespace or name.",
      'sync.configMaps["c/x"]: target "other/x" is also the target of "a/x", and the two would overwrite each other. ' +
        "Allowed: one source for each target. Fix: map one of them to another namespace or name.",
    ],
  ],
  [
    "URLs as names in the certificate",
    { extraSans: ["ok.example.org", "https://api.example.org", "api:443"] },
    [
      `extraSans[1]: "https://api.example.org" cannot stand in a certificate. ${SAN}`,
      `extraSans[2]: "api:443" cannot stand in a certificate. ${SAN}`,
    ],
  ],
  [
    "an unknown controller and a bad class",
    { ingress: { controller: "apache", className: "Nginx" } },
    [
      'ingress.controller: "apache" is not supported. Allowed: nginx, traefik, haproxy, gateway, none. ' +
        "Fix: choose one of these.",
      'ingress.className: "Nginx" is not the name of an ingress class. ' +
        "Allowed: a name that `kubectl get ingressclass` lists. " +
        "Fix: name the class of the controller that passes TLS through.",
    ],
  ],
  [
    "a class for controllers that have none",
    { ingress: { controller: "none", className: "nginx" } },
    [
      'ingress.className: the controller "none" does not read it. Allowed: className with nginx, traefik, haproxy. ' +
        "Fix: remove it, or choose one of these controllers.",
    ],
  ],
  [
    "a Gateway for another controller",
    { ingress: { gateway: { name: "edge", namespace: "infra" } } },
    [
      'ingress.gateway: the controller "nginx" does not read it. Allowed: gateway with gateway. ' +
        "Fix: remove it, or choose one of these controllers.",
    ],
  ],
  [
    "a class and no Gateway for the controller gateway",
    { ingress: { controller: "gateway", className: "nginx" } },
    [
      'ingress.className: the controller "gateway" does not read it. Allowed: className with nginx, traefik, haproxy. ' +
        "Fix: remove it, or choose one of these controllers.",
      "ingress.gateway.name: it is missing. Allowed: a name that `kubectl get gateway -A` lists. " +
        "Fix: name a Gateway with a TLS listener in mode Passthrough.",
      "ingress.gateway.namespace: it is missing. Allowed: the namespace that `kubectl get gateway -A` shows. " +
        "Fix: name the namespace of the Gateway.",
    ],
  ],
  [
    "a Gateway that cannot be",
    {
      ingress: {
        controller: "gateway",
        gateway: { name: "Edge", namespace: "in.fra", sectionName: "", routeVersion: "v2" },
      },
    },
    [
      'ingress.gateway.name: "Edge" is not the name of a Gateway. Allowed: a name that `kubectl get gateway -A` lists. ' +
        "Fix: name a Gateway with a TLS listener in mode Passthrough.",
      'ingress.gateway.namespace: "in.fra" is not the name of a namespace. ' +
        "Allowed: the namespace that `kubectl get gateway -A` shows. Fix: name the namespace of the Gateway.",
      'ingress.gateway.sectionName: "" is not the name of a listener. ' +
        "Allowed: the name of one of the Gateway's listeners. " +
        "Fix: remove it to use every listener that takes the host.",
      'ingress.gateway.routeVersion: "v2" is not a version of TLSRoute. Allowed: v1, v1alpha3, v1alpha2. ' +
        "Fix: use one that `kubectl get crd tlsroutes.gateway.networking.k8s.io -o yaml` serves.",
    ],
  ],
  [
    "a bad namespace of Argo CD",
    { argocd: { namespace: "argo_cd" } },
    [
      `argocd.namespace: "argo_cd" is not the name of a namespace. Allowed: ${LABEL}, at most 63 characters. ` +
        "Fix: name the namespace in which Argo CD runs, or set argocd.register to false.",
    ],
  ],
  [
    "a pattern among Argo CD's namespaces",
    { argocd: { namespaces: ["backstage", "team-*"] } },
    [
      `argocd.namespaces[1]: "team-*" is not the name of a namespace. Allowed: ${LABEL}, at most 63 characters. ` +
        "Fix: name a namespace of the virtual cluster; patterns are not possible.",
    ],
  ],
  [
    "cluster resources without namespaces",
    { argocd: { clusterResources: true } },
    [
      "argocd.clusterResources: it says nothing, because Argo CD may do everything in the whole cluster. " +
        "Allowed: true together with argocd.namespaces. Fix: remove it, or list namespaces.",
    ],
  ],
  ...["", "a b", "!"].map((source): [string, object, string[]] => [
    `the source "${source}"`,
    { argocd: { sources: ["*", "!https://example.org/*", source] } },
    [
      `argocd.sources[2]: ${JSON.stringify(source)} is not the address of a repository. ` +
        'Allowed: a URL, a pattern such as "https://git.example.com/team/*", "*" for any; "!" before one excludes it. ' +
        "Fix: write the address as in an Application's repoURL.",
    ],
  ]),
  [
    "a rotation that is a number",
    { argocd: { rotation: 2 } },
    ["argocd.rotation: 2 is of the wrong type. Allowed: a string. Fix: put it in quotes."],
  ],
  [
    "labels of the cluster that are none",
    { argocd: { labels: { "a/b/c": "", team: "our team", "-x": "y" } } },
    [
      badKey('argocd.labels["a/b/c"]', "a/b/c"),
      badKey("argocd.labels.-x", "-x"),
      'argocd.labels.team: "our team" cannot be the value of a label. Allowed: letters, digits, dots, hyphens and ' +
        "underscores, at most 63, with a letter or digit at both ends. Fix: shorten it, or make an annotation of it.",
    ],
  ],
  [
    "labels and annotations that are written by others",
    {
      argocd: {
        labels: { environment: "x", "argocd.argoproj.io/secret-type": "x" },
        annotations: { "pulumi.com/a": "b" },
      },
    },
    [
      reserved('argocd.annotations["pulumi.com/a"]'),
      `argocd.labels.environment: ${OWN_KEY}`,
      `argocd.labels["argocd.argoproj.io/secret-type"]: ${OWN_KEY}`,
    ],
  ],
  [
    "a negative wait",
    { readiness: { timeoutSeconds: -1 } },
    [`readiness.timeoutSeconds: -1 is not a time to wait. ${SECONDS}`],
  ],
  [
    "keys that do not exist",
    { domian: "x", ingress: { clasName: "nginx" }, quota: {} },
    [
      'ingress.clasName: there is no such key. Allowed: className, controller, gateway. Fix: did you mean "className"?',
      `domian: there is no such key. Allowed: ${ALL_KEYS}. Fix: did you mean "domain"?`,
      `quota: there is no such key. Allowed: ${ALL_KEYS}. Fix: remove it.`,
    ],
  ],
  [
    "values of the wrong type",
    {
      kubernetesVersion: 1.34,
      argocd: true,
      readiness: { enabled: "no" },
      extraSans: "a",
      sync: { secrets: { a: 1 } },
    },
    [
      "kubernetesVersion: 1.34 is of the wrong type. Allowed: a string. Fix: put it in quotes.",
      "sync.secrets.a: 1 is of the wrong type. Allowed: a string. Fix: put it in quotes.",
      'extraSans: "a" is of the wrong type. Allowed: a list of strings. Fix: give it a value of that type.',
      "argocd: true is of the wrong type. Allowed: an object with annotations, clusterResources, deleteTimeoutSeconds, deliveryProject, labels, namespace, namespaces, register, rotation, sources, syncTimeoutSeconds. Fix: give it a value of that type.",
      'readiness.enabled: "no" is of the wrong type. Allowed: a boolean. Fix: give it a value of that type.',
    ],
  ],
  [
    "what is no JSON, and an item of a list",
    { image: null, readiness: new Date(0), extraSans: ["ok.example.org", 1, "not ok"] },
    [
      "image: null is of the wrong type. Allowed: an object with registry, repository, tag. Fix: give it a value of that type.",
      "extraSans[1]: 1 is of the wrong type. Allowed: a string. Fix: put it in quotes.",
      'readiness: "1970-01-01T00:00:00.000Z" is of the wrong type. Allowed: an object with enabled, timeoutSeconds. Fix: give it a value of that type.',
    ],
  ],
  [
    "nulls that would not reach Helm",
    { values: { telemetry: { enabled: null }, policies: { resourceQuota: { quota: { "count/pods": null } } } } },
    [
      'values.policies.resourceQuota.quota["count/pods"]: null deletes nothing here: the Kubernetes provider drops nulls ' +
        "before Helm could delete a chart default. Allowed: null only for values that this program sets. " +
        "Fix: set the value that the chart shall use instead.",
    ],
  ],
  [
    "mappings among the free values",
    { values: { sync: { fromHost: { secrets: { enabled: true } } } } },
    [
      "values.sync.fromHost.secrets: it would change what is copied without the rights that belong to it. " +
        "Allowed: mappings under sync.secrets. Fix: move it to sync.secrets.",
    ],
  ],
  [
    "an image with everything in one key",
    { image: { registry: "https://ghcr.io", repository: "ghcr.io/loft-sh/vcluster-oss:0.26.0" } },
    [
      `image.registry: "https://ghcr.io" is not an image registry. ${REGISTRY}`,
      `image.repository: "ghcr.io/loft-sh/vcluster-oss:0.26.0" is not an image repository. ${REPOSITORY}`,
    ],
  ],
  [
    "the environment's own namespace as a source",
    { sync: { secrets: { "dev-vcluster/*": "own/*" } } },
    [mapping("dev-vcluster/*", 'source namespace "dev-vcluster" is the environment\'s own, which is left out')],
  ],
  contradiction("controlPlane.distro.k8s.image.tag", "v1.33.0", "kubernetesVersion", "nothing"),
  contradiction("controlPlane.statefulSet.image.registry", "docker.io", "image.registry", '"ghcr.io"'),
  contradiction(
    "controlPlane.statefulSet.image.repository",
    "loft-sh/vcluster-pro",
    "image.repository",
    '"loft-sh/vcluster-oss"',
  ),
  contradiction("controlPlane.statefulSet.image.tag", "0.30.0", "image.tag", '"0.26.0"'),
  contradiction("controlPlane.statefulSet.resources.requests.cpu", "3", "controlPlane.requests.cpu", '"1"'),
  contradiction("controlPlane.statefulSet.resources.requests.memory", "9Gi", "controlPlane.requests.memory", '"2Gi"'),
  contradiction("controlPlane.statefulSet.resources.limits.cpu", 4, "controlPlane.limits.cpu", '"2"'),
  contradiction("controlPlane.statefulSet.resources.limits.memory", "1Gi", "controlPlane.limits.memory", '"4Gi"'),
  contradiction("controlPlane.statefulSet.persistence.volumeClaim.size", "1Gi", "persistence.size", '"5Gi"'),
  contradiction(
    "controlPlane.statefulSet.persistence.volumeClaim.storageClass",
    "fast",
    "persistence.storageClass",
    "nothing",
  ),
  contradiction(
    "controlPlane.statefulSet.persistence.volumeClaim.retentionPolicy",
    "Retain",
    "persistence.retain",
    '"Delete"',
  ),
  contradiction(
    "controlPlane.statefulSet.persistence.volumeClaim.accessModes",
    ["ReadWriteMany"],
    "persistence.accessModes",
    '["ReadWriteOnce"]',
  ),
  contradiction("controlPlane.distro.k8s.scheduler.enabled", false, "controlPlane.virtualScheduler", "true"),
  contradiction(
    "controlPlane.statefulSet.scheduling.priorityClassName",
    "high",
    "controlPlane.priorityClass",
    '"vcluster-dev-helm"',
  ),
  contradiction(
    "controlPlane.statefulSet.probes.startupProbe.periodSeconds",
    6,
    "controlPlane.probes.startup.periodSeconds",
    "1",
  ),
  contradiction("sync.fromHost.ingressClasses.enabled", false, "sync.fromHost.ingressClasses", "true"),
  contradiction("sync.toHost.podDisruptionBudgets.enabled", true, "sync.toHost.podDisruptionBudgets", "false"),
  [
    "access modes that the control plane cannot use",
    { persistence: { accessModes: ["ReadOnlyMany"] } },
    [
      'persistence.accessModes: ["ReadOnlyMany"] is not how the control plane can use a volume. ' +
        "Allowed: a list with at least one of ReadWriteOnce, ReadWriteOncePod, ReadWriteMany. " +
        "Fix: remove it to get ReadWriteOnce, which every storage class has.",
    ],
  ],
  [
    "tolerations that Kubernetes would refuse",
    {
      controlPlane: {
        tolerations: [
          { key: "a", operator: "Exists", value: "b" },
          { operator: "Equal" },
          { key: "a", effect: "NoStart", tolerationSeconds: 5 },
          { operator: "Is" },
          { keys: "a", operator: "Exists" },
        ],
      },
    },
    [
      'controlPlane.tolerations[4].keys: there is no such key. Allowed: effect, key, operator, tolerationSeconds, value. Fix: did you mean "key"?',
      ...[
        "controlPlane.tolerations[0]: Exists takes no value",
        "controlPlane.tolerations[1]: without a key the operator is Exists",
        'controlPlane.tolerations[2]: "NoStart" is no effect',
        "controlPlane.tolerations[2]: tolerationSeconds is for NoExecute",
        'controlPlane.tolerations[3]: "Is" is no operator',
        "controlPlane.tolerations[3]: without a key the operator is Exists",
      ].map(
        (problem) =>
          `${problem}. Allowed: operator Exists or Equal; effect NoSchedule, PreferNoSchedule, NoExecute or none for all. ` +
          "Fix: write it as in the tolerations of a pod.",
      ),
    ],
  ],
  [
    "placement and probes that cannot be",
    {
      controlPlane: {
        affinity: { node: {} },
        priorityClass: "High",
        nodeSelector: { disk: 1 },
        probes: { startup: { periodSeconds: 0 }, livenes: {} },
      },
    },
    [
      'controlPlane.probes.livenes: there is no such key. Allowed: liveness, readiness, startup. Fix: did you mean "liveness"?',
      "controlPlane.nodeSelector.disk: 1 is of the wrong type. Allowed: a string. Fix: put it in quotes.",
      "controlPlane.affinity.node: Kubernetes has no such affinity. Allowed: nodeAffinity, podAffinity, podAntiAffinity. " +
        "Fix: remove it.",
      'controlPlane.priorityClass: "High" is not the name of a priority class. ' +
        "Allowed: a name that `kubectl get priorityclass` lists. Fix: remove it to get one of the environment's own.",
      "controlPlane.probes.startup.periodSeconds: 0 is less than Kubernetes takes. Allowed: a whole number, at least 1. " +
        "Fix: raise it, or remove it to get that of the chart.",
    ],
  ],
  [
    "labels and annotations of others, and such that cannot be",
    {
      labels: { app: "x", "kubernetes.io/metadata.name": "x", "a b": "c", team: "a b" },
      annotations: { "pulumi.com/skipAwait": "true", "Example.org/a": "x" },
    },
    [
      ...["labels.app", 'labels["kubernetes.io/metadata.name"]'].map((path) => reserved(path)),
      badKey('labels["a b"]', "a b"),
      reserved('annotations["pulumi.com/skipAwait"]'),
      badKey('annotations["Example.org/a"]', "Example.org/a"),
      'labels.team: "a b" cannot be the value of a label. Allowed: letters, digits, dots, hyphens and underscores, ' +
        "at most 63, with a letter or digit at both ends. Fix: shorten it, or make an annotation of it.",
    ],
  ],
  [
    "a null that deletes what a key says",
    { values: { controlPlane: { statefulSet: { image: { tag: null } } } } },
    [
      'values.controlPlane.statefulSet.image.tag: it would be nothing, and image.tag says "0.26.0". ' +
        "Allowed: what image.tag says. Fix: remove it, and set image.tag.",
    ],
  ],
  freeValue(
    "controlPlane.statefulSet.persistence.volumeClaim.enabled",
    false,
    "without a volume every change of the control plane would be a new, empty cluster. Allowed: true. Fix: remove it.",
  ),
  [
    "a scheduler without nodes",
    { sync: { fromHost: { nodes: false } } },
    [
      "sync.fromHost.nodes: controlPlane.virtualScheduler is on, and without nodes the control plane does not start. " +
        "Allowed: true while a virtual scheduler is on. Fix: remove it, or set controlPlane.virtualScheduler to false.",
    ],
  ],
  [
    "the old switch of the scheduler without nodes",
    {
      controlPlane: { virtualScheduler: false },
      sync: { fromHost: { nodes: false } },
      values: nest("controlPlane.advanced.virtualScheduler.enabled", "true"),
    },
    [
      "sync.fromHost.nodes: values.controlPlane.advanced.virtualScheduler.enabled is on, and without nodes the control " +
        "plane does not start. Allowed: true while a virtual scheduler is on. " +
        "Fix: remove it, or set values.controlPlane.advanced.virtualScheduler.enabled to false.",
    ],
  ],
  [
    "kinds that cannot go both ways, or one alone",
    {
      isolation: { profile: "open" },
      sync: {
        fromHost: { storageClasses: true, priorityClasses: true },
        toHost: { storageClasses: true, priorityClasses: true, volumeSnapshots: true },
      },
    },
    [
      ...["storageClasses", "priorityClasses"].map(
        (kind) =>
          `sync.toHost.${kind}: sync.fromHost.${kind} is on too, and with both the control plane does not start. ` +
          "Allowed: one of the two. Fix: switch one of them off.",
      ),
      "sync.toHost.volumeSnapshotContents: sync.toHost.volumeSnapshots is on, and with one alone the control plane does " +
        "not start. Allowed: both, or none. Fix: switch both on or off.",
    ],
  ],
  paid("sync.toHost.namespaces.enabled", true),
  paid("sync.toHost.pods.hybridScheduling.enabled", "true"),
  paid("sync.toHost.customResources", { "certificates.cert-manager.io": { enabled: true } }),
  paid("sync.fromHost.customResources", { "widgets.example.org": { enabled: true } }),
  paid("sync.toHost.ingresses.patches", [{ path: "spec" }]),
  paid("controlPlane.backingStore.etcd.embedded.enabled", true),
  paid("controlPlane.backingStore.database.external.enabled", true),
  paid("controlPlane.coredns.embedded", true),
  paid("controlPlane.hostPathMapper.central", true),
  paid("networking.resolveDNS", [{ hostname: "a" }]),
  paid("policies.centralAdmission.validatingWebhooks", [{}]),
  paid("policies.centralAdmission.mutatingWebhooks", [{}]),
  paid("experimental.denyProxyRequests", [{}]),
  paid("experimental.isolatedControlPlane.enabled", true),
  paid("external.platform", { project: "a" }),
  paid("sleepMode.enabled", true),
  [
    "a list of SANs that leaves out what is handed out",
    { extraSans: ["api.example.org"], values: { controlPlane: { proxy: { extraSANs: ["*.example.com"] } } } },
    ["vcluster-dev-helm.dev-vcluster.svc", "dev-vcluster.example.org", "api.example.org"].map(uncovered),
  ],
  [
    "a wildcard that does not reach far enough",
    {
      domain: "a.example.org",
      values: { controlPlane: { proxy: { extraSANs: ["*.example.org", "*.dev-vcluster.svc"] } } },
    },
    [uncovered("dev-vcluster.a.example.org")],
  ],
  freeValue(
    "exportKubeConfig.server",
    "https://other.example.org",
    'the certificate is not valid for "other.example.org". Allowed: a URL with a name that is in the certificate. ' +
      "Fix: add the name to extraSans.",
  ),
  freeValue(
    "controlPlane.statefulSet.highAvailability.replicas",
    3,
    "3 control planes cannot share the embedded database, and none of them starts. " +
      "Allowed: 1, or more with controlPlane.backingStore.etcd.deploy.enabled. Fix: remove it, or deploy etcd.",
  ),
  freeValue(
    "policies.podSecurityStandard",
    "strict",
    '"strict" is no Pod Security Standard, and the control plane does not start. ' +
      "Allowed: privileged, baseline, restricted. Fix: choose one of these.",
  ),
  [
    "both ways of exporting the kubeconfig",
    { values: { exportKubeConfig: { secret: { name: "a" }, additionalSecrets: [{ name: "b" }] } } },
    [
      "values.exportKubeConfig.secret: the chart does not render with both this and exportKubeConfig.additionalSecrets. " +
        "Allowed: one of the two. Fix: move it to exportKubeConfig.additionalSecrets.",
    ],
  ],
];

describe("checks of an environment's arguments", () => {
  for (const [title, args, expected] of [...wrong, ...wrongIsolation]) {
    it(`find ${title}`, () => {
      assert.deepEqual(lines(args), expected);
    });
  }

  it("let nothing of them reach the host, neither from the component nor from the program of a stack", async () => {
    const all = [...wrong, ...wrongIsolation];
    assert.ok(all.length >= 60);
    const { result, registrations } = await record(async () => {
      for (const [title, args, expected] of all) {
        const given = { domain: "example.org", ...args };
        assert.throws(() => new Environment("dev", given), ConfigurationError, title);
        runtime.setAllConfig(stackConfig(given));
        await assert.rejects(program(), (error) => {
          assert.ok(error instanceof ConfigurationError, `${title}: ${String(error)}`);
          if (saysTheSame(given)) assert.deepEqual(linesOf(error), expected, title);
          return true;
        });
      }
    });
    await result;
    assert.deepEqual(registrations, []);
  });

  it("find everything at once", () => {
    const all = { environment: "Dev", domain: "", kubernetesVersion: "x", ingress: { controller: "x" }, chrt: {} };
    const paths = lines(all).map((line) => line.slice(0, line.indexOf(":")));
    assert.deepEqual(paths, ["chrt", "environment", "domain", "kubernetesVersion", "ingress.controller"]);
  });

  it("look at the name of the component where no environment is given", () => {
    assert.match(lines({}, "Not a name")[0] ?? "", /^environment: "Not a name" cannot be/);
  });

  const right: [string, object][] = [
    ["nothing but the domain", {}],
    [
      "undefined as absent",
      { chart: undefined, argocd: { namespace: undefined }, sync: { secrets: { "a/*": undefined } } },
    ],
    [
      "every form of mapping",
      { sync: { secrets: { "a/*": "b/*", "a/x": "b/y", "a/z": "c/*", "/own": "d/x", "": "e" } } },
    ],
    ["the longest name", { environment: "e".repeat(38) }],
    ["numbers as quantities", { controlPlane: { requests: { cpu: 1 }, limits: { cpu: 1.5 } } }],
    [
      "equal requests and limits in different units",
      { controlPlane: { requests: { cpu: "2000m" }, limits: { cpu: "2" } } },
    ],
    ["wildcards and addresses in the certificate", { extraSans: ["*.example.org", "10.0.0.1", "::1"] }],
    ["Traefik without a class", { ingress: { controller: "traefik" } }],
    ["Traefik with a class", { ingress: { controller: "traefik", className: "internal" } }],
    [
      "a Gateway and its listener",
      { ingress: { controller: "gateway", gateway: { name: "edge", namespace: "infra", sectionName: "tls" } } },
    ],
    ["no ingress", { ingress: { controller: "none" } }],
    ["charts from a registry", { chart: { repository: "oci://registry.example.org/charts" } }],
    ["the same target for two kinds", { sync: { secrets: { "a/*": "c/*" }, configMaps: { "b/*": "c/*" } } }],
    [
      "an image from a mirror",
      { image: { registry: "mirror.example.org:5000/ghcr", repository: "loft-sh/vcluster-oss" } },
    ],
    ["free values that say what the keys say", { values: nest("controlPlane.statefulSet.resources.limits.cpu", 2) }],
    [
      "paid values on the image that has them",
      { image: { repository: "loft-sh/vcluster-pro" }, values: { sleepMode: { enabled: true } } },
    ],
    ["paid values that are off", { values: { sleepMode: { enabled: false }, networking: { resolveDNS: [] } } }],
    [
      "a list of SANs that covers all",
      { values: nest("controlPlane.proxy.extraSANs", ["*.example.org", "*.dev-vcluster.svc"]) },
    ],
    [
      "another server that the certificate is valid for",
      { extraSans: ["*.example.com"], values: nest("exportKubeConfig.server", "https://api.example.com") },
    ],
    ["no scheduler and no nodes", { controlPlane: { virtualScheduler: false }, sync: { fromHost: { nodes: false } } }],
    [
      "placement as Kubernetes takes it",
      {
        controlPlane: {
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { operator: "Exists" },
            { key: "a", value: "b", effect: "NoExecute", tolerationSeconds: 60 },
            { key: "a", operator: "Exists", effect: "PreferNoSchedule" },
          ],
          affinity: { podAntiAffinity: {} },
          priorityClass: "system-cluster-critical",
          probes: { startup: { periodSeconds: 1, failureThreshold: 600 }, liveness: { enabled: false } },
        },
      },
    ],
    [
      "labels and annotations of one's own",
      { labels: { team: "a", "app.kubernetes.io/part-of": "shop" }, annotations: { "example.org/owner": "a b, c" } },
    ],
    [
      "three control planes with etcd",
      {
        values: {
          controlPlane: {
            backingStore: { etcd: { deploy: { enabled: true } } },
            statefulSet: { highAvailability: { replicas: 3 } },
          },
        },
      },
    ],
    ["null for a value of ours", { values: { exportKubeConfig: null } }],
    ["values that are not known yet", { values: output({ a: null }) }],
  ];
  for (const [title, args] of right) {
    it(`accept ${title}`, () => {
      assert.deepEqual(lines(args), []);
    });
  }
});
