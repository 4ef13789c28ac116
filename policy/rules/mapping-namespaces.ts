import { kindOf, objectName } from "../kubernetes";
import { mappingsOf } from "../mappings";
import { type Lists, stackRule, textList } from "../rule";
import { VALUES_DOCS } from "../urls";
import { vclustersIn } from "../vcluster";

export const mappingNamespaces = stackRule<Lists<"externalNamespaces">>({
  name: "mapping-namespaces",
  description: "Every host namespace that mappings read from is created by the stack or declared as external.",
  severity: "high",
  remediationSteps: "Create the namespace in the stack, or list it under externalNamespaces.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  configSchema: {
    externalNamespaces: textList([], "Host namespaces that are created outside of this stack."),
  },
  applies: (resources) =>
    resources.some((resource) => vclustersIn(resource).flatMap(mappingsOf).length > 0)
      ? undefined
      : "the stack maps nothing from the host",
  check: (resources, { config, report }) => {
    const known = new Set(config.externalNamespaces);
    for (const resource of resources) {
      if (["Namespace", "NamespacePatch"].includes(kindOf(resource) ?? "")) known.add(objectName(resource));
    }
    for (const resource of resources) {
      for (const { sourceNamespace, path } of vclustersIn(resource).flatMap(mappingsOf)) {
        if (sourceNamespace === undefined || known.has(sourceNamespace)) continue;
        report(resource, {
          path,
          problem: "the host namespace must exist when the syncer starts, and this stack does not create it",
          value: sourceNamespace,
          allowed: "a namespace of this stack, or one of externalNamespaces",
          fix: "create the namespace in the stack or declare it external",
        });
      }
    }
  },
});
