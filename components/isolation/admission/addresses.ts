import type { Settings } from "../../config/defaults";
import { exceptOf } from "../network-peers";
import { text } from "./rule";

/** Whether workloads may connect to an address themselves, or it is one that `isolation.allow.endpoints` adds. */
export function isReachable(address: string, { isolation }: Settings): string {
  const opened = isolation.egress.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]));
  const ranges = [
    ...opened.map((cidr) => [inRange(address, cidr), ...exceptOf(cidr).map((inner) => `!${inRange(address, inner)}`)]),
    ...isolation.allow.endpoints.map((cidr) => [inRange(address, cidr)]),
  ];
  return anyOf(ranges.map((parts) => parts.join(" && ")));
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
