import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";
import { promisify } from "node:util";

import { getIn, getPath, isPlainObject, type JsonObject } from "../shared/json";
import type { Host } from "./kubeconfig";

const LIMIT_MS = 10_000;

/** What the host's API answered: a tree, or the status when it was no success. */
export type Answer = { readonly body: JsonObject } | { readonly status: number };

/** Reads one path of the host's API. @throws Error when there is no answer */
export type HostApi = (path: string) => Promise<Answer>;

/**
 * The host's API, to read from, as the user of the kubeconfig.
 *
 * Not by `@kubernetes/client-node`: loading it takes 0.4 s of every preview, and a preview is to feel instant. These
 * are the ways to log in that client-go knows beside the plugins of old clouds (`auth-provider`).
 */
export async function hostApi(host: Host): Promise<HostApi> {
  const options = await access(host);
  const base = host.server.replace(/\/+$/, "");
  return (path) => {
    const url = new URL(`${base}${path}`);
    return new Promise((resolve, reject) => {
      const sent = (url.protocol === "http:" ? plain : secure)(url, { ...options, timeout: LIMIT_MS }, (response) => {
        const { statusCode = 0 } = response;
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", reject);
        response.once("end", () => {
          const body: unknown = statusCode === 200 ? JSON.parse(text) : undefined;
          resolve(isPlainObject(body) ? { body } : { status: statusCode });
        });
      });
      sent.once("timeout", () => sent.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
      sent.once("error", reject);
      sent.end();
    });
  };
}

async function access({ cluster, user }: Host): Promise<RequestOptions> {
  const credentials = isPlainObject(user["exec"]) ? { ...user, ...(await pluginCredentials(user["exec"])) } : user;
  const text = (key: string) => (typeof credentials[key] === "string" ? credentials[key] : undefined);
  const token = text("token") ?? (text("tokenFile") && readFileSync(text("tokenFile") ?? "", "utf8").trim());
  const password = text("username") && `${text("username") ?? ""}:${text("password") ?? ""}`;
  const name = cluster["tls-server-name"];
  return {
    ca: pem(cluster, "certificate-authority"),
    cert: pem(credentials, "client-certificate"),
    key: pem(credentials, "client-key"),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    ...(typeof name === "string" && { servername: name }),
    headers: {
      accept: "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : password && { authorization: `Basic ${base64(password)}` }),
    },
  };
}

/** What a credential plugin gives, as keys of a kubeconfig (`client.authentication.k8s.io`, ExecCredential). */
async function pluginCredentials(plugin: JsonObject): Promise<JsonObject> {
  const apiVersion = String(plugin["apiVersion"]);
  const request = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const variables = (Array.isArray(plugin["env"]) ? (plugin["env"] as unknown[]) : []).filter(isPlainObject);
  const env = Object.fromEntries(variables.map((one) => [String(one["name"]), String(one["value"])]));
  const { stdout } = await promisify(execFile)(
    String(plugin["command"]),
    Array.isArray(plugin["args"]) ? plugin["args"].map(String) : [],
    { env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(request) }, timeout: LIMIT_MS },
  );
  const status = getIn(JSON.parse(stdout), "status");
  const given = (key: string) => (isPlainObject(status) ? getPath(status, key) : undefined);
  const data = (key: string) => (typeof given(key) === "string" ? base64(String(given(key))) : undefined);
  return {
    token: given("token"),
    "client-certificate-data": data("clientCertificateData"),
    "client-key-data": data("clientKeyData"),
  };
}

/** A certificate or key, given as data or by a file. */
function pem(entry: JsonObject, key: string): Buffer | undefined {
  const [data, file] = [entry[`${key}-data`], entry[key]];
  if (typeof data === "string") return Buffer.from(data, "base64");
  return typeof file === "string" && file !== "" ? readFileSync(file) : undefined;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
