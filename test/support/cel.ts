import { BlockList, isIP, isIPv6 } from "node:net";

/** A range of addresses, as Kubernetes' function `cidr` returns it. */
class Cidr {
  private readonly list = new BlockList();

  constructor(text: string) {
    const [address = "", bits] = text.split("/");
    this.list.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
  }

  containsIP(address: string): boolean {
    if (isIP(address) === 0) throw new Error(`${address} is no address`);
    return this.list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  }
}

/**
 * Returns a function that evaluates an expression of an admission policy, with the parts of Kubernetes' libraries of
 * addresses and lists that ours use. As on the API server, a field that is absent is an error.
 */
export async function celEvaluator(): Promise<(expression: string, context: object) => unknown> {
  const { Environment } = await import("@marcbachmann/cel-js");
  const cel = new Environment({ unlistedVariablesAreDyn: true })
    .registerType("Cidr", Cidr)
    .registerFunction("list.sum(): int", (numbers: bigint[]) => numbers.reduce((total, one) => total + one, 0n))
    .registerFunction("cidr(string): Cidr", (text: string) => new Cidr(text))
    .registerFunction("Cidr.containsIP(string): bool", (range: Cidr, address: string) => range.containsIP(address));
  const parsed = new Map<string, (context: object) => unknown>();
  return (expression, context) => {
    const evaluate = parsed.get(expression) ?? cel.parse(expression);
    parsed.set(expression, evaluate);
    return evaluate({ ...context }) as unknown;
  };
}
