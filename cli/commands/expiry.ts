import {
  certificate,
  certificatesIn,
  clientCertificate,
  daysLeft,
  EXPIRY_WARNING_DAYS,
  token,
  type Validity,
} from "../../components/vcluster/certificate-expiry";
import { served } from "../../doctor/read/probes";
import type { Secret } from "../../host/client";
import { fromBase64 } from "../../shared/base64";
import { table } from "../../shared/table";
import { renewsCertificates } from "../../shared/vcluster/versions";
import { type Environment, findEnvironment, findRegistration, versionsOf } from "../running-environment";
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
  /** Command that renews it, where it is not ok and could be read. */
  readonly fix?: string;
}

const LIMIT_MS = 10_000;

const TOKEN = "token of Argo CD";
const OUTPUT = "output kubeconfig";

/**
 * Age and expiry of every credential and certificate of the environment. Never throws.
 *
 * @param chart version of the chart that runs, where it is known
 */
export async function expiry(environment: Environment, chart?: string, now = new Date()): Promise<Row[]> {
  const { names, kubeconfig, registered } = environment;
  // vCluster exports the administrator's kubeconfig into a Secret of the same name as the syncer's service account.
  const exported = names.syncer;
  const checks: Record<string, () => Validity[] | Promise<Validity[]>> = {
    [`certificate of ${names.apiHost}`]: async () => [await served(names.apiHost, names.apiPort, LIMIT_MS)],
    [`Secret ${names.certificates}`]: async () => {
      const found = certificatesIn(await secretOf(environment, names.certificates));
      return found.map((one) => ({ ...one, name: `${names.certificates}: ${one.name}` }));
    },
    [`Secret ${exported}`]: async () => {
      const data = await secretOf(environment, exported);
      return [certificate(`${exported}: client-certificate`, fromBase64(data["client-certificate"]))];
    },
    [OUTPUT]: () => [certificate(OUTPUT, clientCertificate(kubeconfig) ?? "")],
    ...(registered && {
      [TOKEN]: async () => [token(TOKEN, (await findRegistration(environment)).token)],
    }),
  };
  const rows: Row[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      rows.push(...(await check()).map((one) => withFix(row(one, now), chart)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      rows.push({ name, state: "unknown", problem: message.split("\n")[0] ?? "" });
    }
  }
  return rows;
}

/** Prints what {@link expiry} finds in the stack's environment. Sets exit code 1 when something needs attention. */
export async function showExpiries(target: StackAccess, json = false): Promise<void> {
  const environment = await findEnvironment(target);
  const { chart } = await versionsOf(environment);
  const rows = await expiry(environment, chart);
  console.log(json ? JSON.stringify(rows, undefined, 2) : `${report(rows)}\n${renewalOf(chart)}`);
  if (rows.every(({ state }) => state === "ok")) return;
  console.error(
    `Not ok means: expires within ${EXPIRY_WARNING_DAYS} days, has expired, or could not be read. ` +
      [...new Set(rows.flatMap(({ name, fix }) => (fix === undefined ? [] : [`Fix for ${name}: ${fix}.`])))].join(" "),
  );
  process.exitCode = 1;
}

/** Who renews the certificates of a control plane. */
export function renewalOf(chart: string | undefined): string {
  if (chart === undefined) return "Certificates: `make renew` renews them.";
  return renewsCertificates(chart)
    ? `Certificates: the control plane (chart ${chart}) renews them by itself 90 days before they expire, and restarts; ` +
        "`make renew` renews them now."
    : `Certificates: the control plane (chart ${chart}) does not renew them while it runs; \`make renew\` does.`;
}

function withFix(row: Row, chart: string | undefined): Row {
  if (row.state === "ok") return row;
  if (row.name === TOKEN) return { ...row, fix: "`make rotate`" };
  if (!renewsCertificates(chart)) return { ...row, fix: "`make renew`" };
  // The state of the stack has the certificates of its last update.
  if (row.name === OUTPUT)
    return { ...row, fix: "`pulumi up`, which reads the one that the control plane has renewed" };
  return { ...row, fix: "`make renew`, and the control plane's log says why it did not renew it" };
}

/** The report as a table. */
export function report(rows: readonly Row[]): string {
  return table([
    ["", "what", "days left", "until", "made"],
    ...rows.map(({ name, state, daysLeft: left = "?", until = "", from, problem = "" }) => [
      state === "ok" ? "" : state,
      name,
      String(left),
      until.slice(0, 10),
      from?.slice(0, 10) ?? problem,
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

async function secretOf({ host, names }: Environment, name: string): Promise<NonNullable<Secret["data"]>> {
  return (await host.get<Secret>(`/api/v1/namespaces/${names.namespace}/secrets/${name}`)).data ?? {};
}
