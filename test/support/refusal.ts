import type { KubernetesObject } from "@kubernetes/client-node";
import { load } from "js-yaml";

import type { JsonObject } from "../../shared/json";
import { type Cluster, reference, type Reference } from "../../testing/cluster";

const NAME = "e2e-refusal";
const ADMISSION = "admissionregistration.k8s.io/v1";
const RBAC = "rbac.authorization.k8s.io/v1";
/** Everything of an account or policy of {@link Refusal}, on the whole host. */
const OBJECTS: readonly Reference[] = [
  reference(ADMISSION, "ValidatingAdmissionPolicyBinding", NAME),
  reference(ADMISSION, "ValidatingAdmissionPolicy", NAME),
  reference(RBAC, "ClusterRoleBinding", NAME),
  reference(RBAC, "ClusterRole", NAME),
  reference("v1", "ServiceAccount", NAME, "default"),
];
/** What the host says of an object that {@link Refusal.ofObject} refuses. */
export const REFUSED = /the administrator of this host allows no more of these/;
const MESSAGE = REFUSED.source;

interface Any extends KubernetesObject {
  readonly [key: string]: unknown;
}

/** Something that the host does not let anybody make, or not an account: as its administrators would. */
export class Refusal {
  private constructor(
    private readonly host: Cluster,
    /** Of the account that is refused it; undefined where nobody may make it. */
    readonly kubeconfig: string | undefined,
    /** Name of a ConfigMap that is refused as well, for no other reason than to see that. */
    private readonly probe?: string,
  ) {}

  /** Removes what an aborted run has left. */
  static async clear(host: Cluster): Promise<void> {
    await host.remove(...OBJECTS);
  }

  /**
   * Refuses to make one object, by an admission policy.
   *
   * @param resource its plural with its group: `networkpolicies.networking.k8s.io`
   */
  static async ofObject(host: Cluster, resource: string, name: string): Promise<Refusal> {
    const { plural, group } = parts(resource);
    const create = (apiGroup: string, kind: string) => ({
      apiGroups: [apiGroup],
      apiVersions: ["*"],
      operations: ["CREATE"],
      resources: [kind],
    });
    // Each policy has a probe of its own, so that it is not taken for the one before.
    const probe = `${NAME}-${Date.now()}`;
    const refused = [
      `(request.resource.resource == '${plural}' && object.metadata.name == '${name}')`,
      `object.metadata.name == '${probe}'`,
    ];
    await host.apply<Any>({
      apiVersion: ADMISSION,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: NAME },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [create(group, plural), create("", "configmaps")] },
        validations: [{ expression: `!(${refused.join(" || ")})`, message: MESSAGE }],
      },
    });
    await host.apply<Any>({
      apiVersion: ADMISSION,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ["Deny"] },
    });
    // The API server notices policies a moment later.
    await host.waitFor(async () => REFUSED.test((await tryToMake(host, probe)).body), {
      what: `the host to refuse ${resource} ${name}`,
      timeoutMs: 30_000,
      namespace: "default",
    });
    return new Refusal(host, undefined, probe);
  }

  /**
   * Makes an account that may do everything but create objects of a kind, for what no policy can refuse.
   *
   * @param allowed names of objects of that kind that it may create, by server-side apply
   */
  static async ofAccount(host: Cluster, resource: string, allowed: readonly string[] = []): Promise<Refusal> {
    const { plural, group } = parts(resource);
    const { groups } = await host.getJson<{ groups: { name: string }[] }>("/apis");
    const { resources } = await host.getJson<{ resources: { name: string }[] }>(`/apis/${group}/v1`);
    const others = resources.map((one) => one.name).filter((one) => one !== plural && !one.includes("/"));
    const all = { resources: ["*"], verbs: ["*"] };
    const changes = ["get", "list", "watch", "patch", "update", "delete", "deletecollection"];
    await host.apply<Any>({
      apiVersion: RBAC,
      kind: "ClusterRole",
      metadata: { name: NAME },
      rules: [
        { apiGroups: ["", ...groups.map(({ name }) => name).filter((name) => name !== group)], ...all },
        { apiGroups: [group], resources: others, verbs: ["*"] },
        { apiGroups: [group], resources: ["*"], verbs: changes },
        ...(allowed.length > 0
          ? [{ apiGroups: [group], resources: [plural], resourceNames: allowed, verbs: ["create"] }]
          : []),
        { nonResourceURLs: ["*"], verbs: ["*"] },
      ],
    });
    await host.apply<Any>(reference("v1", "ServiceAccount", NAME, "default") as Reference & Any);
    await host.apply<Any>({
      apiVersion: RBAC,
      kind: "ClusterRoleBinding",
      metadata: { name: NAME },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: "default" }],
    });
    const token = await accountToken(host);
    // The API server notices rights a moment later.
    await host.waitFor(
      async () => {
        const { status } = await host.send("GET", `/apis/${group}/v1/${plural}`, undefined, {}, token);
        return status === 200;
      },
      { what: `the account ${NAME} to have its rights`, timeoutMs: 30_000, namespace: "default" },
    );
    return new Refusal(host, asUser(host.kubeconfig, token));
  }

  /** Allows it again. */
  async end(): Promise<void> {
    await Refusal.clear(this.host);
    const { host, probe } = this;
    if (probe === undefined) return;
    await host.waitFor(async () => (await tryToMake(host, probe)).status === 201, {
      what: "the host to refuse nothing",
      timeoutMs: 30_000,
      namespace: "default",
    });
  }
}

/** What the host says of a ConfigMap; it is not made. */
function tryToMake(host: Cluster, name: string) {
  const object = reference("v1", "ConfigMap", name);
  return host.send("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", object);
}

function parts(resource: string): { plural: string; group: string } {
  const [plural = "", ...group] = resource.split(".");
  return { plural, group: group.join(".") };
}

async function accountToken(host: Cluster): Promise<string> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${NAME}/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const { status, body } = await host.send("POST", path, request);
  if (status !== 201) throw new Error(`no token of ${NAME}: ${status} ${body.slice(0, 300)}`);
  return (JSON.parse(body) as { status: { token: string } }).status.token;
}

/** A kubeconfig with a token in place of its user. */
function asUser(kubeconfig: string, token: string): string {
  const config = load(kubeconfig) as { contexts: { context: JsonObject }[] };
  const contexts = config.contexts.map((one) => ({ ...one, context: { ...one.context, user: NAME } }));
  return JSON.stringify({ ...config, contexts, users: [{ name: NAME, user: { token } }] });
}
