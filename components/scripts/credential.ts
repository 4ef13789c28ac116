// A program of its own: `program.ts` hands its compiled text to `node`. It imports nothing but Node's own modules.
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** What the program is started with. Certificates and key are PEM in base64. */
export interface CredentialInput {
  readonly host: string;
  readonly port: number;
  readonly authority: string;
  readonly administrator: { readonly certificate: string; readonly key: string };
  /** Service account inside the virtual cluster that the credential belongs to. */
  readonly account: { readonly name: string; readonly namespace: string };
  /** Cluster role that the account is bound to. */
  readonly clusterRole: string;
  /** How long the API may be out of reach, in seconds. */
  readonly timeoutSeconds: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const ATTEMPT_MS = 10_000;
const PAUSE_MS = 1_000;
/** What the control plane asks for its own tokens. It is revoked by deleting the account, not by running out. */
const LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;

/** `create` prints a token for the account, `delete` deletes the account, which revokes its tokens. */
export async function main(input: CredentialInput, action = process.argv[2]): Promise<void> {
  try {
    if (action === "delete") await remove(input);
    else console.log(await create(input));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function create(input: CredentialInput): Promise<string> {
  const { account, clusterRole } = input;
  const paths = pathsOf(input);
  await apply(input, paths.account, { apiVersion: "v1", kind: "ServiceAccount", metadata: account });
  await apply(input, paths.binding, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: account.name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole },
    subjects: [{ kind: "ServiceAccount", ...account }],
  });
  const expirationSeconds = LIFETIME_SECONDS;
  const answer = await call(input, "POST", `${paths.account}/token`, { spec: { expirationSeconds } });
  const { status } = JSON.parse(accept(answer, "token request")) as { status: { token: string } };
  return status.token;
}

async function remove(input: CredentialInput): Promise<void> {
  const paths = pathsOf(input);
  for (const path of [paths.binding, paths.account]) {
    const answer = await call(input, "DELETE", path);
    if (answer.status !== 404) accept(answer, `deletion of ${path}`);
  }
}

function pathsOf({ account }: CredentialInput): { account: string; binding: string } {
  return {
    account: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}`,
    binding: `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${account.name}`,
  };
}

async function apply(input: CredentialInput, path: string, object: object): Promise<void> {
  const query = "?fieldManager=vcluster-environments&force=true";
  accept(await call(input, "PATCH", `${path}${query}`, object), path);
}

function accept({ status, body }: Answer, what: string): string {
  if (status < 300) return body;
  throw new Error(`The virtual cluster refused the ${what} with ${status}: ${body.slice(0, 300)}`);
}

/** One request, repeated while the API is out of reach or answers with a server error. */
async function call(input: CredentialInput, method: string, path: string, body?: object): Promise<Answer> {
  const deadline = Date.now() + input.timeoutSeconds * 1000;
  for (;;) {
    const answer = await send(input, method, path, body).catch((error: unknown) => error as NodeJS.ErrnoException);
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

function send(input: CredentialInput, method: string, path: string, body?: object): Promise<Answer> {
  const pem = (text: string) => Buffer.from(text, "base64");
  const type = method === "PATCH" ? "application/apply-patch+yaml" : "application/json";
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: input.host,
        port: input.port,
        method,
        path,
        ca: pem(input.authority),
        cert: pem(input.administrator.certificate),
        key: pem(input.administrator.key),
        headers: { accept: "application/json", "content-type": type },
        timeout: ATTEMPT_MS,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: text });
        });
        response.once("error", reject);
      },
    );
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${ATTEMPT_MS / 1000} s`)));
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
