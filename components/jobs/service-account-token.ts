// A program of its own: `program.ts` hands its compiled text to `node`. It imports nothing but Node's own modules.
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** What the program is started with. Certificates and key are PEM in base64. */
export interface CredentialInput {
  readonly host: string;
  readonly port: number;
  readonly caCertificate: string;
  /** Whoever makes and deletes the account; not needed by `settle`. */
  readonly adminCredentials?: { readonly certificate: string; readonly key: string };
  /** Service account inside the virtual cluster that the credential belongs to. */
  readonly account: { readonly name: string; readonly namespace: string };
  /** The account and what gives it its rights, in the order of their making. */
  readonly objects: readonly AccountManifest[];
  /** Namespaces in which the account may do everything; none for the whole cluster. */
  readonly namespaces: readonly string[];
  /** The token that `settle` looks at. */
  readonly token?: string;
  /** How long the API may be out of reach, in seconds. */
  readonly timeoutSeconds: number;
}

/** An object to apply. A ClusterRole gets its rules here: all kinds that belong to no namespace. */
export interface AccountManifest {
  /** Path in the virtual API. */
  readonly path: string;
  readonly object: { readonly kind: string; readonly [key: string]: unknown };
  /** True for what is not deleted with the account. */
  readonly retain: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The aggregated discovery of the API, as far as it is needed. */
interface Discovery {
  items: {
    metadata?: { name?: string };
    versions: { resources: { resource: string; scope: string; verbs: string[] }[] }[];
  }[];
}

const ATTEMPT_MS = 10_000;
const PAUSE_MS = 1_000;
const LOOK_MS = 200;
/** A new account is known to the API within moments; a token that is refused for longer is wrong. */
const ACCEPTED_WITHIN_MS = 15_000;
/** By then Argo CD has read its Secret again, and a sync that it began with the token before has ended. */
const SETTLE_MS = 20_000;
/** What the control plane asks for its own tokens. It is revoked by deleting the account, not by running out. */
const LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;
/** Everything but to hand out or take on rights that the account does not have: no `bind`, `escalate`, `impersonate`. */
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const DISCOVERY = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/**
 * `create` makes the account with its rights and prints a token of it; `update` prints the token of the run before, or a
 * new one where that is refused; `settle` waits until Argo CD uses the token and looks whether it works;
 * `delete` deletes the account, which revokes its tokens.
 */
export async function main(input: CredentialInput, action = process.argv[2]): Promise<void> {
  try {
    if (action === "delete") await remove(input);
    else if (action === "settle") await settle(input);
    else console.log(await create(input, action === "update" ? process.env["PULUMI_COMMAND_STDOUT"] : undefined));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function create(input: CredentialInput, before?: string): Promise<string> {
  for (const { path, object } of input.objects) {
    const rules = object.kind === "ClusterRole" && (await clusterRules(input));
    const query = "?fieldManager=vcluster-environments&force=true";
    const answer = await call(input, "PATCH", `${path}${query}`, { body: { ...object, ...(rules && { rules }) } });
    accept(answer, path);
  }
  if (before !== undefined && (await refusal(input, before)) === undefined) return before;
  const path = `/api/v1/namespaces/${input.account.namespace}/serviceaccounts/${input.account.name}/token`;
  const answer = await call(input, "POST", path, { body: { spec: { expirationSeconds: LIFETIME_SECONDS } } });
  const { status } = JSON.parse(accept(answer, "token request")) as { status: { token: string } };
  await verify(input, status.token);
  return status.token;
}

async function settle(input: CredentialInput): Promise<void> {
  await sleep(SETTLE_MS);
  await verify(input, input.token ?? "");
}

async function remove(input: CredentialInput): Promise<void> {
  for (const { path, retain: kept } of [...input.objects].reverse()) {
    if (kept) continue;
    const answer = await call(input, "DELETE", path);
    if (answer.status !== 404) accept(answer, `deletion of ${path}`);
  }
}

/** Rights on every kind that belongs to no namespace. RBAC has no word for these, so they are counted up. */
async function clusterRules(input: CredentialInput): Promise<object[]> {
  const rules: object[] = [];
  for (const path of ["/api", "/apis"]) {
    const found = accept(await call(input, "GET", path, { accepted: DISCOVERY }), `list of kinds at ${path}`);
    for (const { metadata = {}, versions } of (JSON.parse(found) as Discovery).items) {
      const kinds = versions.flatMap((version) => version.resources);
      const wide = kinds.filter(({ scope, verbs }) => scope === "Cluster" && verbs.includes("list"));
      const resources = [...new Set(wide.map(({ resource }) => resource))].sort();
      if (resources.length > 0) rules.push({ apiGroups: [metadata.name ?? ""], resources, verbs: VERBS });
    }
  }
  return rules;
}

/** @throws Error unless the API takes the token for the account and gives it the rights of its scope. */
async function verify(input: CredentialInput, token: string): Promise<void> {
  const deadline = Date.now() + Math.min(ACCEPTED_WITHIN_MS, input.timeoutSeconds * 1000);
  for (;;) {
    const words = await refusal(input, token);
    if (words === undefined) return;
    if (Date.now() > deadline) throw new Error(`The new token of Argo CD does not work: ${words}`);
    await sleep(LOOK_MS);
  }
}

/** What is wrong with the token, in the API's words. */
async function refusal(input: CredentialInput, token: string): Promise<string | undefined> {
  const { namespaces, account } = input;
  const self = await call(input, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    token,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  if (self.status >= 300) return `${self.status} ${self.body.slice(0, 300)}`;
  const { status } = JSON.parse(self.body) as { status: { userInfo: { username: string } } };
  const expected = `system:serviceaccount:${account.namespace}:${account.name}`;
  if (status.userInfo.username !== expected) return `it belongs to ${status.userInfo.username}, not to ${expected}`;
  for (const namespace of namespaces.length > 0 ? namespaces : [""]) {
    const spec = { resourceAttributes: { verb: "*", group: "*", resource: "*", namespace } };
    const answer = await call(input, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      token,
      body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec },
    });
    if (answer.status >= 300) return `${answer.status} ${answer.body.slice(0, 300)}`;
    const access = JSON.parse(answer.body) as { status: { allowed: boolean } };
    if (!access.status.allowed) return `it lacks rights ${namespace === "" ? "on the cluster" : `in ${namespace}`}`;
  }
  return undefined;
}

function accept({ status, body }: Answer, what: string): string {
  if (status < 300) return body;
  throw new Error(`The virtual cluster refused the ${what} with ${status}: ${body.slice(0, 300)}`);
}

interface Request {
  readonly body?: object;
  readonly accepted?: string;
  /** Who asks; the administrator without it. */
  readonly token?: string;
}

/** One request, repeated while the API is out of reach or answers with a server error. */
async function call(input: CredentialInput, method: string, path: string, sent: Request = {}): Promise<Answer> {
  const deadline = Date.now() + input.timeoutSeconds * 1000;
  for (;;) {
    const answer = await send(input, method, path, sent).catch((error: unknown) => error as NodeJS.ErrnoException);
    if ("status" in answer && answer.status < 500 && answer.status !== 429) return answer;
    if (Date.now() + PAUSE_MS > deadline) {
      const words = "status" in answer ? `it answers ${answer.status}` : (answer.code ?? answer.message);
      throw new Error(
        `The virtual cluster at https://${input.host}:${input.port} was out of reach for ${input.timeoutSeconds} s ` +
          `(${words}). Fix: switch the readiness check on, which says why, or argocd.register off.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

function send(input: CredentialInput, method: string, path: string, asked: Request): Promise<Answer> {
  const { host, port, adminCredentials } = input;
  const pem = (text: string) => Buffer.from(text, "base64");
  const byToken = asked.token !== undefined;
  const headers = {
    accept: asked.accepted ?? "application/json",
    "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
    ...(byToken && { authorization: `Bearer ${asked.token}` }),
  };
  const pair =
    !byToken && adminCredentials
      ? { cert: pem(adminCredentials.certificate), key: pem(adminCredentials.key) }
      : undefined;
  return new Promise((resolve, reject) => {
    const options = { host, port, method, path, headers, ca: pem(input.caCertificate), timeout: ATTEMPT_MS, ...pair };
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: text });
      });
      response.once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${ATTEMPT_MS / 1000} s`)));
    sent.once("error", reject);
    sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body));
  });
}
