import { argocdSecretTls } from "../../rules/argocd-secret-tls";
import { testRule } from "../cases";
import { BUCKET, clusterSecret, CONNECTION, put } from "../fixtures";
import { UNKNOWN, secret } from "../harness";

const TLS = "stringData.config.tlsClientConfig";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

testRule(argocdSecretTls, {
  compliant: {
    "a verified connection": clusterSecret(),
    "insecure written out as false": clusterSecret({}, put(CONNECTION, { "tlsClientConfig.insecure": false })),
    "a connection that is unknown until the update": clusterSecret({ "stringData.config": UNKNOWN }),
    "a connection in base64": clusterSecret({
      stringData: undefined,
      data: { server: base64("https://x"), config: base64(JSON.stringify(CONNECTION)) },
    }),
    "secret contents": clusterSecret({ stringData: secret(clusterSecret().props.stringData) }),
  },
  violating: {
    "plain HTTP": {
      of: clusterSecret({ "stringData.server": "http://x" }),
      at: ["stringData.server"],
      says: ['Found: "http://x"'],
    },
    "no server": {
      of: clusterSecret({ "stringData.server": undefined }),
      at: ["stringData.server"],
      says: ["Found: nothing"],
    },
    "no verification": {
      of: clusterSecret({}, put(CONNECTION, { "tlsClientConfig.insecure": true })),
      at: [`${TLS}.insecure`],
      says: ["Found: true"],
    },
    "no CA": { of: clusterSecret({}, put(CONNECTION, { "tlsClientConfig.caData": "" })), at: [`${TLS}.caData`] },
    "no TLS settings": { of: clusterSecret({}, { bearerToken: "token" }), at: [`${TLS}.caData`] },
    "TLS settings that are no object": {
      of: clusterSecret({}, { bearerToken: "token", tlsClientConfig: [] }),
      at: [`${TLS}.caData`],
    },
    "no JSON": { of: clusterSecret({}, "token: x"), at: ["stringData.config"] },
    "no connection, and plain HTTP": {
      of: clusterSecret({ "stringData.server": "http://x", "stringData.config": undefined }),
      at: ["stringData.server", "stringData.config"],
    },
    "a connection that is unknown, and plain HTTP": {
      of: clusterSecret({ "stringData.server": "http://x", "stringData.config": UNKNOWN }),
      at: ["stringData.server"],
    },
  },
  unknown: {
    "an unknown server": { of: clusterSecret({ "stringData.server": UNKNOWN }), at: "stringData.server" },
  },
  deferred: { "a Secret": clusterSecret({ stringData: UNKNOWN }) },
  notApplicable: {
    "a Secret of another type": clusterSecret({ "metadata.labels": {}, "stringData.server": "http://x" }),
    "another provider": BUCKET,
  },
});
