import { API_SERVICES, ingressClass, isApiIngress, type ApiServices } from "../routes";
import { type Lists, ofKind, resourceRule, textList } from "../rule";

export const passthroughClass = resourceRule<ApiServices & Lists<"allowedClasses">>({
  name: "passthrough-class",
  description: "The Ingress of a virtual cluster's API sets its ingress class.",
  severity: "high",
  remediationSteps: "Set spec.ingressClassName to the class of the controller with TLS passthrough.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class",
  configSchema: {
    ...API_SERVICES,
    allowedClasses: textList([], "Classes whose controller supports TLS passthrough. Empty: any."),
  },
  applies: ofKind("Ingress"),
  check: (resource, { config, report }) => {
    if (!isApiIngress(resource, config)) return;
    const name = ingressClass(resource);
    const { allowedClasses } = config;
    if (name !== undefined && (allowedClasses.length === 0 || allowedClasses.includes(name))) return;
    report({
      path: "spec.ingressClassName",
      problem: "no controller may serve this Ingress, or one that terminates TLS",
      value: name,
      allowed: allowedClasses.join(", ") || "the name of a class",
      fix: "set the class of the controller with TLS passthrough",
    });
  },
});
