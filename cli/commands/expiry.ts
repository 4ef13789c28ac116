import { connect } from "node:tls";

import { API_PORT, type Names } from "../../components/names";
import {
  certificate,
  certificatesIn,
  clientCertificate,
  daysLeft,
  EXPIRY_WARNING_DAYS,
  token,
  type Validity,
} from "../../components/vcluster/certificate-expiry";
import type { Secret } from "../../host/client";
import { table } from "../../shared/table";
import { type Environment, findEnvironment } from "../running-environment";
import type { StackAccess } from "../target";

/** One credential or certificate in the report. */
export interface Row {
  readonly name: string;
  /** `unknown`: it could not be read, see {@link problem}. */
  readonly state: "ok" | "warning" | "expired" | "unknown";
  /** Whole days since it was issued, and until it expires; negative when it has expired. */
  readonly ageDays?: number;
  readonly daysLeft?: number;
  /** RFC 3339. */
  readonly from?: string;
  readonly until?: string;
  readonly problem?: string;
}

const LIMIT_MS = 10_000;

/** Age and expiry of every credential and certificate of the environment. Never throws. */
export async function expiry(environment: Environment, now = new Date()): Promise<Row[]> {
  const { names, kubeconfig, registered } = environment;
  const checks: [string, () => Promise<Validity[]>][] = [
    [`certificate of ${names.apiHost}`, async () => [await served(names.apiHost, `certificate of ${names.apiHost}`)]],
    [`Secret ${names.certificates}`, () => inCerts(environment)],
    [`Secret ${exportedSecret(names)}`, async () => [await exported(environment)]],
    [
      "output kubeconfig",
      () => Promise.resolve([certificate("output kubeconfig", clientCertificate(kubeconfig) ?? "")]),
    ],
  ];
  if (registered) checks.push(["token of Argo CD", async () => [await argocd(environment)]]);
  const rows: Row[] = [];
  for (const [name, check] of checks) {
    try {
      rows.push(...(await check()).map((one) => row(one, now)));
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

/** Prints what {@link expiry} finds in the stack's environment. Sets exit code 1 when something needs attention. */
export async function showExpiries(target: StackAccess, json = false): Promise<void> {
  const rows = await expiry(await findEnvironment(target));
  console.log(json ? JSON.stringify(rows, undefined, 2) : report(rows));
  if (rows.every(({ state }) => state === "ok")) return;
  console.error(
    `Not ok means: expires within ${EXPIRY_WARNING_DAYS} days, has expired, or could not be read. ` +
      "Fix: `make renew` for certificates, `make rotate` for Argo CD's token.",
  );
  process.exitCode = 1;
}

/** The report as a table. */
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

/** The certificate that the API serves through the ingress: issued at every start of the control plane, not stored. */
async function served(host: string, name: string): Promise<Validity> {
  return new Promise((resolve, reject) => {
    // Reads an invalid certificate too.
    const socket = connect({ host, port: API_PORT, servername: host, rejectUnauthorized: false, timeout: LIMIT_MS });
    socket.once("secureConnect", () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error("the server presented no certificate"));
      else resolve(certificate(name, shown.toString()));
    });
    socket.once("timeout", () => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
    socket.once("error", reject);
  });
}

async function inCerts({ host, names }: Environment): Promise<Validity[]> {
  const { data = {} } = await host.get<Secret>(`/api/v1/namespaces/${names.namespace}/secrets/${names.certificates}`);
  return certificatesIn(data).map((one) => ({ ...one, name: `${names.certificates}: ${one.name}` }));
}

/** The administrator's kubeconfig that the control plane exports. */
async function exported({ host, names }: Environment): Promise<Validity> {
  const { data = {} } = await host.get<Secret>(
    `/api/v1/namespaces/${names.namespace}/secrets/${exportedSecret(names)}`,
  );
  return certificate(`${exportedSecret(names)}: client-certificate`, decode(data["client-certificate"]));
}

/** vCluster exports the kubeconfig into a Secret of the same name as the syncer's service account. */
function exportedSecret({ syncer }: Names): string {
  return syncer;
}

/** By label, because only the stack's configuration has Argo CD's namespace. */
async function argocd({ host, names }: Environment): Promise<Validity> {
  const query = new URLSearchParams({
    labelSelector: "argocd.argoproj.io/secret-type=cluster",
    fieldSelector: `metadata.name=${names.argocdCluster}`,
  });
  const items = await host.list<Secret>(`/api/v1/secrets?${query.toString()}`);
  const found = items.find(({ data }) => decode(data?.["server"]) === names.inClusterUrl);
  if (found === undefined) throw new Error(`Argo CD has no cluster ${names.argocdCluster}`);
  const { bearerToken } = JSON.parse(decode(found.data?.["config"])) as { bearerToken: string };
  return token("token of Argo CD", bearerToken);
}

function decode(data = ""): string {
  return Buffer.from(data, "base64").toString();
}
