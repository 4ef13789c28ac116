import type { JsonObject } from "../../json";
import { kubeconfigOutputs } from "../../rules/kubeconfig-outputs";
import { testRule } from "../cases";
import { BUCKET, object } from "../fixtures";
import { UNKNOWN, secret, type TestResource } from "../harness";

const KUBECONFIG = "apiVersion: v1\nkind: Config\nusers:\n- user:\n    client-key-data: x\n";
const stack = (props: JsonObject): TestResource => ({ type: "pulumi:pulumi:Stack", name: "dev", props });

testRule(kubeconfigOutputs, {
  compliant: {
    "a secret kubeconfig": [stack({ kubeconfig: secret(KUBECONFIG) })],
    "a secret of any name": [stack({ access: secret(KUBECONFIG) })],
    "outputs that are no credential": [
      stack({
        apiUrl: "https://x",
        kubeconfigCommand: "pulumi stack output",
        count: 1,
        note: "token: none",
        list: ["x"],
      }),
    ],
    "an output that is unknown until the update": [stack({ kubeconfig: UNKNOWN })],
    "another resource": [stack({}), object("core/v1:ConfigMap", { kubeconfig: KUBECONFIG })],
  },
  violating: {
    "a plain kubeconfig": {
      of: [stack({ kubeconfig: "anything" })],
      at: ["kubeconfig"],
      says: ["export pulumi.secret(...) as kubeconfig"],
    },
    "other spellings": {
      of: [stack({ devKubeConfig: "x", "dev-kube-config": "x", KUBECONFIG: "x" })],
      at: ["devKubeConfig", "dev-kube-config", "KUBECONFIG"],
    },
    "a plain one beside a secret one": { of: [stack({ a: secret(KUBECONFIG), b: KUBECONFIG })], at: ["b"] },
    "two stacks, each by its name": { of: [stack({ kubeconfig: "x" })], at: ["kubeconfig"], on: ["dev"] },
    "a client key": { of: [stack({ access: "client-key-data: x" })], at: ["access"] },
    "a token": { of: [stack({ access: "token: eyJhbGciOi" })], at: ["access"] },
    "a token in JSON": { of: [stack({ access: { users: [{ user: { token: "eyJhbGciOi" } }] } })], at: ["access"] },
    "a private key": {
      of: [stack({ a: "-----BEGIN RSA PRIVATE KEY-----", b: "-----BEGIN PRIVATE KEY-----" })],
      at: ["a", "b"],
    },
    "a kubeconfig in base64": { of: [stack({ access: Buffer.from(KUBECONFIG).toString("base64") })], at: ["access"] },
  },
  unknown: {},
  notApplicable: { "resources without outputs of a stack": [BUCKET], "an empty stack": [] },
});
