import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Writes a kubeconfig for a server without TLS. @returns its path */
export function kubeconfigOf(server: string): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
  process.once("exit", () => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  const file = path.join(directory, "kubeconfig");
  const content = {
    clusters: [{ name: "host", cluster: { server } }],
    users: [{ name: "user", user: {} }],
    contexts: [{ name: "context", context: { cluster: "host", user: "user" } }],
    "current-context": "context",
  };
  fs.writeFileSync(file, JSON.stringify(content));
  return file;
}
