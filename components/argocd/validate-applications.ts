import { check, format, join, type Problem } from "../../shared/errors";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import type { ApplicationSettings, Settings } from "../config/defaults";
import { applicationName } from "../names";

const SOURCES =
  "https://, http://, ssh:// or git@ for Git, https:// or http:// for charts, oci://, cnoe:// or a registry's name for charts in it";
const REPOSITORY = /^((https?|ssh|oci|cnoe):\/\/[^/\s]\S*|[\w.-]+@[\w.-]+:\S+)$/;
/** A chart in a registry is written without a scheme, as Argo CD has it. */
const REGISTRY = /^[\w.-]+(:\d+)?(\/[\w./-]+)?$/;

/** All mistakes in `applications`. */
export function checkApplications({ applications, argocd, environment }: Settings): Problem[] {
  const entries = Object.entries(applications);
  return [
    ...check(argocd.register || entries.length === 0, {
      path: "applications",
      code: "argocd-not-registered",
      problem: "the environment is not registered with Argo CD, which would deploy them",
      allowed: "applications of a registered environment",
      fix: "set argocd.register to true, or remove them",
    }),
    ...entries.flatMap(([name, application]) => [
      ...checkApplication(environment, name, application),
      ...check(argocd.namespaces.length === 0 || argocd.namespaces.includes(application.namespace), {
        path: `${join("applications", name)}.namespace`,
        code: "namespace-not-allowed",
        problem: `${format(application.namespace)} is not among the namespaces that Argo CD may work in`,
        allowed: argocd.namespaces.join(", "),
        fix: "take one of these, or add it to argocd.namespaces",
      }),
    ]),
  ];
}

function checkApplication(environment: string, name: string, application: ApplicationSettings): Problem[] {
  const path = join("applications", name);
  const { repository, chart, revision, namespace, project } = application;
  const full = applicationName(name, environment);
  const charted = chart !== undefined;
  return [
    ...check(isLabel(name) && full.length <= 63, {
      path,
      code: "application-name-invalid",
      problem: `${format(full)} is no name for an Application`,
      allowed: "lower-case letters, digits and hyphens; with the environment's name at its end at most 63 characters",
      fix: "give it another name",
    }),
    ...check(REPOSITORY.test(repository) || (charted && REGISTRY.test(repository)), {
      path: `${path}.repository`,
      code: "repository-invalid",
      problem:
        repository === "" ? "it is missing" : `${format(withoutPassword(repository))} is not a source of manifests`,
      allowed: SOURCES,
      fix: "write the URL of the repository",
    }),
    ...check(!hasPassword(repository), {
      path: `${path}.repository`,
      code: "repository-has-password",
      problem: "it has a password in it, which everyone could read who may see the Application",
      allowed: "a URL without a password",
      fix: "remove it, and give Argo CD the password in a Secret labelled argocd.argoproj.io/secret-type: repository",
    }),
    ...check(!charted || application.path === undefined, {
      path: `${path}.path`,
      code: "path-and-chart",
      problem: "chart is set as well",
      allowed: "path for Git and OCI, chart for a chart repository",
      fix: "remove one of the two",
    }),
    ...check(!charted || !/^(oci|cnoe):/.test(repository), {
      path: `${path}.chart`,
      code: "chart-repository-unsupported",
      problem: `${format(withoutPassword(repository))} is not a chart repository to Argo CD`,
      allowed: "chart for https://, http:// or a registry's name",
      fix: "remove chart and write the whole address into repository; for a registry remove its oci:// instead",
    }),
    ...check(!charted && !/^oci:/.test(repository) ? true : revision !== undefined, {
      path: `${path}.revision`,
      code: "revision-missing",
      problem: "it is missing",
      allowed: "the version of the chart, or the tag of the artifact",
      fix: "pin the version that was tested",
    }),
    ...check(namespace === name || isLabel(namespace), {
      path: `${path}.namespace`,
      code: "namespace-invalid",
      problem: `${format(namespace)} is not the name of a namespace`,
      allowed: "lower-case letters, digits and hyphens, at most 63 characters",
      fix: "name a namespace of the virtual cluster",
    }),
    ...check(project === undefined || isSubdomain(project), {
      path: `${path}.project`,
      code: "project-invalid",
      problem: `${format(project)} is not the name of a project`,
      allowed: "an AppProject in Argo CD's namespace",
      fix: "remove it to get the environment's own",
    }),
    ...check(!application.wait || application.sync.automated, {
      path: `${path}.wait`,
      code: "wait-without-sync",
      problem: "sync.automated is false, so that nobody syncs it while `up` waits",
      allowed: "true only for an application that is synced automatically",
      fix: "remove it, or set sync.automated to true",
    }),
  ];
}

function hasPassword(repository: string): boolean {
  return /^\w+:\/\/[^/@\s]*:[^/@\s]*@/.test(repository);
}

function withoutPassword(repository: string): string {
  return repository.replace(/^(\w+:\/\/)[^/@\s]*@/, "$1");
}
