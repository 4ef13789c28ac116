import { connect } from "node:tls";

import { API_PORT } from "../../components/names";
import {
  certificate,
  certificatesIn,
  clientCertificate,
  daysLeft,
  EXPIRY_WARNING_DAYS,
  token,
  type Validity,
} from "../../components/vcluster/certificate-expiry";
import { table } from "../../shared/table";
import type { Target } from "../interrupted-runs";
import { type Environment, findEnvironment } from "../running-environment";

/** One credential or certificate, as it is reported. */
export interface Row {
  readonly name: string;
  /** `unknown`: it could not be looked at, see {@link problem}. */
  readonly state: "ok" | "warning" | "expired" | "unknown";
  /** Whole days since it was made, and until it ends; negative when it has ended. */
  readonly ageDays?: number;
  readonly daysLeft?: number;
  /** RFC 3339. */
  readonly from?: string;
  readonly until?: string;
  readonly problem?: string;
}

const LIMIT_MS = 10_000;

/** Age and expiry of everything that lets somebody into the environment or vouches for it. Never throws. */
export async function expiry(environment: Environment, now = new Date()): Promise<Row[]> {
  const { names, kubeconfig, registered } = environment;
  const looks: [string, () => Promise<Validity[]>][] = [
    [`certificate of ${names.apiHost}`, async () => [await served(names.apiHost, `certificate of ${names.apiHost}`)]],
    [`Secret ${names.certificates}`, () => inCerts(environment)],
    [`Secret vc-${names.release}`, async () => [await exported(environment)]],
    [
      "output kubeconfig",
      () => Promise.resolve([certificate("output kubeconfig", clientCertificate(kubeconfig) ?? "")]),
    ],
  ];
  if (registered) looks.push(["token of Argo CD", async () => [await argocd(environment)]]);
  const rows: Row[] = [];
  for (const [name, look] of looks) {
    try {
      rows.push(...(await look()).map((one) => row(one, now)));
    } catch (error) {
      rows.push({
        name,
        state: "unknown",
        problem: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
      });
    }
  }
  return rows;
}

/** Prints what {@link expiry} finds in the environment of the stack. @returns true when nothing needs care */
export async function showExpiries(target: Target, json: boolean): Promise<boolean> {
  const rows = await expiry(await findEnvironment(target));
  console.log(json ? JSON.stringify(rows, undefined, 2) : report(rows));
  if (rows.every(({ state }) => state === "ok")) return true;
  console.error(
    `What is not ok ends within ${EXPIRY_WARNING_DAYS} days, has ended, or could not be looked at. ` +
      "Fix: `make renew` for certificates, `make rotate` for Argo CD's token.",
  );
  return false;
}

/** Lines for people. */
export function report(rows: readonly Row[]): string {
  return table([
    ["", "what", "days left", "until", "made"],
    ...rows.map(({ name, state, daysLeft: left, until, from, problem }) => [
      state === "ok" ? "" : state,
      name,
      left === undefined ? "?" : String(left),
      until?.slice(0, 10) ?? "",
      from?.slice(0, 10) ?? problem ?? "",
    ]),
  ]);
}

function row(one: Validity, now: Date): Row {
  const left = daysLeft(one, now);
  return {
    name: one.name,
    state: one.until <= now ? "expired" : left < EXPIRY_WARNING_DAYS ? "warning" : "ok",
    ageDays: daysLeft({ ...one, until: now }, one.from),
    daysLeft: left,
    from: one.from.toISOString(),
    until: one.until.toISOString(),
  };
}

/** What the API shows through the ingress: made at every start of the control plane, and not in any Secret. */
async function served(host: string, name: string): Promise<Validity> {
  return new Promise((resolve, reject) => {
    // Also one that is not valid is to be looked at.
    const socket = connect({ host, port: API_PORT, servername: host, rejectUnauthorized: false, timeout: LIMIT_MS });
    socket.once("secureConnect", () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error("the server showed no certificate"));
      else resolve(certificate(name, shown.toString()));
    });
    socket.once("timeout", () => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
    socket.once("error", reject);
  });
}

async function inCerts({ host, names }: Environment): Promise<Validity[]> {
  const { data = {} } = await host.readNamespacedSecret({ name: names.certificates, namespace: names.namespace });
  return certificatesIn(data).map((one) => ({ ...one, name: `${names.certificates}: ${one.name}` }));
}

/** The administrator's kubeconfig that the control plane writes for others. */
async function exported({ host, names }: Environment): Promise<Validity> {
  const name = `vc-${names.release}`;
  const { data = {} } = await host.readNamespacedSecret({ name, namespace: names.namespace });
  return certificate(`${name}: client-certificate`, Buffer.from(data["client-certificate"] ?? "", "base64").toString());
}

/** By label, because only the stack's configuration knows Argo CD's namespace. */
async function argocd({ host, names }: Environment): Promise<Validity> {
  const { items } = await host.listSecretForAllNamespaces({
    labelSelector: "argocd.argoproj.io/secret-type=cluster",
    fieldSelector: `metadata.name=${names.argocdCluster}`,
  });
  const text = (data: string | undefined) => Buffer.from(data ?? "", "base64").toString();
  const found = items.find(({ data }) => text(data?.["server"]) === names.inClusterUrl);
  if (found === undefined) throw new Error(`Argo CD has no cluster ${names.argocdCluster}`);
  const { bearerToken } = JSON.parse(text(found.data?.["config"])) as { bearerToken: string };
  return token("token of Argo CD", bearerToken);
}
