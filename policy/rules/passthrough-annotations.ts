import { setAt } from "../json";
import { annotationsOf, type Resource } from "../kubernetes";
import { API_SERVICES, ingressClass, isApiIngress, PASSTHROUGH, type ApiServices } from "../routes";
import { resourceRule } from "../rule";
import { PASSTHROUGH_DOCS } from "../urls";

interface Config extends ApiServices {
  readonly controller: "auto" | Controller;
}

type Controller = keyof typeof PASSTHROUGH;

/** What each controller must be told. */
const ANNOTATIONS: Readonly<Record<Controller, Readonly<Record<string, string>>>> = {
  nginx: {
    [PASSTHROUGH.nginx]: "true",
    "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
  },
  haproxy: { [PASSTHROUGH.haproxy]: "true" },
};

export const passthroughAnnotations = resourceRule<Config>({
  name: "passthrough-annotations",
  description: "The Ingress of a virtual cluster's API tells its controller to pass TLS through.",
  severity: "critical",
  remediationSteps:
    "Add the controller's passthrough annotations. This rule can do so itself at enforcement level remediate.",
  url: PASSTHROUGH_DOCS,
  configSchema: {
    ...API_SERVICES,
    controller: {
      type: "string",
      enum: ["auto", "nginx", "haproxy"],
      default: "auto",
      description: "Whose annotations are meant; auto takes haproxy for classes of that name and nginx for all others.",
    },
  },
  // Recognising an API Ingress takes the configuration, so `check` decides about the rest.
  applies: (resource) => (resource.type.endsWith(":Ingress") ? undefined : "is about Ingresses"),
  check: (resource, { config, report }) => {
    for (const [name, value] of missing(resource, config)) {
      report({
        path: `metadata.annotations["${name}"]`,
        problem: "without it the controller ends TLS itself, and no client certificate or token reaches the API",
        value: annotationsOf(resource)[name],
        allowed: `"${value}"`,
        fix: "set the annotation",
      });
    }
  },
  remediate: (resource, config) => {
    const entries = missing(resource, config);
    for (const [name, value] of entries) setAt(resource.props, ["metadata", "annotations", name], value);
    return entries.length > 0 ? resource.props : undefined;
  },
});

function missing(resource: Resource, config: Config): [name: string, value: string][] {
  if (!isApiIngress(resource, config)) return [];
  const ofClass: Controller = ingressClass(resource)?.includes("haproxy") === true ? "haproxy" : "nginx";
  const controller = config.controller === "auto" ? ofClass : config.controller;
  return Object.entries(ANNOTATIONS[controller]).filter(([name, value]) => annotationsOf(resource)[name] !== value);
}
