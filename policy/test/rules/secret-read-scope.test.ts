import { secretReadScope } from "../../rules/secret-read-scope";
import { testRule } from "../cases";
import { application, BUCKET, release } from "../fixtures";
import { UNKNOWN } from "../harness";

const ROLE = "rbac.clusterRole";
const SYNCED = { "sync.fromHost.secrets.enabled": true };
const EVERY = { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] };

testRule(secretReadScope, {
  compliant: {
    "no Secrets synced": release(),
    "overwritten rules without Secrets": release({
      ...SYNCED,
      [`${ROLE}.overwriteRules`]: [{ apiGroups: [""], resources: ["nodes"], verbs: ["*"] }],
    }),
    "named Secrets, read by name": release({
      [`${ROLE}.extraRules`]: [{ ...EVERY, verbs: ["get"], resourceNames: ["a"] }],
    }),
    "no cluster role": release({ ...SYNCED, [`${ROLE}.enabled`]: false }),
    "another API group": release({ [`${ROLE}.extraRules`]: [{ ...EVERY, apiGroups: ["apps"] }] }),
    "other verbs": release({ [`${ROLE}.extraRules`]: [{ ...EVERY, verbs: ["create"] }] }),
    "extra rules that overwritten ones put aside": release({
      [`${ROLE}.extraRules`]: [EVERY],
      [`${ROLE}.overwriteRules`]: [{ ...EVERY, resources: ["nodes"] }],
    }),
  },
  violating: {
    "the chart's own rules": {
      of: release(SYNCED),
      at: [`values.${ROLE}.overwriteRules`],
      says: ["can list every Secret"],
    },
    "overwritten rules with Secrets": {
      of: application({ ...SYNCED, [`${ROLE}.overwriteRules`]: [{ ...EVERY, resources: ["nodes"] }, EVERY] }),
      at: [`spec.source.helm.valuesObject.${ROLE}.overwriteRules[1]`],
      says: ["grants access to the Secrets", '"resources":["secrets"]'],
    },
    ...Object.fromEntries(
      [
        ["every resource", { resources: ["*"] }],
        ["Secrets among others", { resources: ["nodes", "secrets"] }],
        ["list among others", { verbs: ["create", "list"] }],
        ["every group", { apiGroups: ["*"] }],
        ["every verb", { verbs: ["*"] }],
        ["get", { verbs: ["get"] }],
        ["list", { verbs: ["list"] }],
        ["watch", { verbs: ["watch"] }],
        ["list by name", { verbs: ["list"], resourceNames: ["a"] }],
        ["watch by name", { verbs: ["watch"], resourceNames: ["a"] }],
        ["get with an empty list of names", { verbs: ["get"], resourceNames: [] }],
      ].map(([name, change]) => [
        `extra rules with ${JSON.stringify(name)}`,
        {
          of: release({ [`${ROLE}.extraRules`]: [{ ...EVERY, ...(change as object) }] }),
          at: [`values.${ROLE}.extraRules[0]`],
        },
      ]),
    ),
    "both at once": {
      of: release({ ...SYNCED, [`${ROLE}.extraRules`]: [EVERY] }),
      at: [`values.${ROLE}.overwriteRules`, `values.${ROLE}.extraRules[0]`],
    },
  },
  unknown: {
    "unknown rules": { of: release({ [`${ROLE}.overwriteRules`]: UNKNOWN }), at: `values.${ROLE}.overwriteRules` },
  },
  notApplicable: { "another chart": release(SYNCED, { chart: "nginx" }), "another provider": BUCKET },
});
