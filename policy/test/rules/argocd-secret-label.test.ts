import { argocdSecretLabel } from "../../rules/argocd-secret-label";
import { testRule } from "../cases";
import { BUCKET, clusterSecret, object } from "../fixtures";
import { UNKNOWN } from "../harness";

const LABEL = 'metadata.labels["argocd.argoproj.io/secret-type"]';

testRule(argocdSecretLabel, {
  compliant: {
    "a labelled Secret": clusterSecret(),
    "a Secret of another namespace": clusterSecret({ "metadata.labels": {}, "metadata.namespace": "team" }),
  },
  violating: {
    "no label": {
      of: clusterSecret({ "metadata.labels": undefined }),
      at: [LABEL],
      says: ["Found: nothing", 'Allowed: "cluster"'],
    },
    "another label": {
      of: clusterSecret({ "metadata|labels|argocd.argoproj.io/secret-type": "repository" }),
      at: [LABEL],
      says: ['Found: "repository"'],
    },
    "no label, in base64": {
      of: clusterSecret({ "metadata.labels": {}, stringData: undefined, data: { server: "eA==", config: "eA==" } }),
      at: [LABEL],
    },
  },
  unknown: {
    "an unknown label": {
      of: clusterSecret({ "metadata|labels|argocd.argoproj.io/secret-type": UNKNOWN }),
      at: "metadata.labels.argocd.argoproj.io/secret-type",
    },
  },
  deferred: { "a Secret": clusterSecret({ "metadata.labels": {}, stringData: UNKNOWN }) },
  notApplicable: {
    "a Secret without a server": clusterSecret({ "metadata.labels": {}, "stringData.server": undefined }),
    "a Secret without a config": clusterSecret({ "metadata.labels": {}, "stringData.config": undefined }),
    "another kind": object("core/v1:ConfigMap", clusterSecret({ "metadata.labels": {} }).props),
    "another provider": BUCKET,
  },
  configured: {
    "another Argo CD": {
      of: clusterSecret({ "metadata.labels": {}, "metadata.namespace": "gitops" }),
      config: { argocdNamespaces: ["gitops"] },
      at: [LABEL],
    },
    "a Secret without a namespace": {
      of: clusterSecret({ "metadata.labels": {}, "metadata.namespace": undefined }),
      config: { argocdNamespaces: ["gitops"] },
      at: [],
    },
  },
  remediated: {
    "a missing label": { of: clusterSecret({ "metadata.labels": undefined }), to: clusterSecret().props },
    "nothing that has it": { of: clusterSecret(), to: undefined },
    "nothing of another namespace": {
      of: clusterSecret({ "metadata.labels": {}, "metadata.namespace": "x" }),
      to: undefined,
    },
  },
});
