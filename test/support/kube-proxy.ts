import { kill } from "../../shared/processes";
import { waitFor } from "../../shared/wait";
import { processesMatching } from "./processes";

/** Where kube-proxy reports when it last wrote its rules; on the node's loopback, which the host shares. */
const HEALTH = "http://127.0.0.1:10256/healthz";

/**
 * Kills kube-proxy by SIGKILL, as an out-of-memory kill does, and waits until the kubelet has started another one and that
 * one has synced every Service. Its rules stay in the kernel meanwhile: the new one starts over those of the old one.
 */
export async function killKubeProxy(): Promise<void> {
  const before = kubeProxies();
  if (before.length === 0) throw new Error("kube-proxy is not running on this machine");
  kill(...before);
  const killed = Date.now();
  await waitFor(
    async () => {
      if (kubeProxies().length === 0 || kubeProxies().some((pid) => before.includes(pid))) return false;
      const { status } = (await (await fetch(HEALTH)).json()) as { status: Record<string, { lastUpdated: string }> };
      return Date.parse(status["IPv4"]?.lastUpdated ?? "") > killed;
    },
    // The kubelet waits longer before each restart of a container that keeps ending: 10 s, 20 s, at most 5 min.
    { what: "kube-proxy to run and to have synced again", timeoutMs: 330_000 },
  );
}

function kubeProxies(): number[] {
  return processesMatching({ commandLine: "/usr/local/bin/kube-proxy\0" });
}
