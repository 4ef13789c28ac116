import { BlockList, isIP } from "node:net";

/**
 * Ranges that a peer with a wider range excludes: private and shared addresses, where hosts keep their nodes, pods
 * and neighbours, and link-local ones, where clouds keep their metadata. Source: the registries of RFC 6890.
 */
const PRIVATE_RANGES = [
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

/** `except` of a NetworkPolicy peer for `cidr`; none where it is itself a private range, or within one. */
export function exceptOf(cidr: string): string[] {
  const range = parseRange(cidr);
  if (range === undefined) return [];
  const outer = new BlockList();
  outer.addSubnet(range.address, range.bits, range.family);
  return PRIVATE_RANGES.filter((inner) => {
    const { address, bits, family } = parseRange(inner) ?? range;
    return family === range.family && bits > range.bits && outer.check(address, family);
  });
}

/** A port as a NetworkPolicy has it, of 443, "443", "8000-8100" or "53/udp"; undefined where `port` is none. */
export function parsePort(port: unknown): Port | undefined {
  const [, first = "", last, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(String(port)) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (from < 1 || to > 65535 || from > to) return undefined;
  return { protocol: protocol.toUpperCase(), port: from, ...(last !== undefined && { endPort: to }) };
}

/** A range of addresses in CIDR notation; undefined where `cidr` is none. */
export function parseRange(cidr: string): Range | undefined {
  const [, address = "", length = ""] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const version = isIP(address);
  const bits = Number(length);
  if (version === 0 || bits > (version === 4 ? 32 : 128)) return undefined;
  return { address, bits, family: version === 4 ? "ipv4" : "ipv6" };
}
