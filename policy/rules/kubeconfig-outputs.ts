import { ifKnown, stackRule } from "../rule";
import { secretsOf } from "../secretness";

const NAMED = /kube-?config$/i;
/** Only found in credentials of a kubeconfig and private keys; the last is the start of a kubeconfig in base64. */
const CREDENTIAL = /client-key-data|"?token"?: ?"?ey|-----BEGIN [A-Z ]*PRIVATE KEY-----|^YXBpVmVyc2lvbj/;

export const kubeconfigOutputs = stackRule({
  name: "kubeconfig-outputs",
  description: "No stack output contains a kubeconfig or a private key in plain text.",
  severity: "critical",
  remediationSteps: "Export it with pulumi.secret(...).",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  applies: (resources) => (resources.some(isStack) ? undefined : "the stack has no outputs"),
  check: (resources, { report }) => {
    for (const stack of resources.filter(isStack)) {
      const secret = secretsOf(stack.props).whole;
      for (const name of Object.keys(stack.props).filter((key) => !secret.has(key))) {
        // A preview does not tell whether an unknown output is a secret; the update does.
        const text = ifKnown(() => textOf(stack.props[name]));
        if (text === undefined || !(NAMED.test(name) || CREDENTIAL.test(text))) continue;
        report(stack, {
          path: name,
          problem: "a credential would be readable in the state, in logs and on screens",
          allowed: "a secret output",
          fix: `export pulumi.secret(...) as ${name}`,
        });
      }
    }
  },
});

function isStack({ type }: { readonly type: string }): boolean {
  return type === "pulumi:pulumi:Stack";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
