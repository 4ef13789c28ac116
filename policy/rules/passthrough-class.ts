import { API_SERVICES, ingressClass, isApiIngress, type ApiServices } from "../routes";
import { ofKind, resourceRule, textList } from "../rule";

interface Config extends ApiServices {
  readonly allowedClasses: readonly string[];
}

export const passthroughClass = resourceRule<Config>({
  name: "passthrough-class",
  description: "The Ingress of a virtual cluster's API names its ingress class.",
  severity: "high",
  remediationSteps: "Set spec.ingressClassName to the class of the controller that passes TLS through.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class",
  configSchema: {
    ...API_SERVICES,
    allowedClasses: textList([], "Classes whose controller passes TLS through. Empty: any."),
  },
  applies: ofKind("Ingress"),
  check: (resource, { config, report }) => {
    if (!isApiIngress(resource, config)) return;
    const name = ingressClass(resource);
    const { allowedClasses } = config;
    if (name !== undefined && (allowedClasses.length === 0 || allowedClasses.includes(name))) return;
    report({
      path: "spec.ingressClassName",
      problem: "the controller that serves this Ingress may be none, or one that ends TLS",
      value: name,
      allowed: allowedClasses.join(", ") || "the name of a class",
      fix: "name the class of the controller that passes TLS through",
    });
  },
});
