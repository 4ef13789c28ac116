import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { CodedError } from "../../shared/coded";
import { type Answer, answerTo } from "../../shared/http";
import { isForced } from "./force";
import { run } from "./run";

/** Input of the job. Certificates and key are PEM in base64. */
export interface CredentialInput {
  readonly host: string;
  readonly port: number;
  readonly caCertificate: string;
  /** Client certificate that creates and deletes the account; not needed by `verify`. */
  readonly adminCredentials?: { readonly certificate: string; readonly key: string };
  /** Service account inside the virtual cluster that the credential belongs to. */
  readonly account: { readonly name: string; readonly namespace: string };
  /** The account and what gives it its rights, in the order of their making. */
  readonly objects: readonly AccountManifest[];
  /** Namespaces in which the account may do everything; none for the whole cluster. */
  readonly namespaces: readonly string[];
  /** With `namespaces`: whether it may use the kinds that belong to none, too. */
  readonly clusterResources?: boolean;
  /** The token that `verify` checks. */
  readonly token?: string;
  /** How long the API may be out of reach, in seconds. */
  readonly timeoutSeconds: number;
}

/** An object to apply. A ClusterRole gets its rules here: all kinds that belong to no namespace. */
export interface AccountManifest {
  /** Path in the virtual cluster's API. */
  readonly path: string;
  readonly object: { readonly kind: string; readonly [key: string]: unknown };
  /** True for what is not deleted with the account. */
  readonly retain: boolean;
}

/** The aggregated discovery of the API, as far as it is needed. */
interface Discovery {
  items: {
    metadata?: { name?: string };
    versions: { resources: { resource: string; scope: string; verbs: string[] }[] }[];
  }[];
}

/** How long the job waits, in milliseconds. */
export interface TokenLimits {
  /** One request with its whole answer. */
  readonly attempt: number;
  /** Between two attempts while the API is unreachable. */
  readonly pause: number;
  /** Between two checks of a new token. */
  readonly poll: number;
  /** A new account is known to the API within moments; a token that is rejected for longer is wrong. */
  readonly accepted: number;
  /** By then Argo CD has read its Secret again, and a sync that began with the token before has ended. */
  readonly rollover: number;
}

const LIMITS: TokenLimits = { attempt: 10_000, pause: 1_000, poll: 200, accepted: 15_000, rollover: 20_000 };
/** The largest answer is the list of all kinds. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What the control plane asks for its own tokens. It is revoked by deleting the account, not by running out. */
const LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;
/** Everything but to hand out or take on rights that the account does not have: no `bind`, `escalate`, `impersonate`. */
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const DISCOVERY = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/**
 * Job: `create` creates the account with its rights and prints a token of it; `verify` waits until Argo CD uses the token
 * and checks that it works; `delete` deletes the account, which revokes all its tokens.
 */
export async function main(input: CredentialInput): Promise<void> {
  await run({
    create: () => createToken(input),
    verify: () => verifyRollover(input),
    delete: () => deleteAccount(input, isForced()),
  });
}

/** @returns a new token of the account */
export async function createToken(input: CredentialInput, limits = LIMITS): Promise<string> {
  const api = new VirtualApi(input, limits);
  for (const { path, object } of input.objects) {
    const rules = object.kind === "ClusterRole" && (await clusterRules(api));
    const body = { ...object, ...(rules && { rules }) };
    accept(await apply(api, path, body), path);
  }
  const path = `/api/v1/namespaces/${input.account.namespace}/serviceaccounts/${input.account.name}/token`;
  const answer = await api.call("POST", path, { body: { spec: { expirationSeconds: LIFETIME_SECONDS } } });
  const { status } = JSON.parse(accept(answer, "token request")) as { status: { token: string } };
  await waitUntilAccepted(api, status.token);
  return status.token;
}

/** Applies an object, which only this account has. The API refuses to give a binding another role, so that one is made again. */
async function apply(api: VirtualApi, path: string, body: object): Promise<Answer> {
  const send = () => api.call("PATCH", `${path}?fieldManager=vcluster-environments&force=true`, { body });
  const answer = await send();
  if (!("roleRef" in body) || answer.status !== 422) return answer;
  const deleted = await api.call("DELETE", path);
  if (deleted.status !== 404) accept(deleted, `deletion of ${path}`);
  return await send();
}

/** Runs before Pulumi revokes the old token: while this fails, Argo CD still has one that works. */
export async function verifyRollover(input: CredentialInput, limits = LIMITS): Promise<undefined> {
  await sleep(limits.rollover);
  await waitUntilAccepted(new VirtualApi(input, limits), input.token ?? "");
}

/**
 * Deletes the account. With `force`, one that cannot be deleted does not stop the destroy.
 *
 * @throws Error that says which credential stays valid, and what to do
 */
