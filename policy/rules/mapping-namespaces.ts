import { kindOf, objectName } from "../kubernetes";
import { mappingsOf } from "../mappings";
import { stackRule, textList } from "../rule";
import { VALUES_DOCS } from "../urls";
import { vclustersIn } from "../vcluster";

interface Config {
  readonly externalNamespaces: readonly string[];
}

export const mappingNamespaces = stackRule<Config>({
  name: "mapping-namespaces",
  description: "Every host namespace that is mapped from is made by the stack or declared to exist.",
  severity: "high",
  remediationSteps: "Create the namespace in the stack, or list it under externalNamespaces.",
  url: `${VALUES_DOCS}/sync/from-host/secrets`,
  configSchema: {
    externalNamespaces: textList([], "Host namespaces that exist without this stack."),
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
        report(
          {
            path,
            problem: "the host namespace must be there when the syncer starts, and nothing in this stack makes it",
            value: sourceNamespace,
            allowed: "a namespace of this stack, or one of externalNamespaces",
            fix: "create the namespace in the stack or declare it external",
          },
          resource,
        );
      }
    }
  },
});
