import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { isKnown } from "../../../../components/known";
import { environmentNames } from "../../../../components/names";
import { kubeconfig, parseCertificates, readCertificates } from "../../../../components/vcluster/certificates";
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

  describe("in a preview that may not read the Secret", () => {
    const names = environmentNames("dev", "example.org");
    const preview = (last: string | undefined) =>
      record(() => readCertificates("certificates", names, pulumi.output(names.namespace), {}, pulumi.secret(last)), {
        preview: true,
      });

    it("returns what the last update put into its output, and declares the Secret without reading it", async () => {
      const before = await read({ "ca.crt": base64("ca"), "admin.conf": base64(conf) });
      const { result, registrations } = await preview(await value(kubeconfig(names, before)));
      assert.equal(await value(result.caCertificate), base64("ca"));
      assert.deepEqual(await value(result.adminCredentials), { certificate: "Y2VydA==", key: "a2V5" });
      assert.equal(await pulumi.isSecret(result.adminCredentials), true);
      assert.deepEqual(
        registrations.map(({ name, id }) => [name, id]),
        [["certificates", undefined]],
      );
    });

    it("knows nothing before the first update", async () => {
      const { result } = await preview(undefined);
      assert.equal(await isKnown(result.caCertificate), false);
      assert.equal(await isKnown(result.adminCredentials), false);
    });
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
          "Fix: see that chart.repository or chart.path leads to the vCluster chart. [certificates-invalid]",
      });
    });
  }
});
