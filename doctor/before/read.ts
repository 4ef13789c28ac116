import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";

import type { Settings } from "../../components/config/defaults";
import type { HostClient } from "../../host/client";
import { getIn } from "../../shared/json";
import { readObjects } from "../read/host";
import { silenceOf } from "../read/read";
import { Reader } from "../read/reader";
import type { MissingRight, ProbeParts, Snapshot, Subject } from "../snapshot";
import { tryPassthrough } from "./passthrough";

const CONNECT_MS = 3_000;

/** Reads and tries what matters before the first update of an environment. Never rejects. */
export async function readBefore(
  host: HostClient,
  subject: Subject & { readonly expected: Settings },
  now = new Date(),
): Promise<Snapshot> {
  const reader = new Reader(host);
  await reader.part("version", async () => String(getIn(await host.get("/version"), "gitVersion")));
  const problem = reader.read.version === undefined ? await silenceOf(host) : undefined;
  Object.assign(reader.read, { connection: problem === undefined ? {} : { problem } });
  if (problem === undefined) {
    await Promise.all([
      readObjects(reader, subject),
      reader.part("ownRights", () => missingRights(host, subject)),
      reader.part("api", () => wayToIngress(subject)),
      reader.part("passthrough", async () => {
        if (!["nginx", "haproxy"].includes(subject.expected.ingress.controller)) return undefined;
        const seen = await tryPassthrough(host, subject.expected);
        return seen === undefined ? {} : { problem: seen };
      }),
    ]);
  }
  return { ...subject, now, read: reader.read, unread: reader.unread };
}

/** What an update makes, by verb, group, kind and place; an empty place is the whole host. */
function rightsOfUpdate({ names, expected }: Subject & { readonly expected: Settings }): string[][] {
  const argocd = expected.argocd.register ? [["create", "", "secrets", expected.argocd.namespace]] : [];
  return [
    ["create", "", "namespaces", ""],
    ["create", "rbac.authorization.k8s.io", "clusterroles", ""],
    // Kubernetes refuses to grant rights that the user lacks, without this one.
    ["escalate", "rbac.authorization.k8s.io", "clusterroles", ""],
    ["create", "scheduling.k8s.io", "priorityclasses", ""],
    ["create", "admissionregistration.k8s.io", "validatingadmissionpolicies", ""],
    ["create", "apps", "statefulsets", names.namespace],
    ["create", "", "secrets", names.namespace],
    ["create", "networking.k8s.io", "ingresses", names.namespace],
    ["create", "networking.k8s.io", "networkpolicies", names.namespace],
    ...argocd,
  ];
}

async function missingRights(host: HostClient, subject: Subject & { readonly expected: Settings }) {
  const answers = await Promise.all(
    rightsOfUpdate(subject).map(
      async ([verb = "", group = "", resource = "", namespace = ""]): Promise<MissingRight[]> => {
        const answer = await host.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes: { verb, group, resource, namespace } },
        });
        return getIn(answer, "status", "allowed") === true ? [] : [{ namespace, right: `${verb} ${resource}` }];
      },
    ),
  );
  return answers.flat();
}

/** Whether the API's name leads to something that listens; what that is, the passthrough says. */
async function wayToIngress({ names }: Subject): Promise<ProbeParts["api"]> {
  try {
    await lookup(names.apiHost);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return { failure: { code: "api-host-unresolvable", message: `${names.apiHost} does not resolve (${reason})` } };
  }
  const socket = connect({ host: names.apiHost, port: names.apiPort, timeout: CONNECT_MS });
  socket.once("timeout", () => socket.destroy(new Error(`no answer within ${CONNECT_MS / 1000} s`)));
  try {
    await once(socket, "connect");
    return {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      failure: { code: "ingress-port-closed", message: `port ${names.apiPort} of ${names.apiHost}: ${reason}` },
    };
  } finally {
    socket.destroy();
  }
}
