import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { exceptOf, parsePort } from "../../../../components/isolation/network-peers";

describe("exceptOf and parsePort", () => {
  it("exclude the private ranges within a public range, and no others", () => {
    assert.deepEqual(exceptOf("203.0.113.0/24"), []);
    assert.deepEqual(exceptOf("128.0.0.0/1"), ["169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]);
    assert.deepEqual(exceptOf("::/0"), ["fc00::/7", "fe80::/10"]);
  });

  it("exclude nothing from a private range or a part of one", () => {
    for (const cidr of ["10.0.0.0/8", "10.1.2.3/32", "169.254.20.10/32", "fd00::/8"]) {
      assert.deepEqual(exceptOf(cidr), [], cidr);
    }
  });

  it("exclude only ranges within the CIDR, as Kubernetes requires, and all of them", () => {
    // First and last address of each private range, as numbers.
    const inner: [cidr: string, first: number, last: number][] = [
      ["10.0.0.0/8", 0x0a000000, 0x0affffff],
      ["100.64.0.0/10", 0x64400000, 0x647fffff],
      ["127.0.0.0/8", 0x7f000000, 0x7fffffff],
      ["169.254.0.0/16", 0xa9fe0000, 0xa9feffff],
      ["172.16.0.0/12", 0xac100000, 0xac1fffff],
      ["192.168.0.0/16", 0xc0a80000, 0xc0a8ffff],
    ];
    // Near a private range as often as anywhere: few of all ranges have one in them.
    const address = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(...inner.flatMap(([, first, last]) => [first, last])));
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), (number, bits) => {
        const size = 2 ** (32 - bits);
        const first = number - (number % size);
        const range = `${[24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".")}/${bits}`;
        const expected = inner
          .filter(([, from, to]) => first <= from && to < first + size && to - from + 1 < size)
          .map(([cidr]) => cidr);
        assert.deepEqual(exceptOf(range), expected, range);
      }),
      {
        examples: [
          [0, 0],
          [0x80000000, 1],
        ],
      },
    );
  });

  it("parse ports, with TCP as the default protocol", () => {
    assert.deepEqual(parsePort(443), { protocol: "TCP", port: 443 });
    assert.deepEqual(parsePort("53/udp"), { protocol: "UDP", port: 53 });
    assert.deepEqual(parsePort("8000-8100"), { protocol: "TCP", port: 8000, endPort: 8100 });
  });
});
