import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { dump, load } from "js-yaml";

import { checkoutDir } from "../../shared/checkout";
import { type JsonObject, merge } from "../../shared/json";
import { exec, type ExecResult, succeeded } from "../../shared/exec";

interface Project extends JsonObject {
  packages: Record<string, string>;
  resources: JsonObject;
}

/** The stack `name` of a copy of examples/yaml, outside of the checkout, as a project of another repository is. */
export class YamlExample {
  private readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "yaml-example-"));

  constructor(readonly name: string) {
    process.once("exit", () => {
      fs.rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** Writes the committed example, with `changes` laid over its resources, and makes the stack. */
  async write(changes: JsonObject): Promise<void> {
    const project = load(fs.readFileSync(path.join(checkoutDir, "examples/yaml/Pulumi.yaml"), "utf8")) as Project;
    const packages = Object.entries(project.packages).map(([name, folder]) => [
      name,
      path.resolve(checkoutDir, "examples/yaml", folder),
    ]);
    const changed = {
      ...project,
      packages: Object.fromEntries(packages) as JsonObject,
      resources: merge(project.resources, changes),
    };
    fs.writeFileSync(path.join(this.directory, "Pulumi.yaml"), dump(changed));
    const init = await this.run(["stack", "init", this.name, "--no-select"]);
    if (!/already exists|is currently locked/.test(init.output)) succeeded(init);
  }

  /** Runs `pulumi` in the project. */
  run(args: string[], timeoutMs = 60_000): Promise<ExecResult> {
    const flags = ["--non-interactive", "--color", "never"];
    return exec("pulumi", [...args, ...flags], { cwd: this.directory, timeoutMs });
  }

  operate(operation: "up" | "preview" | "destroy", flags: string[] = []): Promise<ExecResult> {
    const yes = operation === "preview" ? [] : ["--yes"];
    return this.run([operation, ...yes, "--stack", this.name, ...flags], 300_000);
  }

  /** Destroys what there is; a lock is of a run that was killed. */
  async destroy(): Promise<void> {
    await this.run(["cancel", "--yes", "--stack", this.name]);
    succeeded(await this.operate("destroy"));
  }
}
