import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";
import { exec, type ExecResult, succeeded } from "../../shared/exec";
import { outputs } from "../support/control-plane";
import { CREATES, DELETIONS } from "../support/fake-provider";
import { ENVIRONMENT_URN, WITHOUT_GROUPS } from "../support/layout-without-groups";

// The real engine, policy pack and component provider, on the state of an environment from before there were groups. The
// providers of the resources are stand-ins that create nothing, so no cluster takes part.

interface ResourceState {
  urn: string;
  type: string;
  custom: boolean;
  external?: boolean;
  id?: string;
  inputs?: object;
  outputs?: object;
  parent?: string;
  provider?: string;
  dependencies?: string[];
}
interface Deployment {
  version: number;
  deployment: { manifest: object; resources: ResourceState[] };
}

const STACK = "urn:pulumi:dev::vcluster-environments";
const STACK_URN = `${STACK}::pulumi:pulumi:Stack::vcluster-environments-dev`;
const READ = ["dev-host-api", "dev-certificates"];
const PACKAGES = ["kubernetes", "command", "random"];
/** What this version has, and the layout of the record had not; type by name. */
const ADDED = new Map([
  ["dev-acme-solvers", "kubernetes:networking.k8s.io/v1:NetworkPolicy"],
  ["dev-ingress-hosts", "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"],
  ["dev-ingress-hosts-binding", "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"],
  ["dev-identity", "random:index/randomString:RandomString"],
  ["dev-guard-namespace", "command:local:Command"],
  ["dev-guard-vcluster", "command:local:Command"],
  ["dev-argocd-guard", "command:local:Command"],
  ["dev-applications-guard", "command:local:Command"],
]);
const PROGRAMS: Record<string, Record<string, unknown>> = {
  TypeScript: { runtime: { name: "nodejs", options: { typescript: false } } },
  YAML: {
    runtime: "yaml",
    packages: { "vcluster-environments": path.join(checkoutDir, "provider") },
    resources: { dev: { type: "vcluster-environments:Environment", properties: { domain: "example.org" } } },
  },
};

/** What the policy pack looks at: both entries of a moved Ingress claim its host. */
const INGRESS = {
  metadata: { name: "dev-vcluster-ingress", namespace: "dev-vcluster" },
  spec: {
    rules: [
      {
        host: "dev-vcluster.example.org",
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: "vcluster-dev-helm", port: { number: 443 } } },
            },
          ],
        },
      },
    ],
  },
};

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
const typeOf = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";

/** Provider of a package that the SDK's version asks for. */
function defaultProvider(name: string): ResourceState & { id: string } {
  const file = path.join(checkoutDir, "node_modules/@pulumi", name, "package.json");
  const { version } = JSON.parse(fs.readFileSync(file, "utf8")) as { version: string };
  const type = `pulumi:providers:${name}`;
  const inputs = { version };
  const urn = `${STACK}::${type}::default_${version.replaceAll(".", "_")}`;
  return { urn, type, custom: true, id: `the-provider-${name}`, inputs, outputs: inputs };
}