export async function deleteAccount(
  input: CredentialInput,
  force: boolean,
  limits = LIMITS,
  log: (line: string) => void = console.error,
): Promise<undefined> {
  try {
    const api = new VirtualApi(input, limits);
    for (const { path, retain } of [...input.objects].reverse()) {
      if (retain) continue;
      const answer = await api.call("DELETE", path);
      if (answer.status !== 404) accept(answer, `deletion of ${path}`);
    }
  } catch (error) {
    const { namespace, name } = input.account;
    const problem =
      `Argo CD's token is not revoked: the service account ${namespace}/${name} inside the virtual cluster was not ` +
      `deleted. ${error instanceof Error ? error.message : String(error)}`;
    if (!force) {
      throw new CodedError(
        `${problem}\nFix: ${howToDelete(error, input)}. Or set the environment variable ` +
          "VCLUSTER_ENVIRONMENTS_FORCE_DESTROY=true to go on: the token stays valid as long as the virtual cluster's data " +
          "exists, and the account has to be deleted by hand.",
        "token-not-revoked",
        { cause: error },
      );
    }
    log(`${problem} Going on (force).`);
  }
}

/** What to do about an account that was not deleted. An API server takes an expired certificate for that of nobody (401). */
function howToDelete(error: unknown, { adminCredentials }: CredentialInput): string {
  const status = error instanceof Rejected ? error.status : undefined;
  if (status === undefined) return "start the virtual cluster and run the command again";
  if (status !== 401) return "see to what the virtual cluster reports and run the command again";
  const until = adminCredentials && new X509Certificate(Buffer.from(adminCredentials.certificate, "base64")).validTo;
  return (
    `the administrator's certificate in the state is not accepted (it is valid until ${until ?? "?"}): renew it by ` +
    "`make renew STACK=<stack>`, which also updates the state, and run the command again"
  );
}

/** Rights on every cluster-scoped kind. RBAC cannot express this, so the kinds are enumerated. */
async function clusterRules(api: VirtualApi, token?: string): Promise<ListedRule[]> {
  const rules: ListedRule[] = [];
  for (const path of ["/api", "/apis"]) {
    const text = accept(await api.call("GET", path, { accepted: DISCOVERY, token }), `list of kinds at ${path}`);
    for (const { metadata = {}, versions } of (JSON.parse(text) as Discovery).items) {
      const kinds = versions.flatMap((version) => version.resources);
      const clusterScoped = kinds.filter(({ scope, verbs }) => scope === "Cluster" && verbs.includes("list"));
      const resources = [...new Set(clusterScoped.map(({ resource }) => resource))].sort();
      if (resources.length > 0) rules.push({ apiGroups: [metadata.name ?? ""], resources, verbs: VERBS });
    }
  }
  return rules;
}

/** @throws Error unless the API accepts the token as the account's, with the rights of its scope. */
async function waitUntilAccepted(api: VirtualApi, token: string): Promise<void> {
  const deadline = Date.now() + Math.min(api.limits.accepted, api.input.timeoutSeconds * 1000);
  for (;;) {
    const reason = await rejection(api, token);
    if (reason === undefined) return;
    if (Date.now() > deadline) {
      throw new CodedError(`The new token of Argo CD does not work: ${reason}`, "token-rejected");
    }
    await sleep(api.limits.poll);
  }
}

/** Why the token does not work, as the API reports it. @throws Error where the API is unreachable */
export async function rejection(api: VirtualApi, token: string): Promise<string | undefined> {
  const { namespaces, clusterResources, account } = api.input;
  const self = await api.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    token,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  if (self.status >= 300) return `${self.status} ${self.body.slice(0, 300)}`;
  const { status } = JSON.parse(self.body) as { status: { userInfo: { username: string } } };
  const expected = `system:serviceaccount:${account.namespace}:${account.name}`;
  if (status.userInfo.username !== expected) return `it belongs to ${status.userInfo.username}, not to ${expected}`;
  const all = { verb: "*", group: "*", resource: "*" };
  const rights = (namespaces.length > 0 ? namespaces : [""]).map((namespace) => ({ ...all, namespace }));
  if (clusterResources)
    rights.push(...(await lackingOnCluster(api, token)).map((right) => ({ ...right, namespace: "" })));
  for (const resourceAttributes of rights) {
    const { namespace } = resourceAttributes;
    const spec = { resourceAttributes };
    const answer = await api.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      token,
      body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec },
    });
    if (answer.status >= 300) return `${answer.status} ${answer.body.slice(0, 300)}`;
    const access = JSON.parse(answer.body) as { status: { allowed: boolean } };
    if (!access.status.allowed) return `it lacks rights ${namespace === "" ? "on the cluster" : `in ${namespace}`}`;
  }
  return undefined;
}

/** Kinds of the whole cluster that Kubernetes itself has, by group. The account's role has a rule for each group. */
const CLUSTER_KINDS: Readonly<Record<string, readonly string[]>> = {
  "": ["namespaces", "nodes", "persistentvolumes"],
  "admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
  "apiextensions.k8s.io": ["customresourcedefinitions"],
  "apiregistration.k8s.io": ["apiservices"],
  "certificates.k8s.io": ["certificatesigningrequests"],
  "flowcontrol.apiserver.k8s.io": ["flowschemas", "prioritylevelconfigurations"],
  "networking.k8s.io": ["ingressclasses"],
  "node.k8s.io": ["runtimeclasses"],
  "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles"],
  "scheduling.k8s.io": ["priorityclasses"],
  "storage.k8s.io": ["csidrivers", "csinodes", "storageclasses", "volumeattachments"],
};

