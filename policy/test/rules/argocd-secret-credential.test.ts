import { argocdSecretCredential } from "../../rules/argocd-secret-credential";
import { testRule } from "../cases";
import { BUCKET, clusterSecret, CONNECTION, put } from "../fixtures";
import { UNKNOWN } from "../harness";

const TLS = "stringData.config.tlsClientConfig";

testRule(argocdSecretCredential, {
  compliant: {
    "a token": clusterSecret(),
    "a client certificate": clusterSecret({}, { tlsClientConfig: { caData: "x", certData: "x", keyData: "x" } }),
    "a user": clusterSecret({}, { username: "x", password: "x" }),
    "a command": clusterSecret({}, { execProviderConfig: {} }),
    AWS: clusterSecret({}, { awsAuthConfig: {} }),
    "a connection that is unknown until the update": clusterSecret({ "stringData.config": UNKNOWN }),
    "no JSON, which another rule refuses": clusterSecret({}, "x"),
  },
  violating: {
    "a client key beside a token": {
      of: clusterSecret({}, put(CONNECTION, { "tlsClientConfig.keyData": "secret-key" })),
      at: [`${TLS}.keyData`],
    },
    "a client certificate beside a token": {
      of: clusterSecret({}, put(CONNECTION, { "tlsClientConfig.certData": "x", "tlsClientConfig.keyData": "x" })),
      at: [`${TLS}.certData, keyData`],
    },
    "half a client certificate": {
      of: clusterSecret({}, { tlsClientConfig: { certData: "x" } }),
      at: ["stringData.config"],
      says: ["no credential"],
    },
    "no credential": { of: clusterSecret({}, {}), at: ["stringData.config"] },
    "an empty token": { of: clusterSecret({}, { bearerToken: "" }), at: ["stringData.config"] },
  },
  unknown: {
    "an unknown label": { of: clusterSecret({ "metadata.labels": UNKNOWN }), at: "metadata.labels" },
  },
  deferred: { "a Secret": clusterSecret({ stringData: UNKNOWN }) },
  notApplicable: {
    "a Secret of another type": clusterSecret({ "metadata.labels": {} }, {}),
    "another provider": BUCKET,
  },
});
