import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { environmentNames } from "../../../../components/names";
import { parseCertificates, readCertificates } from "../../../../components/vcluster/certificates";
import { record, value } from "../../../support/mocks";
import { base64 } from "../../../../shared/base64";

const conf = "client-certificate-data: Y2VydA==\n    client-key-data: a2V5\n";

async function read(data: Record<string, string>) {
  const names = environmentNames("dev", "example.org");
  const namespace = pulumi.output(names.namespace);
  const { result } = await record(() => readCertificates("certificates", names, namespace, {}), {
    outputs: () => ({ data }),
  });
  return result;
}

describe("readCertificates", () => {
  it("returns the CA, which is public, and the administrator's credentials, which are secret", async () => {
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
    it(`reports that the Secret has no ${what}`, () => {
      assert.throws(() => parseCertificates(environmentNames("dev", "example.org"), data), {
        message:
          `Secret dev-vcluster/vcluster-dev-helm-certs has no ${what}. ` +
          "Fix: see that chart.repository or chart.path leads to the vCluster chart.",
      });
    });
  }
});
