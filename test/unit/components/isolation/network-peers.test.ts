import * as assert from "node:assert/strict";
import { BlockList } from "node:net";

import * as fc from "fast-check";

import { exceptOf, networkPort } from "../../../../components/isolation/network-peers";

describe("openings", () => {
  it("of a wide range leave out the inner ranges in it, and no other", () => {
    assert.deepEqual(exceptOf("203.0.113.0/24"), []);
    assert.deepEqual(exceptOf("128.0.0.0/1"), ["169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]);
    assert.deepEqual(exceptOf("::/0"), ["fc00::/7", "fe80::/10"]);
  });

  it("of an inner range, or of a part of one, leave out nothing", () => {
    for (const cidr of ["10.0.0.0/8", "10.1.2.3/32", "169.254.20.10/32", "fd00::/8"]) {
      assert.deepEqual(exceptOf(cidr), [], cidr);
    }
  });

  it("never leave out what is not theirs, as Kubernetes would refuse", () => {
    const cidr = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`);
    fc.assert(
      fc.property(cidr, (range) => {
        const [address = "", bits] = range.split("/");
        const list = new BlockList();
        list.addSubnet(address, Number(bits), "ipv4");
        for (const inner of exceptOf(range)) {
          const [first = "", length] = inner.split("/");
          assert.ok(list.check(first, "ipv4") && Number(length) > Number(bits), `${inner} in ${range}`);
        }
      }),
    );
  });

  it("have ports, of TCP where no protocol is named", () => {
    assert.deepEqual(networkPort(443), { protocol: "TCP", port: 443 });
    assert.deepEqual(networkPort("53/udp"), { protocol: "UDP", port: 53 });
    assert.deepEqual(networkPort("8000-8100"), { protocol: "TCP", port: 8000, endPort: 8100 });
  });
});
