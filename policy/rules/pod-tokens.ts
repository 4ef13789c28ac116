import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

const SECRETS = "sync.toHost.pods.useSecretsForSATokens";

export const podTokens = vclusterRule({
  name: "pod-tokens",
  description: "Service account tokens of pods are in Secrets of the host, and not in annotations of host pods.",
  severity: "critical",
  remediationSteps: `Set ${SECRETS} to true, and replace the pods that run.`,
  url: `${VALUES_DOCS}/sync/to-host/core/pods`,
  check: ({ values }, { reportValue }) => {
    if (values.get(SECRETS) === true) return;
    reportValue(SECRETS, {
      problem:
        "who may list pods on the host reads the tokens, every other virtual cluster with a scheduler among them",
      allowed: "true",
      fix: "set it to true",
    });
  },
});
