import { argocdSecretName } from "../../rules/argocd-secret-name";
import { testRule } from "../cases";
import { BUCKET, clusterSecret } from "../fixtures";
import { UNKNOWN } from "../harness";

testRule(argocdSecretName, {
  compliant: {
    "a name": clusterSecret(),
    "a name in base64": clusterSecret({ stringData: {}, data: { name: "ZGV2" } }),
  },
  violating: {
    "no name": { of: clusterSecret({ "stringData.name": undefined }), at: ["stringData.name"] },
    "an empty name": { of: clusterSecret({ "stringData.name": "" }), at: ["stringData.name"] },
  },
  unknown: {
    "an unknown label": { of: clusterSecret({ "metadata.labels": UNKNOWN }), at: "metadata.labels" },
  },
  deferred: { "a Secret": clusterSecret({ stringData: UNKNOWN }) },
  notApplicable: {
    "a Secret of another type": clusterSecret({ "metadata.labels": {}, "stringData.name": undefined }),
    "another provider": BUCKET,
  },
});
