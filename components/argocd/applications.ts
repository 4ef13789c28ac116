import { createHash } from "node:crypto";

import type { Command } from "@pulumi/command/local";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Namespace, Secret } from "@pulumi/kubernetes/core/v1";
import { all, type CustomResourceOptions, mergeOptions } from "@pulumi/pulumi";

import { configuredHost } from "../../host/reachable";
import type { JsonObject } from "../../shared/json";
import type { ApplicationSettings, Settings } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { jobCommand, program } from "../jobs/job";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { namespaceInput } from "../kubernetes/destroy-guard";
import { applicationName, type Names } from "../names";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** Finalizer by which Argo CD deletes what an Application deployed before the Application itself. */
const CASCADE = "resources-finalizer.argocd.argoproj.io";

/** `spec` of the Application. */
export function applicationSpec(names: Names, application: ApplicationSettings): JsonObject {
  const { repository, chart, path, revision, namespace, values, project, sync } = application;
  return {
    project: project ?? names.argocdCluster,
    destination: { name: names.argocdCluster, namespace },
    source: {
      repoURL: repository,
      ...(chart === undefined ? { path: path ?? "." } : { chart }),
      targetRevision: revision ?? "HEAD",
      ...(Object.keys(values).length > 0 && { helm: { valuesObject: values } }),
    },
    syncPolicy: {
      // What is false is left out: Argo CD drops it when it writes the object, and every preview would show that.
      ...(sync.automated && {
        automated: { ...(sync.prune && { prune: true }), ...(sync.selfHeal && { selfHeal: true }) },
        // Without it a sync that failed once, such as for a webhook that is still starting, is not tried again.
        retry: { limit: 5 },
      }),
      syncOptions: sync.options,
    },
  };
}

/** Where Applications of the environment's own project may come from. */
export function projectSources({ argocd, applications }: Settings): string[] {
  const own = Object.values(applications).filter(({ project }) => project === undefined);
  return [...new Set([...argocd.sources, ...own.map(({ repository }) => repository)])];
}

/** The environment's Applications in Argo CD. */
export function applications(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): CustomResource[] {
  const { namespace, deleteTimeoutSeconds } = env.argocd;
  // For one that is removed from the configuration; a destroy has deleted them before, by jobs/delete-applications.ts.
  const customTimeouts = { delete: `${deleteTimeoutSeconds}s` };
  return Object.entries(env.applications).map(
    ([key, application]) =>
      new CustomResource(
        `${name}-application-${key}`,
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: {
            name: applicationName(key, env.environment),
            namespace,
            finalizers: [CASCADE],
            labels: { [ENVIRONMENT_LABEL]: env.environment },
            annotations: OWN_OBJECT,
          },
          spec: applicationSpec(env.names, application),
        },
        mergeOptions(opts, { customTimeouts }),
      ),
  );
}

/** What the jobs need to know of the environment's Applications. */
function jobInput(
  env: ResolvedEnvironment,
  namespace: Namespace,
  cluster: Secret,
  deployed: readonly CustomResource[] = [],
) {
  const { names, argocd } = env;
  const made = all(deployed.map(({ metadata }) => metadata.uid));
  return all([namespaceInput(namespace), cluster.metadata.uid, made]).apply(([environment, secretUid, uids]) =>
    program("applications", {
      host: configuredHost(),
      environment,
      label: env.environment,
      namespace: argocd.namespace,
      cluster: { name: names.argocdCluster, server: names.inClusterUrl, apiUrl: names.apiUrl, secretUid },
      controlPlane: { namespace: names.namespace, release: names.release },
      applications: Object.entries(env.applications).map(([key, application], index) => ({
        name: applicationName(key, env.environment),
        wait: application.wait,
        digest: digest(applicationSpec(names, application)),
        uid: uids[index],
      })),
      syncTimeoutSeconds: argocd.syncTimeoutSeconds,
      deleteTimeoutSeconds: argocd.deleteTimeoutSeconds,
    }),
  );
}

/**
 * Deletes the environment's Applications before anything else that this depends on, and stops the destroy where
 * Applications of others use the environment, or the host is another one.
 *
 * `destroy` runs only what is in the state. So it is a command that has its program and the host's address in its
 * inputs; the credentials are read at that time, from where the Kubernetes provider has them. It does nothing on `up`, so
 * that it is in the state even when the Applications never become healthy.
 */
export function applicationsGuard(
  name: string,
  env: ResolvedEnvironment,
  namespace: Namespace,
  cluster: Secret,
  opts: CustomResourceOptions,
): Command {
  const stdin = jobInput(env, namespace, cluster);
  // No triggers: a replacement would delete Applications of an environment that stays.
  return jobCommand(name, stdin, { delete: "delete-applications", logging: "stderr" }, opts);
}

/**
 * Waits until the Applications are Synced and Healthy, when the environment is created, they change or are made again.
 *
 * @param deployed what {@link applications} returned
 */
export function awaitApplications(
  name: string,
  env: ResolvedEnvironment,
  namespace: Namespace,
  cluster: Secret,
  deployed: readonly CustomResource[],
  opts: CustomResourceOptions,
): Command {
  const stdin = jobInput(env, namespace, cluster, deployed);
  return jobCommand(name, stdin, { create: "wait-for-applications", logging: "stderr" }, opts);
}

/** Changes with the specification. */
export function digest(spec: JsonObject): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex");
}
