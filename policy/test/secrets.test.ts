import assert from "node:assert/strict";
import { argocdSecretTls } from "../rules/argocd-secret-tls";
import { imageTag } from "../rules/image-tag";
import { mappingNamespaces } from "../rules/mapping-namespaces";
import { CONNECTION, clusterSecret, put, release } from "./fixtures";
import { secret, validate } from "./harness";

const CANARY = "canary-of-a-secret";

describe("messages", () => {
  const changes = { "controlPlane.statefulSet.image.tag": CANARY };

  it("show values that are not secret", async () => {
    const { violations } = await validate(imageTag, release(changes));
    assert.ok(violations[0]?.includes(`Found: "${CANARY}"`));
  });

  it("hide secret values", async () => {
    const { violations } = await validate(imageTag, release({}, { values: secret(release(changes).props.values) }));
    assert.equal(violations.length, 1);
    assert.ok(violations[0]?.includes("Found: [secret]"));
    assert.ok(!violations.join().includes(CANARY));
  });

  it("hide values that contain a secret", async () => {
    const { violations } = await validate(imageTag, release({ "controlPlane.statefulSet.image.tag": secret(CANARY) }));
    assert.ok(violations[0]?.includes("Found: [secret]"));
  });

  it("hide secret values in stack rules", async () => {
    const mapped = { "sync.fromHost.secrets": { enabled: true, mappings: { byName: secret({ "shared/*": "x/*" }) } } };
    const { violations } = await validate(mappingNamespaces, [release(mapped)]);
    assert.ok(violations[0]?.includes("Found: [secret]"));
  });

  it("hide credentials at every path", async () => {
    const broken = put(CONNECTION, {
      bearerToken: CANARY,
      "tlsClientConfig.insecure": true,
      "tlsClientConfig.caData": "",
    });
    for (const contents of [broken, `not JSON: ${CANARY}`]) {
      const subject = clusterSecret({}, contents);
      const { violations } = await validate(argocdSecretTls, subject);
      assert.ok(violations.length > 0);
      assert.ok(!violations.join().includes(CANARY));
    }
  });
});
