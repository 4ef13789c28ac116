import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1Secret } from "@kubernetes/client-node";
import { KubeConfig } from "@kubernetes/client-node";

import { fileBackend } from "../../cli/file-backend";
import { Cluster, reference } from "../../testing/cluster";
import { type ExecResult, succeeded } from "../../shared/exec";
import { holds } from "../support/canary";
import { destroy, environment, type Environment } from "../support/environments";
import { CommandLines } from "../support/processes";
import { base64, fromBase64 } from "../../shared/base64";

const name = "dia-secrets";
const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
};
/** Another token for Argo CD, and a variable of the control plane's pod whose value is a secret of the stack. */
const changed = (rotation: string) => ({
  ...config,
  argocd: { rotation },
  values: { controlPlane: { statefulSet: { env: [{ name: "CANARY" }] } } },
});
const variable = "values.controlPlane.statefulSet.env[0].value";

describe("secrets of an environment", function () {
  this.timeout(600_000);
  const host = Cluster.host();
  const ownValue = `canary-${randomBytes(24).toString("hex")}`;
  let env: Environment;
  let directory: string;
  /** What must be found nowhere, by what it is; never printed. */
  let canaries: Record<string, string>;
  /** What was seen while the environment was made, by where. */
  let seen: Record<string, string>;
  let commandLines: CommandLines;

  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-secrets-"));
    env = await environment(name, config);
    env.stack.configure(changed("observed"));
    await env.stack.setSecret(variable, ownValue);

    // The credential and the value come into being under observation.
    const events = path.join(directory, "events.json");
    process.env["PULUMI_DEBUG_COMMANDS"] = "true"; // Pulumi knows --event-log only with it
    commandLines = new CommandLines();
    let run: ExecResult;
    try {
      run = await env.stack.operate("up", ["--diff", "--event-log", events]);
    } finally {
      commandLines.stop();
      delete process.env["PULUMI_DEBUG_COMMANDS"];
    }
    succeeded(run);
    seen = {
      "the output of up --diff": run.output,
      "its event stream": withoutDebugging(fs.readFileSync(events, "utf8")),
      "the arguments of its processes": commandLines.text,
      "the environment of its processes": commandLines.environment,
    };
    canaries = { ...(await credentials(host, env)), "the secret value": ownValue };
  });
  after(async () => {
    fs.rmSync(directory, { recursive: true, force: true });
    env.stack.configure(config);
    await destroy(name);
  });

  /** Names of the canaries that a text holds, raw, in base64 or in base64 of base64. */
  const found = (text: string) => Object.keys(canaries).filter((what) => holds(text, canaries[what] ?? ""));

  const assertClean = (text: string) => {
    assert.ok(text.length > 0, "there is nothing to search");
    assert.deepEqual(found(text), []);
  };

  it("are found by the search of these tests if exposed", async () => {
    const shown = succeeded(await env.stack.run(["stack", "export", "--show-secrets", "--stack", name])).stdout;
    assert.deepEqual(found(shown), Object.keys(canaries));
    assert.deepEqual(found(base64(`x${shown}`)), Object.keys(canaries));
  });

  it("work", async () => {
    const pod = await host.podReady(env.namespace, env.pod, 60_000);
    const variables = pod.spec?.containers.flatMap((container) => container.env ?? []);
    assert.ok(variables?.some(({ name: key, value }) => key === "CANARY" && value === ownValue));
  });

  it("the kubeconfig is [secret] in pulumi stack output", async () => {
    const plain = succeeded(await env.stack.run(["stack", "output", "--stack", name])).stdout;
    assert.match(plain, /^\s*kubeconfig\s+\[secret\]\s*$/m);
    const json = succeeded(await env.stack.run(["stack", "output", "--json", "--stack", name])).stdout;
    assert.equal((JSON.parse(json) as Record<string, unknown>)["kubeconfig"], "[secret]");
  });

  for (const where of ["the output of up --diff", "its event stream"]) {
    it(`are not in plain text in ${where}`, () => {
      assert.match(seen[where] ?? "", new RegExp(`${name}-argocd-token`), "nothing of the change is there");
      assertClean(seen[where] ?? "");
    });
  }

  it("are not in the arguments of any process while up runs", () => {
    const text = seen["the arguments of its processes"] ?? "";
    // The programs that carry the secrets were seen: `node -` gets them on standard input.
    assert.match(text, /^pulumi up /m);
    assert.match(text, /^node - /m);
    assertClean(text);
  });

  it("are not in the environment of any process that up starts", () => {
    const text = seen["the environment of its processes"] ?? "";
    assert.match(text, /^PULUMI_/m, "there is nothing to search");
    // Pulumi's language host hands the stack's configuration to the program in a variable of its own.
    assert.deepEqual(
      found(text).filter((what) => what !== "the secret value"),
      [],
    );
  });

  const commands = {
    "pulumi stack export": ["stack", "export", "--stack", name],
    "pulumi stack output": ["stack", "output", "--stack", name],
    "pulumi stack history": ["stack", "history", "--full-dates", "--stack", name],
  };
  for (const [title, args] of Object.entries(commands)) {
    it(`are not in plain text in ${title}`, async () => {
      assertClean(succeeded(await env.stack.run(args)).output);
    });
  }

  it("are not in plain text in the state's files, including backups and history", () => {
    assertClean(stateFiles(name));
  });

  for (const flags of [["--diff"], ["--json"]]) {
    it(`are not in plain text in pulumi preview ${flags.join(" ")} with every secret changed`, async () => {
      env.stack.configure(changed(`of preview ${flags.join(" ")}`));
      const next = `canary-${randomBytes(24).toString("hex")}`;
      await env.stack.setSecret(variable, next);
      const { output } = succeeded(await env.stack.operate("preview", flags));
      assertClean(output);
      assert.ok(!holds(output, next), "the new value is shown");
    });
  }
});

