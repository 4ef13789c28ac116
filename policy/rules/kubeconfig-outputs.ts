import { ifKnown, stackRule } from "../rule";
import { secretsOf } from "../secretness";

const NAMED = /kube-?config$/i;
/** What only a kubeconfig's credentials or a private key contain; the last is how a kubeconfig in base64 begins. */
const CREDENTIAL = /client-key-data|"?token"?: ?"?ey|-----BEGIN [A-Z ]*PRIVATE KEY-----|^YXBpVmVyc2lvbj/;

export const kubeconfigOutputs = stackRule({
  name: "kubeconfig-outputs",
  description: "No kubeconfig and no private key stands in a plain stack output.",
  severity: "critical",
  remediationSteps: "Export it with pulumi.secret(...).",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  applies: (resources) => (resources.some(isStack) ? undefined : "the stack has no outputs"),
  check: (resources, { report }) => {
    for (const stack of resources.filter(isStack)) {
      const secret = secretsOf(stack.props).whole;
      for (const name of Object.keys(stack.props).filter((key) => !secret.has(key))) {
        // A preview does not say whether an output that it does not know is a secret; the update does.
        const text = ifKnown(() => textOf(stack.props[name]));
        if (text === undefined || !(NAMED.test(name) || CREDENTIAL.test(text))) continue;
        report(
          {
            path: name,
            problem: "a credential would stand in the clear in the state, in logs and on screens",
            allowed: "a secret output",
            fix: `export pulumi.secret(...) as ${name}`,
          },
          stack,
        );
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
