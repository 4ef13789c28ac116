import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { argocdConflicts } from "../../components/argocd/conflicts";
import { settings } from "../../components/config/defaults";
import { foreignObjects } from "../../components/kubernetes/foreign-objects";
import { hostProblems, ownershipProblems, untoldHostProblems } from "../../components/kubernetes/ownership";
import { environmentNames } from "../../components/names";
import { EnvironmentRegistry } from "../../components/registry";
import { resolve } from "../../components/resolve";
import { checkArgs } from "../../components/validate";
import { SECRET_VALUES } from "../../components/vcluster/install";
import { chartValues } from "../../components/vcluster/values";
import { checkSchema } from "../../components/vcluster/values-schema";
import { OVERLAY, readConfig } from "../../config";
import type { HostClient } from "../../host/client";
import { dataLossProblems } from "../../preflight/changes";
import { immutableProblems } from "../../preflight/immutable";
import { upgradeProblems } from "../../preflight/upgrades";
import {
  certificatesConflict,
  hostnameConflicts,
  namespaceConflict,
  releaseConflict,
  unsavedConflict,
  volumeConflict,
} from "../../preflight/conflicts";
import { EnvironmentProvider } from "../../provider/provider";
import { checkoutDir } from "../../shared/checkout";
import { ConfigurationError, type Problem } from "../../shared/errors";
import { record } from "../support/mocks";
import { invalidArguments } from "./components/invalid-arguments";

/** The only place with whole messages; all other tests assert paths and codes. */
const SNAPSHOT = path.join(checkoutDir, "test/unit/messages.snapshot.txt");

const names = environmentNames("dev", "example.org");
const deletedClaim = { name: names.volumeClaim, since: "2026-11-27T10:00:00Z" };

async function problemsOf(run: () => unknown): Promise<readonly Problem[]> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.problems;
  }
  throw new Error("the configuration was accepted");
}

function applications(): Record<string, Problem[]> {
  const git = "https://git.example.com/web.git";
  const cases: Record<string, object> = {
    "without a repository": { applications: { web: {} } },
    "with a password": { applications: { web: { repository: "https://me:secret@git.example.com/web.git" } } },
    "with path and chart": {
      applications: { web: { repository: "https://charts.example.com", chart: "web", revision: "1.0.0", path: "web" } },
    },
    "with a chart of oci://": {
      applications: { web: { repository: "oci://registry.example.com/charts", chart: "web" } },
    },
    "with a bad name, namespace and project": {
      applications: { Web: { repository: git, namespace: "Web", project: "" } },
    },
    "with a wait for manual sync": {
      applications: { web: { repository: git, sync: { automated: false }, wait: true } },
    },
    "without registration": { applications: { web: { repository: git } }, argocd: { register: false } },
    "in a namespace closed to Argo CD": { applications: { web: { repository: git } }, argocd: { namespaces: ["api"] } },
  };
  return Object.fromEntries(
    Object.entries(cases).map(([title, args]) => [
      `an application ${title}`,
      checkArgs("dev", { domain: "example.org", ...args }),
    ]),
  );
}

function chartSchema(): Problem[] {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "messages-"));
  try {
    const properties = { level: { enum: ["low", "high"] }, on: { type: "boolean" } };
    const schema = { type: "object", additionalProperties: false, properties };
    fs.writeFileSync(path.join(directory, "values.schema.json"), JSON.stringify(schema));
    const chart = { repository: "", version: "0.26.0", path: directory };
    const overrides = { levle: "low", level: "middle", on: "yes" };
    const problems = checkSchema(chart, { ...overrides, telemetry: {} }, overrides);
    return problems.map((problem) => ({ ...problem, problem: problem.problem.replace(directory, "/charts/vcluster") }));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

function changes(): Problem[] {
  const volume = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } };
  const statefulSet = (whenDeleted: string, annotations: object) => ({
    metadata: { annotations },
    spec: { volumeClaimTemplates: [{ spec: volume }], persistentVolumeClaimRetentionPolicy: { whenDeleted } },
  });
  const helm = { "meta.helm.sh/release-name": "vcluster-dev-helm" };
  const find = (args: object, state: object, values = {}) => {
    const s = settings("dev", { domain: "example.org", ...args });
    return dataLossProblems(s, chartValues(s, values), { others: [], ...state });
  };
  return [
    ...find({}, { others: ["old"] }),
    ...find({ persistence: { size: "10Gi", storageClass: "fast" } }, { statefulSet: statefulSet("Delete", helm) }),
    ...find({ persistence: { size: "10Gi", allowDataLoss: true } }, { statefulSet: statefulSet("Retain", helm) }),
    ...find({ delivery: "argocd" }, { statefulSet: statefulSet("Delete", helm) }),
    ...find(
      { delivery: "argocd", argocd: { namespace: "gitops" } },
      { statefulSet: statefulSet("Delete", {}), applicationsIn: ["argocd"] },
    ),
    ...[3, 5].flatMap((replicas) => find({ controlPlane: { replicas } }, { values: replicas === 3 ? {} : THREE })),
    ...find({ controlPlane: { replicas: 1 } }, { values: THREE }),
    ...find({}, { values: {} }, { controlPlane: { backingStore: { etcd: { deploy: { enabled: true } } } } }),
  ];
}

