import { table } from "../../shared/table";
import { ageSeconds } from "../objects";
import type { Environment } from "./environments";

/** The environments as a table, and below it what helps those that are not ready. */
export function listForPeople(environments: readonly Environment[], now: Date, unread: readonly string[] = []): string {
  if (environments.length === 0) return ["There is no environment on this host.", ...notes(unread)].join("\n");
  const head = [
    "name",
    "state",
    "stack",
    "owner",
    "chart",
    "kubernetes",
    "age",
    "cpu",
    "memory",
    "disk",
    "pods",
    "apps",
  ];
  const lines = environments.map((one) => [
    one.name,
    one.state,
    one.stack?.split("/").at(-1) ?? "-",
    one.owner ?? "-",
    one.chart ?? "-",
    one.kubernetes ?? "-",
    age(one.created, now),
    amounts(one, "cpu", cores),
    amounts(one, "memory", bytes),
    bytes(one.disk),
    String(one.pods),
    one.applications.total === 0 ? "-" : `${one.applications.healthy}/${one.applications.total}`,
  ]);
  const helps = environments.flatMap(({ name, state, reason, fix }) =>
    reason === undefined ? [] : [`${name} is ${state}: ${reason}`, ...(fix === undefined ? [] : [`  fix: ${fix}`])],
  );
  const text = table([head, ...lines], [7, 8, 9, 10, 11]);
  return [text, ...(helps.length > 0 ? ["", ...helps] : []), ...notes(unread)].join("\n");
}

function notes(unread: readonly string[]): string[] {
  return unread.length === 0 ? [] : ["", ...unread.map((line) => `not read: ${line}`)];
}

/** Use of requests, where use is known. */
function amounts({ requests, use }: Environment, key: "cpu" | "memory", format: (amount: number) => string): string {
  return use === undefined ? format(requests[key]) : `${format(use[key])}/${format(requests[key])}`;
}

/** Two figures and a unit, such as `1.5Gi`. */
export function bytes(amount: number): string {
  if (amount === 0) return "0";
  const units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(amount) / 10));
  return `${rounded(amount / 1024 ** power)}${units[power] ?? ""}`;
}

export function cores(amount: number): string {
  return amount > 0 && amount < 1 ? `${Math.round(amount * 1000)}m` : rounded(amount);
}

function rounded(amount: number): string {
  return String(amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount));
}

/** Age in its largest unit. */
export function age(time: string | undefined, now: Date): string {
  const seconds = ageSeconds(time, now);
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
}