function stateWithoutGroups(): Deployment {
  const providers = new Map(PACKAGES.map((name) => [name, defaultProvider(name)]));
  const children = WITHOUT_GROUPS.map((urn): ResourceState => {
    const type = typeOf(urn);
    const provider = providers.get(type.split(":")[0] ?? "");
    assert.ok(provider);
    const inputs = nameOf(urn) === "dev-ingress" ? INGRESS : { namespace: "dev-vcluster" };
    return {
      urn,
      type,
      custom: true,
      ...(READ.includes(nameOf(urn)) && { external: true }),
      id: `id-of-${nameOf(urn)}`,
      inputs,
      outputs: { ...inputs, ...outputs({ type, inputs }) },
      parent: ENVIRONMENT_URN,
      provider: `${provider.urn}::${provider.id}`,
    };
  });
  const resources: ResourceState[] = [
    { urn: STACK_URN, type: typeOf(STACK_URN), custom: false },
    ...providers.values(),
    { urn: ENVIRONMENT_URN, type: typeOf(ENVIRONMENT_URN), custom: false, parent: STACK_URN },
    ...children,
  ];
  return { version: 3, deployment: { manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" }, resources } };
}

for (const [language, project] of Object.entries(PROGRAMS)) {
  describe(`upgrade of an environment without groups, in ${language}`, function () {
    this.timeout(180_000);
    let directory: string;
    const file = (name: string) => path.join(directory, name);
    const old = stateWithoutGroups();
    let updated: ResourceState[];

    const run = (...args: string[]): Promise<ExecResult> => {
      const env = {
        ...process.env,
        // Programs on PATH come before the plugins that Pulumi's home has.
        PATH: `${file("plugins")}:${process.env["PATH"] ?? ""}`,
        PULUMI_BACKEND_URL: `file://${file("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
        PULUMI_HOME: file("home"),
        // The environments of a host that happens to be up are of no concern here.
        KUBECONFIG: file("none"),
        [DELETIONS]: file("deletions"),
        [CREATES]: JSON.stringify([...ADDED.keys()]),
      };
      const flags = ["--stack", "dev", "--non-interactive"];
      return exec("pulumi", [...args, ...flags], { cwd: directory, env, timeoutMs: 120_000 });
    };
    const writeProgram = (name: string, aliases: object[] = []) => {
      const components = JSON.stringify(path.join(checkoutDir, "bin/components"));
      const call = [name, { environment: "dev", domain: "example.org" }, { aliases }].map((one) => JSON.stringify(one));
      fs.writeFileSync(
        file("index.js"),
        `const { Environment } = require(${components});\nnew Environment(${call.join(", ")});\n`,
      );
    };
    const operate = async (...args: string[]) => succeeded(await run(...args, "--color", "never"));

    before(async () => {
      directory = fs.mkdtempSync(path.join(os.tmpdir(), "upgrade-"));
      for (const name of ["state", "home", "plugins"]) fs.mkdirSync(file(name));
      for (const name of PACKAGES) {
        const program = `#!/bin/sh\nexec node ${path.join(checkoutDir, "bin/test/support/fake-provider.js")} "$@"\n`;
        fs.writeFileSync(file(`plugins/pulumi-resource-${name}`), program, { mode: 0o755 });
      }
      fs.writeFileSync(file("Pulumi.yaml"), JSON.stringify({ name: "vcluster-environments", ...project }));
      fs.writeFileSync(file("package.json"), "{}");
      writeProgram("dev");
      fs.symlinkSync(path.join(checkoutDir, "node_modules"), file("node_modules"));
      fs.writeFileSync(file("before.json"), JSON.stringify(old));
      succeeded(await run("stack", "init"));
      succeeded(await run("stack", "import", "--file", file("before.json")));
    });
    after(() => {
      fs.rmSync(directory, { recursive: true, force: true });
    });

    it("keeps every resource in a preview, and adds only the groups and what is new", async () => {
      const { stdout } = await operate("preview", "--json");
      const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
      const others = steps.filter(({ op }) => op !== "same" && op !== "read");
      assert.deepEqual(
        others.map(({ op, urn }) => `${op} ${typeOf(urn)} ${nameOf(urn)}`).sort(),
        [
          "create vcluster-environments:index:ArgoCD dev",
          "create vcluster-environments:index:ControlPlane dev",
          "create vcluster-environments:index:Isolation dev",
          ...[...ADDED].map(([name, type]) => `create ${type} ${name}`),
        ].sort(),
      );
    });

    // `make up` refreshes: the engine then lists a resource that moves under its old URN as well as under the new one.
    it("keeps every resource in an update with refresh and the policy pack", async () => {
      await operate("up", "--yes", "--skip-preview", "--refresh", "--policy-pack", path.join(checkoutDir, "policy"));
      const { stdout } = await operate("stack", "export");
      updated = (JSON.parse(stdout) as Deployment).deployment.resources;
      const custom = (resources: ResourceState[]) =>
        resources
          .filter((one) => one.custom && !one.type.startsWith("pulumi:providers:"))
          .map(({ type, urn, id }) => `${type} ${nameOf(urn)} ${id}`)
          .sort();
      const isNew = ({ urn, external }: ResourceState) => external === true || ADDED.has(nameOf(urn));
      const made = (resources: ResourceState[]) => custom(resources.filter((one) => !isNew(one)));
      assert.deepEqual(made(updated), made(old.deployment.resources));
      assert.ok(!fs.existsSync(file("deletions")));
      assert.ok(updated.filter(({ parent }) => typeOf(parent ?? "").endsWith(":ArgoCD")).length >= 6);
    });

    it("has nothing to change afterwards", () => operate("preview", "--expect-no-changes"));

    if (language === "TypeScript") {
      // Pulumi hands no aliases to a component of YAML (pulumi#18801).
      it("keeps every resource of a renamed component", async () => {
        writeProgram("renamed", [{ name: "dev" }]);
        await operate("preview", "--expect-no-changes");
      });
    }

    it("deletes dependents before a resource", async () => {
      await operate("destroy", "--yes", "--skip-preview");
      const deleted = fs.readFileSync(file("deletions"), "utf8").trim().split("\n");
      // What is in the namespace, and what it owns, Kubernetes deletes with it.
      assert.ok(deleted.length >= 12, deleted.join("\n"));
      for (const { urn, dependencies = [] } of updated.filter(({ urn }) => deleted.includes(urn))) {
        for (const needed of dependencies.filter((one) => deleted.includes(one))) {
          assert.ok(deleted.indexOf(urn) < deleted.indexOf(needed), `${urn} is deleted after ${needed}`);
        }
      }
      assert.match(nameOf(deleted[0] ?? ""), /^dev-applications(-guard)?$/);
    });
  });
}
