// The layers of the program: a folder imports those below it, never one above. `make lint` checks it.

/** The folders of our own code, each with the folders and files it may import besides itself. */
const layers = {
  shared: [],
  host: ["shared"],
  components: ["shared", "host"],
  preflight: ["shared", "host", "components"],
  doctor: ["shared", "host", "components", "preflight"],
  provider: ["shared", "host", "components", "preflight"],
  policy: ["shared"],
  local: ["shared", "host"],
  cli: ["shared", "host", "components", "preflight", "doctor", "local"],
  scripts: ["shared", "components", "preflight", "doctor"],
};
/** Single files that a folder may import from above: names are pure, and are built in one place. */
const exceptions = { local: "|^components/names[.]ts$" };
const folders = [...Object.keys(layers), "bench", "test", "testing"];

module.exports = {
  forbidden: [
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    ...Object.entries(layers).map(([folder, below]) => ({
      name: `${folder}-imports-only-what-is-below`,
      severity: "error",
      from: { path: `^${folder}/`, pathNot: "^policy/test/" },
      to: {
        path: `^((${folders.join("|")})/|(index|config)[.]ts$)`,
        pathNot: `^(${[folder, ...below].join("|")})/${exceptions[folder] ?? ""}`,
      },
    })),
    {
      name: "program-imports-only-what-is-below",
      severity: "error",
      from: { path: "^(index|config)[.]ts$" },
      to: { path: `^(${folders.join("|")})/`, pathNot: "^(components|preflight|host|shared)/" },
    },
    {
      // A new folder needs a layer, or its imports would not be checked.
      name: "every-folder-has-a-layer",
      severity: "error",
      from: {},
      to: { path: "^[^/]+/", pathNot: `^(${folders.join("|")}|node_modules)/`, dependencyTypesNot: ["core"] },
    },
    {
      // The pack is published without the program's packages.
      name: "facts-import-no-package",
      severity: "error",
      from: { path: "^shared/(vcluster/|(json|kubernetes|quantity|rfc1123|version)[.]ts$)" },
      to: { path: "(^|/)node_modules/" },
    },
    {
      name: "testing-imports-no-tests-or-benchmarks",
      severity: "error",
      from: { path: "^testing/" },
      to: { path: "^(test|bench|policy)/" },
    },
    {
      name: "tests-are-imported-by-tests-only",
      severity: "error",
      from: { pathNot: "^(test|policy/test)/" },
      to: { path: "^(test|policy/test)/" },
    },
    {
      // The text of a job is kept in the state and runs on its own; what it needs is bundled into it.
      name: "jobs-stand-alone",
      severity: "error",
      from: { path: "^components/jobs/", pathNot: "^components/jobs/job[.]ts$" },
      to: {
        path: "^(components/(?!jobs/)|node_modules/)",
        dependencyTypesNot: ["type-only"],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)bin/|^policy/node_modules" },
  },
};