/** A rule as the API lists it. */
interface ListedRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/**
 * Rights on {@link CLUSTER_KINDS} that the account's rules do not have, for a review of each. Not of all kinds: those that a
 * tenant has added since the account was created are in no rule, and another token for each would be no repair.
 */
async function lackingOnCluster(api: VirtualApi, token: string) {
  // Any namespace, even one that does not exist. In those of the account it has all rights.
  const spec = { namespace: api.input.account.name };
  const answer = await api.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    token,
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec },
  });
  const found = answer.status < 300 ? (JSON.parse(answer.body) as { status?: { resourceRules?: ListedRule[] } }) : {};
  const listed = found.status?.resourceRules ?? [];
  const lacking = Object.entries(CLUSTER_KINDS).flatMap(([group, resources]) =>
    resources.flatMap((resource) => {
      const verb = VERBS.find((one) => !listed.some((rule) => covers(rule, group, resource, one)));
      return verb === undefined ? [] : [{ verb, group, resource }];
    }),
  );
  if (lacking.length === 0) return [];
  // An API server may be started without some of them. One that does not list them to the account leaves it to the reviews.
  const served = await clusterRules(api, token).catch((error: unknown) => {
    if (error instanceof Rejected) return undefined;
    throw error;
  });
  if (served === undefined) return lacking;
  return lacking.filter(({ group, resource }) => served.some((rule) => covers(rule, group, resource, "get")));
}

function covers(rule: ListedRule, group: string, resource: string, verb: string): boolean {
  const has = (list: readonly string[] | undefined, one: string) => list?.some((item) => item === "*" || item === one);
  const named = (rule.resourceNames ?? []).length > 0;
  return (
    !named &&
    has(rule.verbs, verb) === true &&
    has(rule.apiGroups, group) === true &&
    has(rule.resources, resource) === true
  );
}

/** The API is there, and does not do what it is asked. */
class Rejected extends CodedError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message, "virtual-cluster-refused");
  }
}

function accept({ status, body }: Answer, what: string): string {
  if (status < 300) return body;
  throw new Rejected(`The virtual cluster rejected the ${what} with ${status}: ${body.slice(0, 300)}`, status);
}

interface Request {
  readonly body?: object;
  readonly accepted?: string;
  /** Default: the administrator's client certificate. */
  readonly token?: string | undefined;
}

/** Requests to the virtual cluster's API server, which may be unreachable for `timeoutSeconds` in all of them together. */
export class VirtualApi {
  private left: number;

  constructor(
    readonly input: CredentialInput,
    readonly limits: TokenLimits,
  ) {
    this.left = input.timeoutSeconds * 1000;
  }

  /** One request, repeated while the API is unreachable or returns a server error. */
  async call(method: string, path: string, options: Request = {}): Promise<Answer> {
    const { host, port, timeoutSeconds } = this.input;
    for (;;) {
      const start = Date.now();
      const answer = await this.send(method, path, options).catch((error: unknown) => error as NodeJS.ErrnoException);
      if ("status" in answer && answer.status < 500 && answer.status !== 429) return answer;
      this.left -= Date.now() - start + this.limits.pause;
      if (this.left < 0) {
        const reason = "status" in answer ? `it returned ${answer.status}` : (answer.code ?? answer.message);
        const advice =
          method === "DELETE"
            ? ""
            : " Fix: enable the readiness check, which reports the cause, or disable argocd.register.";
        throw new CodedError(
          `The virtual cluster at https://${host}:${port} was unreachable for ${timeoutSeconds} s (${reason}).${advice}`,
          "virtual-cluster-unreachable",
          { cause: reason },
        );
      }
      await sleep(this.limits.pause);
    }
  }

  private async send(method: string, path: string, { body, accepted, token }: Request): Promise<Answer> {
    const { host, port, caCertificate, adminCredentials } = this.input;
    const pem = (text: string) => Buffer.from(text, "base64");
    const headers = {
      accept: accepted ?? "application/json",
      "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const client =
      token === undefined && adminCredentials
        ? { cert: pem(adminCredentials.certificate), key: pem(adminCredentials.key) }
        : undefined;
    // Of the whole request: a server that sends a byte now and then never runs into an idle timeout.
    const signal = AbortSignal.timeout(this.limits.attempt);
    const options = { host, port, method, path, headers, ca: pem(caCertificate), agent: false, signal, ...client };
    try {
      return await answerTo(request(options), body && JSON.stringify(body), MAX_BYTES);
    } catch (error) {
      if (signal.aborted) throw new Error(`no complete answer within ${this.limits.attempt / 1000} s`);
      throw error;
    }
  }
}
