import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { environmentNames } from "../../../../components/names";
import { parseCertificates, readCertificates } from "../../../../components/vcluster/certificates";
import { record, value } from "../../../support/mocks";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const conf = "client-certificate-data: Y2VydA==\n    client-key-data: a2V5\n";

async function read(data: Record<string, string>) {
  const names = environmentNames("dev", "example.org");
  const delivered = { namespace: pulumi.output(names.namespace) };
  const { result } = await record(() => readCertificates("certificates", names, delivered, {}), {
    outputs: () => ({ data }),
  });
  return result;
}

describe("the certificates of a virtual cluster", () => {
  it("are the authority, which is public, and the administrator's, which are not", async () => {
    const { caCertificate, adminCredentials } = await read({ "ca.crt": base64("ca"), "admin.conf": base64(conf) });
    assert.equal(await value(caCertificate), base64("ca"));
    assert.equal(await pulumi.isSecret(caCertificate), false);
    assert.deepEqual(await value(adminCredentials), { certificate: "Y2VydA==", key: "a2V5" });
    assert.equal(await pulumi.isSecret(adminCredentials), true);
  });

  const missing: [string, Record<string, string>][] = [
    ["admin.conf", { "ca.crt": base64("ca") }],
    ["ca.crt", { "admin.conf": base64(conf) }],
    ["client-key-data in admin.conf", { "ca.crt": base64("ca"), "admin.conf": base64("client-certificate-data: x\n") }],
  ];
  for (const [what, data] of missing) {
    it(`are asked for by name when the Secret has no ${what}`, () => {
      assert.throws(() => parseCertificates(environmentNames("dev", "example.org"), data), {
        message:
          `Secret dev-vcluster/vcluster-dev-helm-certs has no ${what}. ` +
          "Fix: see that chart.repository or chart.path leads to the vCluster chart.",
      });
    });
  }
});
