import * as fs from "node:fs";
import * as path from "node:path";

import { container, deployment, job, PROBE, service, serving } from "./manifests";

/** Writes a Helm chart of a web server and a hook to a directory. */
export function writeChart(directory: string): void {
  const migration = job("migrate", "true");
  Object.assign(migration.metadata ?? {}, { annotations: { "helm.sh/hook": "post-install,post-upgrade" } });
  const objects = [deployment("shop", container(serving("{{ .Values.page }}"), PROBE)), service("shop"), migration];
  fs.mkdirSync(path.join(directory, "templates"));
  fs.writeFileSync(path.join(directory, "Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
  fs.writeFileSync(path.join(directory, "values.yaml"), "page: one\n");
  // JSON is YAML.
  const text = objects.map((one) => JSON.stringify(one)).join("\n---\n");
  fs.writeFileSync(path.join(directory, "templates", "all.yaml"), `${text}\n`);
}
