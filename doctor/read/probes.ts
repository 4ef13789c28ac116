import { once } from "node:events";
import { connect } from "node:tls";

import { argocdReads, checkApi } from "../../components/jobs/api-readiness";
import { certificate, type Validity } from "../../components/vcluster/certificate-expiry";
import { HostError } from "../../host/client";
import { getIn } from "../../shared/json";
import { nameOf } from "../objects";
import type { Snapshot, Subject } from "../snapshot";
import { registrationOf } from "./host";
import { type Reader, reasonOf } from "./reader";

const LIMIT_MS = 5_000;
/** Port on which the control plane's pod serves the virtual cluster's API. */
const POD_PORT = 8443;

/** Whether the API is to be tried from this machine. */
export function isTried({ names, expected }: Pick<Snapshot, "names" | "expected">): boolean {
  return names.apiHost !== "" && expected?.readiness.enabled !== false;
}

/** Tries the API as `up` does, through the ingress, and beside it through the host's API server. */
export async function probe(reader: Reader, subject: Subject): Promise<void> {
  const { names } = subject;
  const tried = isTried(subject);
  await Promise.all([
    reader.part("podApi", () => throughHost(reader, subject)),
    reader.part("api", async () => {
      const { certificates, state } = reader.read;
      if (!tried || certificates === undefined) return undefined;
      const failure = await checkApi(
        input(subject, certificates.authority, registrationOf(state?.argocdCluster).token),
        {
          attempt: LIMIT_MS,
          pause: 0,
        },
      );
      return failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } };
    }),
    reader.part("served", () => (tried ? served(names.apiHost, names.apiPort) : Promise.resolve(undefined)), true),
  ]);
  if (!tried) {
    const reason = names.apiHost === "" ? "no route leads to the API" : "readiness.enabled is false";
    reader.leave("api", reason);
    reader.leave("served", reason);
  }
}

/** The check of `up`, for one attempt. */
function input({ names, expected }: Subject, caCertificate: string, token: string) {
  const { namespaces = [], clusterResources = false } = expected?.argocd ?? {};
  return {
    host: names.apiHost,
    port: names.apiPort,
    caCertificate,
    timeoutSeconds: 0,
    route: `${names.namespace}/${names.ingress}`,
    pod: `-n ${names.namespace} ${names.pod}`,
    ...(token !== "" && {
      client: {
        name: "Argo CD",
        token,
        host: names.inClusterHost,
        reads: argocdReads(namespaces, clusterResources),
      },
    }),
  };
}

/** The version that the control plane answers with, whom everybody may ask. */
async function throughHost({ host, read }: Reader, { names }: Subject): Promise<Snapshot["read"]["podApi"]> {
  if (!(read.pods ?? []).some((pod) => nameOf(pod) === names.pod)) return { problem: "there is no pod" };
  const pod = `/api/v1/namespaces/${names.namespace}/pods/https:${names.pod}:${POD_PORT}`;
  try {
    return { version: String(getIn(await host.get(`${pod}/proxy/version`), "gitVersion")) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.status === 403 && error.message.includes("pods/proxy")) throw error;
    return { problem: reasonOf(error) };
  }
}

/** The certificate that a server shows, valid or not. */
export async function served(host: string, port: number, limitMs = LIMIT_MS): Promise<Validity> {
  const socket = connect({ host, port, servername: host, rejectUnauthorized: false });
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${limitMs / 1000} s`));
  }, limitMs);
  try {
    await once(socket, "secureConnect");
    const shown = socket.getPeerX509Certificate();
    if (shown === undefined) throw new Error("the server presented no certificate");
    return certificate(`certificate of ${host}`, shown.toString());
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
