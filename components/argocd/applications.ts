import { createHash } from "node:crypto";

import { Command } from "@pulumi/command/local";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Secret } from "@pulumi/kubernetes/core/v1";
import { type CustomResourceOptions, mergeOptions, runtime, secret } from "@pulumi/pulumi";

import type { JsonObject } from "../../shared/json";
import type { ApplicationSettings, Settings } from "../config/defaults";
import { INTERPRETER, program } from "../jobs/job";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import { applicationName, type Names } from "../names";

/** Tells Argo CD to delete what an Application deployed before the Application itself goes. */
export const CASCADE = "resources-finalizer.argocd.argoproj.io";

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
      // What is false is left out: Argo CD drops it when it writes the object, and that would be a difference for ever.
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
export function applications(name: string, names: Names, s: Settings, opts: CustomResourceOptions): CustomResource[] {
  const { namespace, deleteTimeoutSeconds } = s.argocd;
  // For one that leaves the configuration. When the environment goes, jobs/delete-applications.ts has deleted them by then.
  const customTimeouts = { delete: `${deleteTimeoutSeconds}s` };
  return Object.entries(s.applications).map(
    ([key, application]) =>
      new CustomResource(
        `${name}-application-${key}`,
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: {
            name: applicationName(key, s.environment),
            namespace,
            finalizers: [CASCADE],
            annotations: BACKGROUND_DELETION,
          },
          spec: applicationSpec(names, application),
        },
        mergeOptions(opts, { customTimeouts }),
      ),
  );
}

/**
 * Waits for the Applications when the environment comes or they change, and sees to their end before anything else of
 * the environment goes: everything of it that is to be deleted later must be among what this depends on.
 *
 * `destroy` runs no program of ours but what is in the state. So it is a command that has its program and the way to
 * the host in its inputs; the credentials are read at that time, from where the Kubernetes provider has them.
 */
export function applicationLifecycle(
  name: string,
  names: Names,
  s: Settings,
  cluster: Secret,
  opts: CustomResourceOptions,
): Command {
  const { namespace, syncTimeoutSeconds, deleteTimeoutSeconds } = s.argocd;
  const option = (key: string) => runtime.getConfig(`kubernetes:${key}`);
  const stdin = cluster.metadata.uid.apply((secretUid) =>
    program("applications", {
      host: { kubeconfig: option("kubeconfig"), context: option("context"), cluster: option("cluster") },
      namespace,
      cluster: { name: names.argocdCluster, server: names.inClusterUrl, secretUid },
      controlPlane: { namespace: names.namespace, release: names.release },
      applications: Object.entries(s.applications).map(([key, application]) => ({
        name: applicationName(key, s.environment),
        wait: application.wait,
        digest: digest(applicationSpec(names, application)),
      })),
      syncTimeoutSeconds,
      deleteTimeoutSeconds,
    }),
  );
  // No triggers: a replacement would delete Applications of an environment that stays. A change of the input runs `create`.
  return new Command(
    name,
    {
      interpreter: INTERPRETER,
      create: "wait-for-applications",
      delete: "delete-applications",
      // The option may hold a whole kubeconfig.
      stdin: secret(stdin),
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    mergeOptions(opts, { additionalSecretOutputs: ["stdin"] }),
  );
}

function digest(spec: JsonObject): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex");
}
