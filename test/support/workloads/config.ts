import * as assert from "node:assert/strict";

import type { V1Pod, V1Secret, V1ServiceAccount } from "@kubernetes/client-node";

import { fromBase64 } from "../../../shared/base64";
import { configMap, container, deployment, object, secret, SLEEPING } from "./manifests";
import type { Program } from "./program";
import { nameOf, type Site } from "./site";

const account = (name: string, annotations: Record<string, string> = {}) =>
  object("v1", "ServiceAccount", name, { metadata: { annotations } });

/** A pod of an account, which gets the account's token as every pod does. */
const ofAccount = (serviceAccountName: string) => deployment("app", container(SLEEPING), { serviceAccountName });

/** The claims of a token that a pod finds in a file. */
async function claimsOf(site: Site, file: string): Promise<Record<string, unknown>> {
  const token = await site.shell("app", `cat ${file}`);
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}

/** An account that a cloud knows by an annotation: the host's webhook reads it on the copy. */
function identity(cloud: string, title: string, annotation: string, value: string, labels = {}): Program {
  return {
    name: `identity-${cloud}`,
    title: `Workload identity of ${title}`,
    objects: () => {
      const app = ofAccount("cloud");
      Object.assign(app.spec?.template.metadata?.labels ?? {}, labels);
      return [account("cloud", { [annotation]: value }), app];
    },
    check: async (site) => {
      const [pod] = await site.ready("app");
      const copy = await site.onHost<V1ServiceAccount>("v1", "ServiceAccount", "cloud");
      assert.equal(copy?.metadata?.annotations?.[annotation], value);
      const host = await site.onHost<V1Pod>("v1", "Pod", pod ? nameOf(pod) : "");
      assert.equal(host?.spec?.serviceAccountName, nameOf(copy));
      for (const [key, expected] of Object.entries(labels)) assert.equal(host.metadata?.labels?.[key], expected);
    },
  };
}

/** Programs by what they are configured with. */
export const config: readonly Program[] = [
  {
    name: "environment",
    title: "Environment variables from ConfigMap, Secret and the pod itself",
    objects: () => [
      configMap("settings", { LEVEL: "info" }),
      secret("password", { PASSWORD: "hunter2" }),
      deployment(
        "app",
        container(SLEEPING, {
          envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "password" } }],
          env: [
            { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "SPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
          ],
        }),
      ),
    ],
    check: async (site) => {
      const [pod] = await site.ready("app");
      const expected = `info hunter2 ${pod ? nameOf(pod) : ""} environment`;
      assert.equal(await site.shell("app", 'echo "$LEVEL $PASSWORD $POD $SPACE"'), expected);
    },
  },
  {
    name: "pull-secret",
    title: "Pull secret of a private registry",
    objects: () => {
      const auths = { "registry.example.org": { username: "u", password: "p", auth: "dTpw" } };
      const registry = secret(
        "registry",
        { ".dockerconfigjson": JSON.stringify({ auths }) },
        "kubernetes.io/dockerconfigjson",
      );
      return [registry, deployment("app", container(SLEEPING), { imagePullSecrets: [{ name: "registry" }] })];
    },
    check: async (site) => {
      const [pod] = await site.ready("app");
      const host = await site.onHost<V1Pod>("v1", "Pod", pod ? nameOf(pod) : "");
      const copy = await site.onHost<V1Secret>("v1", "Secret", "registry");
      // Names and not objects: the client's are instances of a class, which no literal is strictly equal to.
      assert.ok(copy, "the host has no copy of the Secret");
      assert.deepEqual(
        host?.spec?.imagePullSecrets?.map(({ name }) => name),
        [nameOf(copy)],
      );
      assert.match(fromBase64(copy.data?.[".dockerconfigjson"]), /registry\.example\.org/);
    },
  },
  {
    name: "token",
    title: "Projected token for another service (Vault)",
    objects: () => [
      account("vault"),
      deployment("app", container(SLEEPING, { volumeMounts: [{ name: "token", mountPath: "/token" }] }), {
        serviceAccountName: "vault",
        volumes: [
          {
            name: "token",
            projected: { sources: [{ serviceAccountToken: { path: "vault", audience: "vault" } }] },
          },
        ],
      }),
    ],
    check: async (site) => {
      await site.ready("app");
      const claims = await claimsOf(site, "/token/vault");
      assert.deepEqual(claims["aud"], ["vault"]);
      assert.equal(claims["sub"], "system:serviceaccount:token:vault");
    },
  },
  {
    name: "rbac",
    title: "Pod that reads the API with its own account",
    objects: () => [
      account("reader"),
      object("rbac.authorization.k8s.io/v1", "Role", "reader", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
      }),
      object("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "ServiceAccount", name: "reader" }],
      }),
      ofAccount("reader"),
    ],
    check: async (site) => {
      await site.ready("app");
      const token = await site.shell("app", "cat /var/run/secrets/kubernetes.io/serviceaccount/token");
      const statusOf = async (kind: string) =>
        (await site.cluster.send("GET", `/api/v1/namespaces/rbac/${kind}`, undefined, {}, token)).status;
      assert.deepEqual([await statusOf("configmaps"), await statusOf("secrets")], [200, 403]);
      // The API from inside, by the name that every client library uses.
      await site.prints("app", "nc -w 5 kubernetes.default.svc 443 < /dev/null && echo open", /open/);
    },
  },
  identity("azure", "Azure", "azure.workload.identity/client-id", "3f2c", { "azure.workload.identity/use": "true" }),
  identity("aws", "AWS", "eks.amazonaws.com/role-arn", "arn:aws:iam::123456789012:role/app"),
  identity("google", "Google Cloud", "iam.gke.io/gcp-service-account", "app@project.iam.gserviceaccount.com"),
];
