import { check, format, join, type Problem } from "../../shared/errors";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import { hasCredentials, withoutCredentials } from "../../shared/urls";
import type { ApplicationSettings, Settings } from "../config/defaults";
import { applicationName } from "../names";

const SOURCES =
  "https://, http://, ssh:// or git@ for Git, https:// or http:// for charts, oci://, cnoe://, or a registry host for charts in a registry";
const REPOSITORY = /^((https?|ssh|oci|cnoe):\/\/[^/\s]\S*|[\w.-]+@[\w.-]+:\S+)$/;
/** A chart in a registry is written without a scheme, as Argo CD has it. */
const REGISTRY = /^[\w.-]+(:\d+)?(\/[\w./-]+)?$/;

/** All problems in `applications`. */
export function checkApplications({ applications, argocd, environment }: Settings): Problem[] {
  const entries = Object.entries(applications);
  return [
    ...check(argocd.register || entries.length === 0, {
      path: "applications",
      code: "argocd-not-registered",
      problem: "applications require an environment that is registered with Argo CD",
      allowed: "applications together with argocd.register: true",
      fix: "set argocd.register to true, or remove them",
    }),
    ...entries.flatMap(([name, application]) => [
      ...checkApplication(environment, name, application),
      ...check(argocd.namespaces.length === 0 || argocd.namespaces.includes(application.namespace), {
        path: `${join("applications", name)}.namespace`,
        code: "namespace-not-allowed",
        problem: `${format(application.namespace)} is not one of the namespaces that Argo CD has access to`,
        allowed: argocd.namespaces.join(", "),
        fix: "use one of these, or add it to argocd.namespaces",
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
      problem: `${format(full)} is not a valid Application name`,
      allowed: "lower-case letters, digits and hyphens, at most 63 characters including the environment's name",
      fix: "rename it",
    }),
    ...check(REPOSITORY.test(repository) || (charted && REGISTRY.test(repository)), {
      path: `${path}.repository`,
      code: "repository-invalid",
      problem: repository === "" ? "missing" : `${format(withoutCredentials(repository))} is not a source of manifests`,
      allowed: SOURCES,
      fix: "set the URL of the repository",
    }),
    ...check(!hasCredentials(repository), {
      path: `${path}.repository`,
      code: "repository-has-password",
      problem: "contains a password or token, which everyone with read access to the Application could see",
      allowed: "a URL without credentials",
      fix: "remove it, and store it in a Secret labelled argocd.argoproj.io/secret-type: repository",
    }),
    ...check(!charted || application.path === undefined, {
      path: `${path}.path`,
      code: "path-and-chart",
      problem: "conflicts with chart",
      allowed: "path for Git and OCI, chart for a chart repository",
      fix: "remove one of the two",
    }),
    ...check(!charted || !/^(oci|cnoe):/.test(repository), {
      path: `${path}.chart`,
      code: "chart-repository-unsupported",
      problem: `${format(withoutCredentials(repository))} is not a chart repository that Argo CD supports`,
      allowed: "chart with https://, http:// or a registry host",
      fix: "remove chart and put the full URL into repository; for a registry, remove oci:// instead",
    }),
    ...check(!charted && !/^oci:/.test(repository) ? true : revision !== undefined, {
      path: `${path}.revision`,
      code: "revision-missing",
      problem: "missing",
      allowed: "the version of the chart, or the tag of the artifact",
      fix: "pin the version that was tested",
    }),
    ...check(namespace === name || isLabel(namespace), {
      path: `${path}.namespace`,
      code: "namespace-invalid",
      problem: `${format(namespace)} is not a valid namespace name`,
      allowed: "lower-case letters, digits and hyphens, at most 63 characters",
      fix: "use a namespace of the virtual cluster",
    }),
    ...check(project === undefined || isSubdomain(project), {
      path: `${path}.project`,
      code: "project-invalid",
      problem: `${format(project)} is not a valid AppProject name`,
      allowed: "an AppProject in Argo CD's namespace",
      fix: "remove it to use the environment's own project",
    }),
    ...check(!application.wait || application.sync.automated, {
      path: `${path}.wait`,
      code: "wait-without-sync",
      problem: "sync.automated is false, so `up` would wait for a sync that never starts",
      allowed: "true only with sync.automated: true",
      fix: "remove it, or set sync.automated to true",
    }),
  ];
}
