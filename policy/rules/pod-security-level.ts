import { POD_SECURITY_ENFORCE as LABEL } from "../../shared/kubernetes";
import { deploymentsIn, deploysVcluster } from "../isolation";
import { asText } from "../json";
import { kindOf, labelsOf, objectName } from "../kubernetes";
import { type Lists, stackRule, textList } from "../rule";

export const podSecurityLevel = stackRule<Lists<"allowedLevels">>({
  name: "pod-security-level",
  description: "The environment's namespace enforces a Pod Security Standard.",
  severity: "critical",
  remediationSteps: `Create the namespace in the stack with the label ${LABEL}.`,
  url: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
  configSchema: {
    allowedLevels: textList(["baseline", "restricted"], "Levels of the Pod Security Standards that are strict enough."),
  },
  applies: deploysVcluster,
  check: (resources, { config, report }) => {
    const namespaces = resources.filter((resource) => kindOf(resource) === "Namespace");
    for (const { vcluster, resource } of deploymentsIn(resources)) {
      const namespace = namespaces.find((item) => objectName(item) === vcluster.namespace);
      const level = namespace && asText(labelsOf(namespace)[LABEL]);
      if (config.allowedLevels.includes(level ?? "")) continue;
      report(namespace ?? resource, {
        path: namespace === undefined ? vcluster.namespacePath : `metadata.labels["${LABEL}"]`,
        problem:
          namespace === undefined
            ? "the namespace is not in this stack, so its Pod Security Standard is unknown"
            : "a pod of this environment could take control of the node",
        value: level,
        allowed: config.allowedLevels.join(", "),
        fix: "add the namespace with this label to the stack",
      });
    }
  },
});
