import type { HostOptions } from "../../host/kubeconfig";
import type { NamespaceInput } from "./check-host";

/** The host; without a kubeconfig as client-go finds it: KUBECONFIG, `~/.kube/config`, the pod's account. */
export type HostInput = Omit<HostOptions, "env">;

/** An Application of the environment's own. */
interface OwnApplication {
  readonly name: string;
  readonly wait: boolean;
  /** Of its specification: when it changes, the job that waits runs again. */
  readonly digest: string;
  /** The same for one that was deleted and is made again. */
  readonly uid?: string | undefined;
}

/**
 * Environment variable of the job: the time of a repair, and what {@link reconnection} returns of Applications that get nothing
 * but a new token of Argo CD by it, separated by commas. They are as healthy as before, and one that was broken then is to fail
 * no repair.
 */
export const RECONNECTED = "RECONNECTED";

/** An Application with its specification. The state keeps the variable: it is not to hold for another one. */
export function reconnection(uid: string, digest: string): string {
  return `${uid}:${digest}`;
}

/** From preflight until the job runs: an upgrade by Helm and the readiness checks, each with its default time limit. */
const REPAIR_MS = 30 * 60_000;

/** What {@link RECONNECTED} lists. Nothing where its repair was another run's: the state keeps that, also when the job runs again. */
export function reconnectedNow(variable = "", now = Date.now()): string[] {
  const [time = "", ...listed] = variable.split(",");
  return Math.abs(now - Date.parse(time)) < REPAIR_MS ? listed : [];
}

/** Input of the job `applications`. */
export interface ApplicationsInput {
  readonly host: HostInput;
  readonly environment: NamespaceInput;
  /** What the label of the environment's own Applications has. */
  readonly label: string;
  /** Namespace of Argo CD. */
  readonly namespace: string;
  /** The environment's cluster in Argo CD, and the Secret that makes it one. */
  readonly cluster: {
    readonly name: string;
    readonly server: string;
    /** URL of its API for this machine. */
    readonly apiUrl: string;
    readonly secretUid: string;
  };
  /** The pods of the virtual cluster's control plane. */
  readonly controlPlane: { readonly namespace: string; readonly release: string };
  readonly applications: readonly OwnApplication[];
  /** Longest wait for all of them to be Synced and Healthy, in seconds. */
  readonly syncTimeoutSeconds: number;
  /** Longest wait for all of them to be gone, in seconds. */
  readonly deleteTimeoutSeconds: number;
}
