import { kubectl } from "./kubectl";

/** Pods, latest events and last log lines of a namespace, for an error message. */
export async function collectDiagnostics(namespace: string): Promise<string> {
  const kubectlIn = (...args: string[]) => kubectl(["-n", namespace, ...args], { timeoutMs: 15_000 });
  const ask = async (...args: string[]) => {
    const answer = await kubectlIn(...args).catch(String);
    return [`$ kubectl -n ${namespace} ${args.join(" ")}`, ...answer.trimEnd().split("\n").slice(-15)].join("\n");
  };
  const pods = await kubectlIn("get", "pods", "-o", "name").catch(() => "");
  const logged = pods.split("\n").filter(Boolean);
  const answers = [
    ask("get", "pods", "-o", "wide"),
    ask("get", "events", "--sort-by=.lastTimestamp"),
    ask("get", "applications.argoproj.io", "--all-namespaces", "-o", `jsonpath=${applicationsInto(namespace)}`),
    ...logged.map((pod) => ask("logs", pod, "--all-containers", "--tail=10")),
  ];
  return (await Promise.all(answers)).join("\n");
}

/** JSONPath of the state of Argo CD's Applications whose destination is a namespace. */
function applicationsInto(namespace: string): string {
  const status = '{.metadata.name}: {.status.sync.status}, {.status.health.status}{"\\n"}';
  const messages = '{.status.operationState.message}{"\\n"}{range .status.conditions[*]}{.message}{"\\n"}{end}';
  return `{range .items[?(@.spec.destination.namespace=="${namespace}")]}${status}${messages}{end}`;
}
