import { getIn } from "../../shared/json";
import { SCHEDULERS } from "../../shared/vcluster/scheduler";
import { sourceNamespace } from "../../shared/vcluster/sync-mappings";
import { text } from "../objects";
import type { MissingRight, Subject } from "../snapshot";
import { isOn, mappingsOf } from "./mappings";
import type { Reader } from "./reader";

interface Right {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Asks the host whether the syncer may do what it needs. Nothing is stored by such a question. */
export async function readSyncerRights(reader: Reader, subject: Subject): Promise<void> {
  const { statefulSet } = reader.read.state ?? {};
  if (statefulSet === undefined) {
    reader.leave("syncerRights", "there is no control plane");
    return;
  }
  const account = text(statefulSet, "spec.template.spec.serviceAccountName") || subject.names.syncer;
  await reader.part("syncerRights", async () => {
    const answers = await Promise.all(
      neededRights(reader, subject).map(async (right): Promise<MissingRight[]> => {
        const { verb, group = "", resource, namespace = "" } = right;
        const answer = await reader.host.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: `system:serviceaccount:${subject.names.namespace}:${account}`,
            groups: [
              "system:serviceaccounts",
              `system:serviceaccounts:${subject.names.namespace}`,
              "system:authenticated",
            ],
            resourceAttributes: { verb, group, resource, namespace },
          },
        });
        if (getIn(answer, "status", "allowed") === true) return [];
        return [{ namespace, right: `${verb} ${resource}${group === "" ? "" : `.${group}`}` }];
      }),
    );
    return answers.flat();
  });
}

function neededRights(reader: Reader, { names }: Subject): Right[] {
  const { namespace } = names;
  const on = (path: string) => isOn(reader, path);
  const { secrets, configMaps } = mappingsOf(reader.read.state?.values);
  const sources = (mappings: Readonly<Record<string, string>>, resource: string): Right[] =>
    [...new Set(Object.keys(mappings).map(sourceNamespace))]
      .filter((source) => source !== "")
      .map((source) => ({ verb: "list", resource, namespace: source }));
  return [
    ...["pods", "services", "secrets", "configmaps"].map((resource) => ({ verb: "create", resource, namespace })),
    ...(on("sync.toHost.ingresses.enabled")
      ? [{ verb: "create", group: "networking.k8s.io", resource: "ingresses", namespace }]
      : []),
    ...(on("sync.fromHost.nodes.enabled") ? [{ verb: "list", resource: "nodes" }] : []),
    ...(on("sync.fromHost.ingressClasses.enabled")
      ? [{ verb: "list", group: "networking.k8s.io", resource: "ingressclasses" }]
      : []),
    ...(SCHEDULERS.some(on) ? [{ verb: "list", resource: "pods" }] : []),
    ...sources(secrets, "secrets"),
    ...sources(configMaps, "configmaps"),
  ];
}