function upgrades(): Problem[] {
  const values = { controlPlane: { distro: { k8s: { image: { tag: "v1.34.0" } } } } };
  const running = { others: [], statefulSet: { metadata: { labels: { chart: "vcluster-0.34.0" } } }, values };
  const find = (version: string, kubernetesVersion: string) =>
    upgradeProblems(settings("dev", { domain: "example.org", chart: { version }, kubernetesVersion }), running, "1.34");
  return [...find("0.30.0", "v1.33.1"), ...find("0.36.1", "v1.36.0")];
}

/** Running values of three replicas. */
const THREE = { controlPlane: { statefulSet: { highAvailability: { replicas: 3 } } } };

async function stackConfiguration(): Promise<Problem[]> {
  const project = pulumi.getProject();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "messages-"));
  const chart = path.join(directory, "vcluster");
  fs.mkdirSync(`${chart}-0.30.0`);
  fs.mkdirSync(chart);
  fs.writeFileSync(path.join(chart, "Chart.yaml"), "version: 0.26.0\n");
  const file = path.join(directory, "overlay.json");
  fs.writeFileSync(file, JSON.stringify({ chart: { path: chart } }));
  const overlays: [overlay: string, codes: string[]][] = [
    ["missing.json", ["overlay-invalid", "secret-not-allowed"]],
    [file, ["chart-not-on-host"]],
  ];
  pulumi.runtime.setAllConfig({ [`${project}:domain`]: "example.org", [`${project}:chart`]: '{"version":"0.34.0"}' }, [
    `${project}:domain`,
  ]);
  try {
    const found: Problem[] = [];
    for (const [overlay, codes] of overlays) {
      process.env[OVERLAY] = overlay;
      found.push(...(await problemsOf(readConfig)).filter(({ code }) => codes.includes(code)));
    }
    return found;
  } finally {
    pulumi.runtime.setAllConfig({});
    Reflect.deleteProperty(process.env, OVERLAY);
    fs.rmSync(directory, { recursive: true });
  }
}

function ownership(annotations: Record<string, string>, contents: string[] = []): Problem[] {
  const owner = { stack: "organization/p/dev", identity: "own" };
  return ownershipProblems(names.namespace, { namespace: { metadata: { annotations } }, contents }, owner);
}

function environment(name: string, ...applications: string[]) {
  const declared = Object.fromEntries(
    applications.map((key) => [key, { repository: "https://git.example.org/a.git" }]),
  );
  return settings(name, { domain: "example.org", applications: declared });
}

/** One object of the whole host, and one of a namespace, that others have made. */
function foreign(): Promise<Problem[]> {
  const find = (path: string) =>
    Promise.resolve(/\/(priorityclasses|roles)\/vcluster-dev-helm$/.test(path) ? {} : undefined);
  const env = resolve("dev", { domain: "example.org", sync: { secrets: { "shared/*": "config/*" } } });
  return foreignObjects({ find } as unknown as HostClient, env, (_, reading) => reading);
}

