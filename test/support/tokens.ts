import * as https from "node:https";

import { AuthenticationV1Api, AuthorizationV1Api, KubeConfig, type V1Secret } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import type { Environment } from "./environments";
import { base64, fromBase64 } from "../../shared/base64";

/** The bearer token in Argo CD's Secret for the environment, as Argo CD reads it. */
export async function argocdToken(host: Cluster, { namespace }: Environment): Promise<string> {
  const secret = await host.get<V1Secret>(reference("v1", "Secret", namespace, "argocd"));
  const config = fromBase64(secret?.data?.["config"]);
  return (JSON.parse(config) as { bearerToken: string }).bearerToken;
}

/** The virtual cluster as the holder of the token sees it. */
export class Bearer {
  private readonly config: KubeConfig;

  constructor(
    private readonly environment: Environment,
    private readonly token: string,
  ) {
    this.config = new KubeConfig();
    const { authority } = environment.cluster;
    this.config.loadFromClusterAndUser(
      {
        name: "virtual",
        server: `https://${environment.apiHost}`,
        caData: base64(authority),
        skipTLSVerify: false,
      },
      { name: "bearer", token },
    );
  }

  /** Status of the API's answer to a request that every user is allowed. */
  async status(): Promise<number> {
    const { apiHost, cluster } = this.environment;
    const headers = { authorization: `Bearer ${this.token}` };
    return new Promise((resolve, reject) => {
      const path = "/apis/authentication.k8s.io/v1";
      https
        .get({ host: apiHost, path, headers, ca: cluster.authority, agent: false, timeout: 10_000 }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
        .once("error", reject);
    });
  }

  /** Name and groups, as the API sees them. */
  async who(): Promise<{ name: string; groups: string[] }> {
    const { status } = await this.config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    return { name: status?.userInfo?.username ?? "", groups: [...(status?.userInfo?.groups ?? [])].sort() };
  }

  /** Whether it may use the verb on the kind (`deployments.apps`), in the namespace or everywhere. */
  async can(verb: string, kind: string, namespace?: string): Promise<boolean> {
    const [resource = "", ...group] = kind.split(".");
    const resourceAttributes = {
      verb,
      resource,
      group: group.join("."),
      ...(namespace !== undefined && { namespace }),
    };
    const { status } = await this.config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      },
    });
    return status?.allowed ?? false;
  }

  /** All its rights in a namespace, each as a line, sorted. */
  async rules(namespace: string): Promise<string[]> {
    const { status } = await this.config.makeApiClient(AuthorizationV1Api).createSelfSubjectRulesReview({
      body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } },
    });
    const on = (rule: { apiGroups?: string[]; resources?: string[]; nonResourceURLs?: string[]; verbs: string[] }) =>
      `${rule.verbs.join()} ${(rule.apiGroups ?? []).join()}/${(rule.resources ?? rule.nonResourceURLs ?? []).join()}`;
    return [...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])].map(on).sort();
  }
}