/** Pulumi's SDK writes every value into events of severity `debug`, secret or not; the README warns of them. */
function withoutDebugging(events: string): string {
  const severity = (line: string) =>
    (JSON.parse(line) as { diagnosticEvent?: { severity: string } }).diagnosticEvent?.severity;
  const lines = events.trim().split("\n");
  return lines.filter((line) => severity(line) !== "debug").join("\n");
}

/** From the middle of every secret that the environment has: its beginning and end are the same in others. */
async function credentials(host: Cluster, env: Environment): Promise<Record<string, string>> {
  const secret = async (name: string, namespace: string) => {
    const data = (await host.get<V1Secret>(reference("v1", "Secret", name, namespace)))?.data ?? {};
    return (key: string) => fromBase64(data[key]);
  };
  const certificates = await secret(`${env.release}-certs`, env.namespace);
  const registration = await secret(env.namespace, "argocd");
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromString(env.kubeconfig);
  const { bearerToken } = JSON.parse(registration("config")) as { bearerToken: string };
  return {
    "Argo CD's token": bearerToken.slice(-60, -10),
    "the administrator's key": middleLine(fromBase64(kubeconfig.getCurrentUser()?.keyData)),
    "the authority's key": middleLine(certificates("ca.key")),
    "the key of service account tokens": middleLine(certificates("sa.key")),
  };
}

function middleLine(pem: string): string {
  const lines = pem.trim().split("\n");
  const middle = lines[Math.floor(lines.length / 2)] ?? "";
  assert.ok(middle.length >= 32, "this is no PEM text of several lines");
  return middle;
}

/** All files of a file backend that belong to the stack, as text. */
function stateFiles(stack: string): string {
  const root = fileBackend(process.env["PULUMI_BACKEND_URL"] ?? "") ?? "";
  const files = fs
    .readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.split("/").some((part) => part === stack || part.startsWith(`${stack}.`)))
    .map((file) => path.join(root, file))
    .filter((file) => fs.statSync(file).isFile());
  assert.ok(files.length > 1, "the state and its history were not found");
  return files.map((file) => fs.readFileSync(file, "utf8")).join("\n");
}