async function everyMessage(): Promise<Record<string, readonly Problem[]>> {
  const registry = new EnvironmentRegistry();
  registry.add("one", environment("dev", "a-b"), undefined);
  const provider = new EnvironmentProvider('{"version":"1.0.0"}');
  const inputs = { domain: pulumi.secret("example.org"), extraSans: [pulumi.unknown] };
  const { result: component } = await record(() =>
    problemsOf(() => provider.construct("dev", "vcluster-environments:index:Environment", inputs, {})),
  );
  const { result: stack } = await record(stackConfiguration);
  const hostname = { host: names.apiHost, namespace: "other", by: "Ingress other/web" };
  return {
    ...Object.fromEntries(
      invalidArguments.map(([title, args]) => [title, checkArgs("dev", { domain: "example.org", ...args })]),
    ),
    ...applications(),
    "values that the chart's schema does not accept": chartSchema(),
    "changes of a running environment": changes(),
    "versions of a running environment": upgrades(),
    "fields of the release that the API refuses to change": immutableProblems([
      {
        difference:
          'StatefulSet vcluster-dev-helm: spec.serviceName is "other" instead of "x" (written by kubectl-create)',
        fix: "`kubectl delete StatefulSet vcluster-dev-helm -n dev-vcluster --cascade=orphan`, then update again (nothing is lost)",
      },
    ]),
    "names of others on the host": [
      ...hostnameConflicts(names, [hostname]),
      ...ownership({ "vcluster-environments/stack": "organization/p/other" }),
      ...ownership({
        "vcluster-environments/stack": "organization/p/dev",
        "vcluster-environments/identity": "another",
      }),
      ...ownership({}, ["ConfigMap a", "Secret b"]),
      ...releaseConflict(names, "pending-upgrade"),
      ...releaseConflict(names, "uninstalled"),
      unsavedConflict(names, 'secrets is forbidden: User "ci" cannot delete resource "secrets"'),
      ...volumeConflict(settings("dev", { domain: "example.org" }), [deletedClaim], true),
      ...namespaceConflict(names, { metadata: { deletionTimestamp: "2026-11-27T06:00:00Z" } }),
      ...certificatesConflict(settings("dev", { domain: "example.org", delivery: "argocd" }), {
        statefulSet: { status: { readyReplicas: 1 } },
        hasCertificates: false,
      }),
      ...argocdConflicts(environment("dev", "a-b", "web"), {
        argocdCluster: {},
        argocdProject: {},
        argocdApplications: [
          {
            metadata: { name: "a-b-dev", labels: { "vcluster-environments/environment": "b-dev" } },
            spec: { destination: {} },
          },
          { metadata: { name: "web-dev" }, spec: { destination: {} } },
        ],
        delivering: undefined,
      }),
      ...(await foreign()),
      ...hostProblems("the uid there", "the uid here"),
      ...untoldHostProblems("dev-vcluster", { namespace: undefined, contents: [] }, "own", "the uid there", undefined),
    ],
    "the same environment twice": registry.add("two", environment("dev"), undefined),
    "the same Application twice": registry.add("three", environment("b-dev", "a"), undefined),
    "configuration of a stack": await stack,
    "inputs of the component": await component,
    "secret values with Argo CD": [SECRET_VALUES],
  };
}

describe("messages of configuration problems", () => {
  let messages: Record<string, readonly Problem[]>;
  before(async () => {
    messages = await everyMessage();
  });

  it("match the snapshot", () => {
    const text = Object.entries(messages)
      .map(([title, problems]) => {
        const lines = new ConfigurationError("dev", problems).message.split("\n").slice(1);
        return [title, ...lines, ""].join("\n");
      })
      .join("\n");
    if (process.env["UPDATE_SNAPSHOT"] === "1") fs.writeFileSync(SNAPSHOT, text);
    assert.equal(
      text,
      fs.readFileSync(SNAPSHOT, "utf8"),
      "Messages differ from test/unit/messages.snapshot.txt. If that is intended, run this test with UPDATE_SNAPSHOT=1 and review the diff.",
    );
  });

  it("cover every code in the snapshot", () => {
    const text = fs.readFileSync(SNAPSHOT, "utf8");
    assert.deepEqual(
      codes().filter((code) => !text.includes(` [${code}]\n`)),
      [],
    );
  });

  it("have well-formed codes", () => {
    assert.ok(codes().length > 80, `only ${codes().length} codes were found`);
    assert.deepEqual(
      codes().filter((code) => !/^[a-z]+(-[a-z]+)+$/.test(code)),
      [],
    );
  });
});

/** The codes in the source text of everything that reports problems. */
function codes(): string[] {
  const files = ["components", "preflight", "config.ts", "provider"].flatMap((root) => {
    const absolute = path.join(checkoutDir, root);
    if (root.endsWith(".ts")) return [absolute];
    const inside = fs.readdirSync(absolute, { recursive: true, encoding: "utf8" });
    return inside.filter((file) => file.endsWith(".ts")).map((file) => path.join(absolute, file));
  });
  const found = files.flatMap((file) => [...fs.readFileSync(file, "utf8").matchAll(/\bcode: "([^"]*)"/g)]);
  return [...new Set(found.map(([, code = ""]) => code))].sort();
}
