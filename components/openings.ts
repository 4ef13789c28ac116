import { BlockList, isIP } from "node:net";

import type { OpeningArgs } from "./args";
import { expect, type Finding, shown } from "./findings";
import { isLabel } from "./names";

/**
 * Ranges that an opening to a wider range leaves out: private and shared addresses, where hosts keep their nodes, pods
 * and neighbours, and link-local ones, where clouds keep their metadata. Source: the registries of RFC 6890.
 */
const INNER = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
];

interface Range {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

interface Port {
  readonly protocol: string;
  readonly port: number;
  readonly endPort?: number;
}

/** Ranges inside `cidr` that a NetworkPolicy for it leaves out; none where it is itself such a range, or within one. */
export function exceptions(cidr: string): string[] {
  const range = parseRange(cidr);
  if (range === undefined) return [];
  const wide = new BlockList();
  wide.addSubnet(range.address, range.bits, range.family);
  return INNER.filter((inner) => {
    const { address, bits, family } = parseRange(inner) ?? range;
    return family === range.family && bits > range.bits && wide.check(address, family);
  });
}

/** A port as a NetworkPolicy has it: 443, "443", "8000-8100", "53/udp". Precondition: it is valid. */
export function networkPort(text: string | number): Port {
  return parsePort(text) ?? { protocol: "TCP", port: 0 };
}

/** Mistakes in a list of openings; `cidrOnly` where a namespace would mean nothing. */
export function checkOpenings(path: string, openings: readonly OpeningArgs[], cidrOnly = false): Finding[] {
  const keys = cidrOnly ? ["cidr", "ports"] : ["cidr", "namespace", "ports"];
  return openings.flatMap((opening, index) => {
    const here = `${path}[${index}]`;
    const { cidr, namespace, ports = [] } = opening as { [Key in keyof OpeningArgs]: unknown };
    const unknown = Object.keys(opening).filter((key) => !keys.includes(key));
    return [
      ...unknown.map((key) => ({
        path: `${here}.${key}`,
        problem: "there is no such key",
        allowed: keys.join(", "),
        fix: "remove it",
      })),
      ...expect(unknown.length > 0 || (cidr === undefined) !== (namespace === undefined), {
        path: here,
        problem: cidr === undefined ? "it opens to nobody" : "it has both a cidr and a namespace",
        allowed: cidrOnly ? "a cidr" : "a cidr or a namespace",
        fix: cidr === undefined ? "say whom it opens to" : "make two openings of it",
      }),
      ...expect(cidr === undefined || (typeof cidr === "string" && parseRange(cidr) !== undefined), {
        path: `${here}.cidr`,
        problem: `${shown(cidr)} is not a range of addresses`,
        allowed: 'an address and the length of its prefix, such as "203.0.113.0/24"',
        fix: 'write a single address with "/32", one of IPv6 with "/128"',
      }),
      ...expect(namespace === undefined || (typeof namespace === "string" && isLabel(namespace)), {
        path: `${here}.namespace`,
        problem: `${shown(namespace)} is not the name of a namespace`,
        allowed: "the name of one namespace on the host",
        fix: "name it as `kubectl get namespace` lists it",
      }),
      ...checkPorts(`${here}.ports`, ports),
    ];
  });
}

function checkPorts(path: string, ports: unknown): Finding[] {
  const wrong = Array.isArray(ports) ? ports.filter((port) => parsePort(port) === undefined) : [ports];
  return wrong.map((port) => ({
    path,
    problem: `${shown(port)} is no port`,
    allowed: 'a list with ports such as 443, "8000-8100" or "53/udp", from 1 to 65535; TCP where no protocol is named',
    fix: "correct it, or remove ports to open all of them",
  }));
}

function parsePort(port: unknown): Port | undefined {
  const [, first = "", last, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(String(port)) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (from < 1 || to > 65535 || from > to) return undefined;
  return { protocol: protocol.toUpperCase(), port: from, ...(last !== undefined && { endPort: to }) };
}

function parseRange(cidr: string): Range | undefined {
  const [, address = "", length = ""] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const version = isIP(address);
  const bits = Number(length);
  if (version === 0 || bits > (version === 4 ? 32 : 128)) return undefined;
  return { address, bits, family: version === 4 ? "ipv4" : "ipv6" };
}
