import { runtime } from "@pulumi/pulumi";
import { getVersion as versionOfCommand } from "@pulumi/command/utilities";
import { getVersion as versionOfKubernetes } from "@pulumi/kubernetes/utilities";

/**
 * Starts the plugins that every environment needs, beside what is read of the host: Pulumi starts each at the first question
 * to it, which would otherwise come after the checks. The questions are empty, and nothing waits for the answers.
 */
export function startProviders(): void {
  const ask = (token: string, args: object, version: string) => {
    void runtime.invoke(token, args, { version, async: true }).catch(() => undefined); // the first resource says it
  };
  ask("kubernetes:yaml:decode", { text: "" }, versionOfKubernetes());
  ask("command:local:run", { command: ":" }, versionOfCommand());
}
