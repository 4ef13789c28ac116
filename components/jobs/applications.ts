// A program of its own: `program.ts` hands its compiled text, and that of what it imports from here, to `node`.
import { ArgocdApi, errorMessage } from "./argocd-api";
import { deleteApplications } from "./delete-applications";
import { waitForApplications } from "./wait-for-applications";

/** What the program is started with. */
export interface ApplicationsInput {
  /** Where the host is; without a kubeconfig as client-go finds it: KUBECONFIG, `~/.kube/config`, the pod's account. */
  readonly host: {
    /** Path or content. */
    readonly kubeconfig?: string | undefined;
    readonly context?: string | undefined;
    readonly cluster?: string | undefined;
  };
  /** Namespace of Argo CD. */
  readonly namespace: string;
  /** The environment's cluster in Argo CD, and the Secret that makes it one. */
  readonly cluster: { readonly name: string; readonly server: string; readonly secretUid: string };
  /** The pods of the virtual cluster's control plane. */
  readonly controlPlane: { readonly namespace: string; readonly release: string };
  /** The environment's own Applications. `digest` is of their specification: when it changes, the program runs again. */
  readonly applications: readonly { readonly name: string; readonly wait: boolean; readonly digest: string }[];
  /** Longest wait for all of them to be Synced and Healthy, in seconds. */
  readonly syncTimeoutSeconds: number;
  /** Longest wait for all of them to be gone, in seconds. */
  readonly deleteTimeoutSeconds: number;
}

/** Makes `destroy` go on where it would stop, see goodbye.ts. */
const FORCE = "VCLUSTER_ENVIRONMENTS_FORCE_DESTROY";

/** `up` waits for the Applications; `destroy` deletes them, unless others point at the environment. */
export async function main(input: ApplicationsInput, action = process.argv[2]): Promise<void> {
  let status = 0;
  try {
    const host = new ArgocdApi(input);
    if (action === "destroy") await deleteApplications(host, input, ["1", "true"].includes(process.env[FORCE] ?? ""));
    else await waitForApplications(host, input);
  } catch (error) {
    console.error(errorMessage(error));
    status = 1;
  }
  // A request that was given up may still hold its connection, and Node.js would wait for that.
  process.exit(status);
}
