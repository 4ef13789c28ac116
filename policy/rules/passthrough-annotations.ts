import { PASSTHROUGH } from "../../shared/vcluster/api";
import { setAt } from "../json";
import { annotationsOf, type Resource } from "../kubernetes";
import { API_SERVICES, ingressClass, isApiIngress, type ApiServices } from "../routes";
import { resourceRule } from "../rule";
import { PASSTHROUGH_DOCS } from "../urls";

interface Config extends ApiServices {
  readonly controller: "auto" | Controller;
}

type Controller = keyof typeof PASSTHROUGH;

export const passthroughAnnotations = resourceRule<Config>({
  name: "passthrough-annotations",
  description: "The Ingress of a virtual cluster's API has the annotations that enable TLS passthrough.",
  severity: "critical",
  remediationSteps:
    "Add the controller's passthrough annotations. This rule can do it with enforcement level remediate.",
  url: PASSTHROUGH_DOCS,
  configSchema: {
    ...API_SERVICES,
    controller: {
      type: "string",
      enum: ["auto", "nginx", "haproxy"],
      default: "auto",
      description:
        "Controller whose annotations are required; auto means haproxy for classes of that name and nginx for all others.",
    },
  },
  // Only the configuration tells which Ingresses belong to an API, so `check` decides the rest.
  applies: (resource) => (resource.type.endsWith(":Ingress") ? undefined : "applies to Ingresses"),
  check: (resource, { config, report }) => {
    for (const [name, value] of missing(resource, config)) {
      report({
        path: `metadata.annotations["${name}"]`,
        problem: "without it, the controller terminates TLS, and client certificates do not reach the API",
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
  return Object.entries(PASSTHROUGH[controller]).filter(([name, value]) => annotationsOf(resource)[name] !== value);
}
