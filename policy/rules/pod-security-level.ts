import { deliveries, noDelivery } from "../isolation";
import { asText } from "../json";
import { kindOf, labelsOf, objectName } from "../kubernetes";
import { stackRule, textList } from "../rule";

const LABEL = "pod-security.kubernetes.io/enforce";

interface Config {
  readonly allowedLevels: readonly string[];
}

export const podSecurityLevel = stackRule<Config>({
  name: "pod-security-level",
  description: "The environment's namespace enforces a pod security level.",
  severity: "critical",
  remediationSteps: `Create the namespace in the stack with the label ${LABEL}.`,
  url: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
  configSchema: {
    allowedLevels: textList(["baseline", "restricted"], "Levels that are strict enough."),
  },
  applies: noDelivery,
  check: (resources, { config, report }) => {
    const namespaces = resources.filter((resource) => kindOf(resource) === "Namespace");
    for (const { vcluster, resource } of deliveries(resources)) {
      const namespace = namespaces.find((item) => objectName(item) === vcluster.namespace);
      const level = namespace && asText(labelsOf(namespace)[LABEL]);
      if (config.allowedLevels.includes(level ?? "")) continue;
      report(
        {
          path: namespace === undefined ? vcluster.namespacePath : `metadata.labels["${LABEL}"]`,
          problem:
            namespace === undefined
              ? "the namespace is not in this stack, so nothing shows that it enforces a pod security level"
              : "a pod of this environment could take over the node",
          value: level,
          allowed: config.allowedLevels.join(", "),
          fix: "set the label on the namespace, in this stack",
        },
        namespace ?? resource,
      );
    }
  },
});
