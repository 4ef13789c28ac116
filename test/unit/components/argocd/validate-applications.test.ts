import * as assert from "node:assert/strict";

import { checkArgs } from "../../../../components/validate";
import { ConfigurationError } from "../../../../shared/errors";

function lines(args: object): string[] {
  const { message } = new ConfigurationError("dev", checkArgs("dev", { domain: "example.org", ...args }));
  return message
    .split("\n")
    .slice(1)
    .map((line) => line.replace(/^ {2}- /, ""));
}

const git = "https://git.example.com/web.git";
const charts = "https://charts.example.com";
const SOURCES =
  "Allowed: https://, http://, ssh:// or git@ for Git, https:// or http:// for charts, oci://, cnoe:// or a registry's " +
  "name for charts in it. Fix: write the URL of the repository.";
const NAME =
  "Allowed: lower-case letters, digits and hyphens; with the environment's name at its end at most 63 characters. " +
  "Fix: give it another name.";
const NOT_CHARTS =
  "Allowed: chart for https://, http:// or a registry's name. Fix: remove chart and write the whole address into " +
  "repository; for a registry remove its oci:// instead.";
const PIN = "Allowed: the version of the chart, or the tag of the artifact. Fix: pin the version that was tested.";

describe("the checks of applications", () => {
  /** Keys of the application `web`, and what is said of them after `applications.web.` */
  const wrong: [string, object, string[]][] = [
    ["no source", {}, [`repository: it is missing. ${SOURCES}`]],
    ["a path for a source", { repository: "./web" }, [`repository: "./web" is not a source of manifests. ${SOURCES}`]],
    [
      "a password in the source",
      { repository: "https://me:secret@git.example.com/web.git" },
      [
        "repository: it has a password in it, which everyone could read who may see the Application. " +
          "Allowed: a URL without a password. " +
          "Fix: remove it, and give Argo CD the password in a Secret labelled argocd.argoproj.io/secret-type: repository.",
      ],
    ],
    [
      "path and chart",
      { repository: charts, chart: "web", revision: "1.0.0", path: "web" },
      [
        "path: chart is set as well. Allowed: path for Git and OCI, chart for a chart repository. " +
          "Fix: remove one of the two.",
      ],
    ],
    [
      "a chart of oci://",
      { repository: "oci://registry.example.com/charts", chart: "web", revision: "1.0.0" },
      [`chart: "oci://registry.example.com/charts" is not a chart repository to Argo CD. ${NOT_CHARTS}`],
    ],
    [
      "a chart of cnoe://",
      { repository: "cnoe://web", chart: "web", revision: "1.0.0" },
      [`chart: "cnoe://web" is not a chart repository to Argo CD. ${NOT_CHARTS}`],
    ],
    ["a chart without a version", { repository: charts, chart: "web" }, [`revision: it is missing. ${PIN}`]],
    [
      "an artifact without a tag",
      { repository: "oci://registry.example.com/web" },
      [`revision: it is missing. ${PIN}`],
    ],
    [
      "a bad namespace",
      { repository: git, namespace: "Web" },
      [
        'namespace: "Web" is not the name of a namespace. Allowed: lower-case letters, digits and hyphens, at most 63 ' +
          "characters. Fix: name a namespace of the virtual cluster.",
      ],
    ],
    [
      "a bad project",
      { repository: git, project: "" },
      [
        'project: "" is not the name of a project. Allowed: an AppProject in Argo CD\'s namespace. ' +
          "Fix: remove it to get the environment's own.",
      ],
    ],
    [
      "a wait for what nobody syncs",
      { repository: git, sync: { automated: false }, wait: true },
      [
        "wait: sync.automated is false, so that nobody syncs it while `up` waits. " +
          "Allowed: true only for an application that is synced automatically. " +
          "Fix: remove it, or set sync.automated to true.",
      ],
    ],
    [
      "keys and types that do not exist",
      { repository: git, replicas: 2, sync: { automated: "yes", prun: true } },
      [
        'sync.automated: "yes" is of the wrong type. Allowed: a boolean. Fix: give it a value of that type.',
        'sync.prun: there is no such key. Allowed: automated, options, prune, selfHeal. Fix: did you mean "prune"?',
        "replicas: there is no such key. Allowed: chart, namespace, path, project, repository, revision, sync, values, " +
          "wait. Fix: remove it.",
      ],
    ],
  ];
  for (const [title, web, expected] of wrong) {
    it(`find ${title}`, () => {
      assert.deepEqual(
        lines({ applications: { web } }),
        expected.map((line) => `applications.web.${line}`),
      );
    });
  }

  it("find a name that is none, or too long beside the environment's", () => {
    const long = "a".repeat(60);
    assert.deepEqual(lines({ applications: { Web: { repository: git }, [long]: { repository: git } } }), [
      `applications.Web: "Web-dev" is no name for an Application. ${NAME}`,
      `applications.${long}: "${long}-dev" is no name for an Application. ${NAME}`,
    ]);
  });

  it("find a list in the place of the map", () => {
    assert.deepEqual(lines({ applications: [] }), [
      "applications: [] is of the wrong type. Allowed: a map of objects. Fix: give it a value of that type.",
    ]);
  });

  it("find applications of an environment that Argo CD does not know", () => {
    assert.deepEqual(lines({ applications: { web: { repository: git } }, argocd: { register: false } }), [
      "applications: the environment is not registered with Argo CD, which would deploy them. " +
        "Allowed: applications of a registered environment. Fix: set argocd.register to true, or remove them.",
    ]);
  });

  it("find a namespace that Argo CD may not work in", () => {
    const applications = { web: { repository: git }, api: { repository: git } };
    assert.deepEqual(lines({ applications, argocd: { namespaces: ["api", "db"] } }), [
      'applications.web.namespace: "web" is not among the namespaces that Argo CD may work in. Allowed: api, db. ' +
        "Fix: take one of these, or add it to argocd.namespaces.",
    ]);
  });

  it("find waits that are none", () => {
    assert.deepEqual(lines({ argocd: { syncTimeoutSeconds: 0, deleteTimeoutSeconds: -1 } }), [
      "argocd.syncTimeoutSeconds: 0 is not a time to wait. Allowed: a whole number of seconds, at least 1. Fix: raise it.",
      "argocd.deleteTimeoutSeconds: -1 is not a time to wait. Allowed: a whole number of seconds, at least 1. Fix: raise it.",
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
    it(`accept ${title}`, () => {
      assert.deepEqual(lines({ applications: { web } }), []);
    });
  }
});
