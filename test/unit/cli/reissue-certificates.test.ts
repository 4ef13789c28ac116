import * as assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";

import { reissue } from "../../../cli/reissue-certificates";
import { certificatesIn, clientCertificate, daysLeft } from "../../../components/vcluster/certificate-expiry";
import { Authority, type Pair } from "../../support/certificates";
import { base64 } from "../../../shared/base64";

const plain = (text = "") => Buffer.from(text, "base64").toString();

describe("reissue", function () {
  this.timeout(60_000);
  let authority: Authority;
  let server: Pair;
  let admin: Pair;
  let data: Record<string, string>;
  // Certificates know no parts of a second.
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);

  before(async () => {
    authority = await Authority.create();
    server = await authority.issue({ commonName: "kube-apiserver", names: ["localhost", "a.example.org"], days: 1 });
    admin = await authority.issue({ commonName: "kubernetes-super-admin", days: -1 });
    data = {
      "ca.crt": base64(authority.certificate),
      "ca.key": base64(authority.key),
      "apiserver.crt": base64(server.certificate),
      "apiserver.key": base64(server.key),
      "admin.conf": base64(kubeconfig(admin)),
      "sa.key": base64("the key of tokens"),
      "sa.pub": base64("its public half"),
    };
  });

  it("replaces certificates signed by a CA, and keeps CAs and the service account key", async () => {
    const changed = await reissue(data, now);
    assert.deepEqual(Object.keys(changed).sort(), ["admin.conf", "apiserver.crt", "apiserver.key"]);
  });

  it("issues certificates for a year with the same contents and new keys", async () => {
    const changed = await reissue(data, now);
    const old = new X509Certificate(server.certificate);
    const made = new X509Certificate(plain(changed["apiserver.crt"]));
    assert.ok(made.verify(new X509Certificate(authority.certificate).publicKey));
    assert.ok(made.checkIssued(new X509Certificate(authority.certificate)));
    assert.deepEqual([made.subject, made.subjectAltName, made.ca], [old.subject, old.subjectAltName, false]);
    assert.notEqual(made.serialNumber, old.serialNumber);
    const key = createPrivateKey(plain(changed["apiserver.key"]));
    assert.ok(made.checkPrivateKey(key));
    assert.notDeepEqual(createPublicKey(key), old.publicKey);
  });

  it("renews an expired certificate in a kubeconfig, and changes nothing else in the file", async () => {
    const text = plain((await reissue(data, now))["admin.conf"]);
    const client = clientCertificate(text) ?? "";
    assert.equal(new X509Certificate(client).subject, "CN=kubernetes-super-admin");
    assert.ok(new X509Certificate(client).checkPrivateKey(createPrivateKey(plain(/key-data: (\S+)/.exec(text)?.[1]))));
    const rest = (file: string) => file.replace(/(client-[a-z]+-data): \S+/g, "$1");
    assert.equal(rest(text), rest(kubeconfig(admin)));
  });

  it("issues certificates for a year, but not beyond the expiry of the CA", async () => {
    // The authority of this test lives for two days.
    const [one] = certificatesIn(await reissue(data, now)).filter(({ name }) => name === "apiserver.crt");
    assert.equal(one?.until.getTime(), new Date(new X509Certificate(authority.certificate).validTo).getTime());
    const past = certificatesIn(await reissue(data, new Date(now.getTime() - 400 * 86_400_000)));
    assert.deepEqual(
      past.map((each) => [each.name, daysLeft(each, now)]),
      [
        ["admin.conf", -35],
        ["apiserver.crt", -35],
      ],
    );
  });

  it("issues nothing if a certificate is signed by another CA", async () => {
    const other = await (await Authority.create("other")).issue({ commonName: "x" });
    await assert.rejects(reissue({ ...data, "x.crt": base64(other.certificate) }), {
      message: "x.crt was not signed by any certificate authority in the Secret; nothing was changed",
    });
  });
});

function kubeconfig({ certificate, key }: Pair): string {
  return [
    "users:",
    "- name: kubernetes-super-admin",
    "  user:",
    `    client-certificate-data: ${base64(certificate)}`,
    `    client-key-data: ${base64(key)}`,
    "",
  ].join("\n");
}
