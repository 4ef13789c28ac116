import * as assert from "node:assert/strict";

import { checkArgs } from "../../../../components/validate";

/** Problems as `path: code`; their texts are in messages.snapshot.txt. */
function problems(args: object): string[] {
  return checkArgs("dev", { domain: "example.org", ...args }).map(({ path, code }) => `${path}: ${code}`);
}

const git = "https://git.example.com/web.git";
const charts = "https://charts.example.com";
describe("checkApplications", () => {
  /** Keys of the application `web`, and what is said of them after `applications.web.` */
  const wrong: [string, object, string[]][] = [
    ["no source", {}, ["repository: repository-invalid"]],
    ["a path for a source", { repository: "./web" }, ["repository: repository-invalid"]],
    [
      "a password in the source",
      { repository: "https://me:secret@git.example.com/web.git" },
      ["repository: repository-has-password"],
    ],
    [
      "a token in the source",
      { repository: "https://ghp_secret@git.example.com/web.git" },
      ["repository: repository-has-password"],
    ],
    ["path and chart", { repository: charts, chart: "web", revision: "1.0.0", path: "web" }, ["path: path-and-chart"]],
    [
      "a chart of oci://",
      { repository: "oci://registry.example.com/charts", chart: "web", revision: "1.0.0" },
      ["chart: chart-repository-unsupported"],
    ],
    [
      "a chart of cnoe://",
      { repository: "cnoe://web", chart: "web", revision: "1.0.0" },
      ["chart: chart-repository-unsupported"],
    ],
    ["a chart without a version", { repository: charts, chart: "web" }, ["revision: revision-missing"]],
    ["an artifact without a tag", { repository: "oci://registry.example.com/web" }, ["revision: revision-missing"]],
    ["a bad namespace", { repository: git, namespace: "Web" }, ["namespace: namespace-invalid"]],
    ["a bad project", { repository: git, project: "" }, ["project: project-invalid"]],
    [
      "a wait for what nobody syncs",
      { repository: git, sync: { automated: false }, wait: true },
      ["wait: wait-without-sync"],
    ],
    [
      "keys and types that do not exist",
      { repository: git, replicas: 2, sync: { automated: "yes", prun: true } },
      ["sync.automated: wrong-type", "sync.prun: unknown-key", "replicas: unknown-key"],
    ],
  ];
  for (const [title, web, expected] of wrong) {
    it(`finds ${title}`, () => {
      assert.deepEqual(
        problems({ applications: { web } }),
        expected.map((line) => `applications.web.${line}`),
      );
    });
  }

  it("finds a name that is invalid, or too long with the environment's", () => {
    const long = "a".repeat(60);
    assert.deepEqual(problems({ applications: { Web: { repository: git }, [long]: { repository: git } } }), [
      "applications.Web: application-name-invalid",
      `applications.${long}: application-name-invalid`,
    ]);
  });

  it("finds a list instead of the map", () => {
    assert.deepEqual(problems({ applications: [] }), ["applications: wrong-type"]);
  });

  it("finds applications of an environment without registration", () => {
    assert.deepEqual(problems({ applications: { web: { repository: git } }, argocd: { register: false } }), [
      "applications: argocd-not-registered",
    ]);
  });

  it("finds a namespace that Argo CD may not manage", () => {
    const applications = { web: { repository: git }, api: { repository: git } };
    assert.deepEqual(problems({ applications, argocd: { namespaces: ["api", "db"] } }), [
      "applications.web.namespace: namespace-not-allowed",
    ]);
  });

  it("finds invalid timeouts", () => {
    assert.deepEqual(problems({ argocd: { syncTimeoutSeconds: 0, deleteTimeoutSeconds: -1 } }), [
      "argocd.syncTimeoutSeconds: timeout-invalid",
      "argocd.deleteTimeoutSeconds: timeout-invalid",
    ]);
  });

  const right: [string, object][] = [
    ["Git by https", { repository: git, path: "deploy", revision: "main" }],
    ["Git by ssh", { repository: "git@git.example.com:team/web.git" }],
    ["Git by an ssh:// URL with a user", { repository: "ssh://git@git.example.com/team/web.git" }],
    ["a chart", { repository: charts, chart: "web", revision: "1.0.0", values: { a: [1] } }],
    ["a chart in a registry", { repository: "registry.example.com:5000/charts", chart: "web", revision: "1.0.0" }],
    ["an OCI artifact", { repository: "oci://registry.example.com/web", revision: "1.0.0" }],
    ["a cnoe:// URL", { repository: "cnoe://backstage-dev/manifests", path: "." }],
  ];
  for (const [title, web] of right) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(problems({ applications: { web } }), []);
    });
  }
});
