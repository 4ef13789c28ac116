import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { load } from "js-yaml";

import { checkoutDir } from "../../../shared/checkout";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions?: unknown;
  readonly env?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string) => fs.readFileSync(path.join(checkoutDir, file), "utf8");

for (const file of [".github/workflows/preview.yml", "template/.github/workflows/preview.yml"]) {
  describe(file, () => {
    const workflow = load(read(file)) as Workflow;
    const jobs = Object.values(workflow.jobs);
    const steps = jobs.flatMap((job) => job.steps);

    it("runs on a Node.js that is supported, as GitLab's jobs do", () => {
      const versions = steps.flatMap(({ with: inputs = {} }) => inputs["node-version"] ?? []);
      const images = [...read("ci/gitlab.yml").matchAll(/nodejs-(\d+):/g)].map(([, version]) => Number(version));
      assert.ok(versions.length > 0 && images.length > 0);
      for (const version of [...versions, ...images]) assert.ok(Number(version) >= 22, JSON.stringify(version));
    });

    const runsBranch = (job: Job) => job.steps.some(({ run = "" }) => /\b(npm|node|pulumi)\b/.test(run));

    it("pins every action by its commit, and names the release", () => {
      const uses = read(file).match(/uses: .*/g) ?? [];
      assert.equal(uses.length, steps.filter((step) => step.uses !== undefined).length);
      for (const use of uses) assert.match(use, /^uses: [\w-]+(\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it("runs nothing of a fork", () => {
      for (const job of jobs) assert.match(job.if ?? "", /head\.repo\.full_name == github\.repository/);
    });

    it("gives code of a branch no token that writes, and its secrets only by an environment that can be protected", () => {
      assert.deepEqual(workflow.permissions, {});
      assert.ok(jobs.some(runsBranch));
      for (const job of jobs.filter(runsBranch)) {
        assert.deepEqual(job.permissions, { contents: "read" });
        assert.equal(job.environment, "preview");
      }
      for (const job of jobs.filter((one) => !runsBranch(one))) assert.equal(job.environment, undefined);
    });

    it("has credentials in the environment of no process but the shell that writes them into files", () => {
      const shared = JSON.stringify([workflow.env ?? {}, ...jobs.map(({ env = {} }) => env)]);
      assert.doesNotMatch(shared, /secrets\./);
      const withSecrets = steps.filter(({ env }) =>
        Object.entries(env ?? {}).some(([key, value]) => value.includes("secrets.") && key !== "PULUMI_BACKEND_URL"),
      );
      assert.equal(withSecrets.length, 1);
      const lines = (withSecrets[0]?.run ?? "").trim().split("\n");
      // Builtins: their arguments are those of no process.
      assert.equal(lines[0], "umask 077");
      for (const line of lines.slice(1)) assert.match(line, /^printf '%s' "\$\w+" > "\$RUNNER_TEMP\/\w+"$/);
    });

    it("removes credentials and event logs whatever happens, and keeps none of them", () => {
      const written = [...read(file).matchAll(/(?:> |--event-log )("\$RUNNER_TEMP\/[\w.]+")/g)].map(
        ([, name]) => name ?? "",
      );
      assert.ok(written.length >= 2);
      for (const job of jobs.filter(runsBranch)) {
        const last = job.steps.find(({ run = "" }) => run.startsWith("rm -f "));
        assert.equal(last?.if, "always()");
        for (const name of written) assert.ok(last.run?.includes(name), `${name} stays`);
      }
      const kept = JSON.stringify(
        steps.filter(({ uses = "" }) => uses.includes("upload-artifact")).map((step) => step.with),
      );
      assert.doesNotMatch(kept, /events|runner|TEMP|\.json|\*/);
    });

    it("needs no Secret of the host: it does not refresh", () => {
      const previews = steps.filter(({ run = "" }) => /\bpreview\b.*--stack/.test(run));
      assert.equal(previews.length, 1);
      assert.match(previews[0]?.run ?? "", /--refresh=false/);
    });
  });
}

describe("the job that reports", () => {
  it("follows no link of the branch, before it reads what the branch wrote", () => {
    const { jobs } = load(read(".github/workflows/preview.yml")) as Workflow;
    const steps = jobs["report"]?.steps ?? [];
    const download = steps.findIndex(({ uses = "" }) => uses.includes("download-artifact"));
    const removal = steps[download + 1]?.run ?? "";
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "report-"));
    try {
      execFileSync("bash", ["-e", "-c", removal], { cwd: folder }); // a preview that ended early has no artifact
      fs.mkdirSync(path.join(folder, "findings"));
      fs.writeFileSync(path.join(folder, "findings/policies.sarif"), "{}");
      fs.symlinkSync("/proc/self/environ", path.join(folder, "findings/policies.md"));
      execFileSync("bash", ["-e", "-c", removal], { cwd: folder });
      assert.deepEqual(fs.readdirSync(path.join(folder, "findings")), ["policies.sarif"]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("ci/gitlab.yml", () => {
  interface GitlabJob {
    readonly script: readonly string[];
    readonly environment: { readonly name: string };
    readonly variables: Readonly<Record<string, string>>;
    readonly artifacts?: { readonly paths: readonly string[] };
  }
  const { preview, comment } = load(read("ci/gitlab.yml")) as Record<"preview" | "comment", GitlabJob>;

  it("keeps no event log, and does not refresh", () => {
    const script = preview.script.join("\n");
    assert.match(script, /events="\$\(mktemp\)".*\n *trap 'rm -f "\$events"' EXIT\n/);
    assert.match(script, /--refresh=false/);
    assert.deepEqual(preview.artifacts?.paths, ["policies-*.md"]);
  });

  it("comments with a token that is in no argument, by a job that runs nothing of the branch", () => {
    assert.notEqual(comment.environment.name, preview.environment.name);
    assert.equal(comment.variables["GIT_STRATEGY"], "none");
    assert.match(comment.script.join("\n"), /--header "@\$COMMENT_HEADER"/);
    assert.doesNotMatch(preview.script.join("\n"), /TOKEN|HEADER/);
  });

  it("comments with files of the preview, and with nothing that a link of the branch leads to", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "comment-"));
    try {
      fs.writeFileSync(path.join(folder, "header"), "PRIVATE-TOKEN: hidden");
      fs.symlinkSync("header", path.join(folder, "policies-dev.md"));
      fs.writeFileSync(path.join(folder, "policies-staging.md"), "findings");
      const script = `curl() { echo "$@"; }\n${comment.script.join("\n")}`;
      const sent = execFileSync("bash", ["-e", "-c", script], { cwd: folder, encoding: "utf8" });
      assert.match(sent, /body@policies-staging\.md/);
      assert.doesNotMatch(sent, /policies-dev/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
