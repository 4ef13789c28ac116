import type { Settings } from "../../config/defaults";
import { exceptOf } from "../network-peers";
import { text } from "./rule";

/** Whether workloads may connect to an address themselves, or it is one that `isolation.allow.endpoints` adds. */
export function isReachable(address: string, { isolation }: Settings): string {
  const ranges = [
    ...opened(isolation).map((cidr) => [
      inRange(address, cidr),
      ...exceptOf(cidr).map((inner) => `!${inRange(address, inner)}`),
    ]),
    ...isolation.allow.endpoints.map((cidr) => [inRange(address, cidr)]),
  ];
  return anyOf(ranges.map((parts) => parts.join(" && ")));
}

/** Ranges that {@link isReachable} is true of, for messages. */
export function reachable({ isolation }: Settings): string[] {
  const open = opened(isolation).map((cidr) =>
    exceptOf(cidr).length > 0 ? `${cidr} (except ${exceptOf(cidr).join(", ")})` : cidr,
  );
  return [...open, ...isolation.allow.endpoints];
}

function opened({ egress }: Settings["isolation"]): string[] {
  return egress.flatMap(({ cidr }) => cidr ?? []);
}

/** Whether an address is in one of the ranges. */
export function isInRanges(address: string, ranges: readonly string[]): string {
  return anyOf(ranges.map((cidr) => inRange(address, cidr)));
}

function inRange(address: string, cidr: string): string {
  return `cidr(${text(cidr)}).containsIP(${address})`;
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length > 0 ? `(${conditions.map((condition) => `(${condition})`).join(" || ")})` : "false";
}
