import { kubectl } from "./kubectl";

/** Pods, latest events and last log lines of a namespace, for an error message. */
export async function collectDiagnostics(namespace: string): Promise<string> {
  const ask = async (...args: string[]) => {
    const answer = await kubectl(["-n", namespace, ...args], { timeoutMs: 15_000 }).catch(String);
    return [`$ kubectl -n ${namespace} ${args.join(" ")}`, ...answer.trimEnd().split("\n").slice(-15)].join("\n");
  };
  const pods = await kubectl(["-n", namespace, "get", "pods", "-o", "name"], { timeoutMs: 15_000 }).catch(() => "");
  return (
    await Promise.all([
      ask("get", "pods", "-o", "wide"),
      ask("get", "events", "--sort-by=.lastTimestamp"),
      ask("get", "applications.argoproj.io", "--all-namespaces", "-o", `jsonpath=${applicationsInto(namespace)}`),
      ...pods
        .split("\n")
        .filter(Boolean)
        .map((pod) => ask("logs", pod, "--all-containers", "--tail=10")),
    ])
  ).join("\n");
}

/** JSONPath of the state of Argo CD's Applications whose destination is a namespace. */
function applicationsInto(namespace: string): string {
  const status = '{.metadata.name}: {.status.sync.status}, {.status.health.status}{"\\n"}';
  const messages = '{.status.operationState.message}{"\\n"}{range .status.conditions[*]}{.message}{"\\n"}{end}';
  return `{range .items[?(@.spec.destination.namespace=="${namespace}")]}${status}${messages}{end}`;
}
