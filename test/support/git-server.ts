import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import type * as http from "node:http";
import * as https from "node:https";
import * as path from "node:path";

import { Authority } from "./certificates";

/** Pulumi takes no URL with a port for a package; 127.0.0.1:443 is the ingress controller of the local host. */
const ADDRESS = "127.0.0.77";

/** Serves Git repositories by HTTPS on this machine, as a code hosting site does: Pulumi takes no other URL. */
export class GitServer {
  private constructor(
    private readonly server: https.Server,
    private readonly root: string,
    /** File with the certificate authority to trust: Pulumi reads it by `SSL_CERT_FILE`. */
    readonly authority: string,
  ) {}

  /** @param root directory for the repositories, which must be empty */
  static async start(root: string): Promise<GitServer> {
    const authority = await Authority.create("git");
    const { key, certificate } = await authority.issue({ commonName: "git", addresses: [ADDRESS] });
    const file = path.join(root, "ca.pem");
    fs.writeFileSync(file, authority.certificate);
    const server = https.createServer({ key, cert: certificate }, (request, response) => {
      serve(root, request, response);
    });
    await new Promise<void>((resolve) => server.listen(443, ADDRESS, resolve));
    return new GitServer(server, root, file);
  }

  /** Commits the content of a folder with a tag. @returns the URL of the repository */
  publish(name: string, folder: string, tag: string): string {
    const work = path.join(this.root, `${name}.work`);
    fs.cpSync(folder, work, { recursive: true });
    const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    const git = (...args: string[]) => execFileSync("git", ["-C", work, ...identity, ...args], { stdio: "pipe" });
    git("init", "--quiet", "--initial-branch", "main");
    git("add", "--all");
    git("commit", "--quiet", "--message", tag);
    git("tag", tag);
    git("clone", "--quiet", "--bare", ".", path.join(this.root, "org", `${name}.git`));
    return `https://${ADDRESS}/org/${name}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** One request, answered by Git's own CGI program. */
function serve(root: string, request: http.IncomingMessage, response: http.ServerResponse): void {
  const [name, query = ""] = (request.url ?? "").split("?");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: name,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.once("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const headers = answer.subarray(0, end).toString().split("\r\n");
    for (const header of headers) {
      const [key = "", value = ""] = header.split(/: (.*)/);
      if (key === "Status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(key, value);
    }
    response.end(answer.subarray(end + 4));
  });
}
