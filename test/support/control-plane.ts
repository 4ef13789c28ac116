import type { Registration } from "./mocks";
import { base64 } from "../../shared/base64";

const administrator = [
  "users:",
  "- name: kubernetes-super-admin",
  "  user:",
  `    client-certificate-data: ${base64("the certificate")}`,
  `    client-key-data: ${base64("the key")}`,
].join("\n");

/** What a control plane would have made by then. */
export function outputs({ type, inputs }: Pick<Registration, "type" | "inputs">): Record<string, unknown> | undefined {
  if (type === "kubernetes:helm.sh/v3:Release") {
    return { status: { name: inputs["name"], namespace: inputs["namespace"], revision: 1, status: "deployed" } };
  }
  if (type === "random:index/randomString:RandomString") return { result: "1a2b3c4d" };
  if (type === "kubernetes:discovery.k8s.io/v1:EndpointSlice") {
    return { endpoints: [{ addresses: ["192.0.2.1", "2001:db8::1"] }], ports: [{ port: 6443, protocol: "TCP" }] };
  }
  if (type === "command:local:Command") return { stdout: `output of ${String(inputs["create"])}`, stderr: "" };
  if (/^kubernetes:(core\/v1:Namespace|argoproj\.io\/v1alpha1:Application)$/.test(type))
    return { metadata: { ...(inputs["metadata"] ?? {}), uid: "the-uid" } };
  if (type !== "kubernetes:core/v1:Secret") return undefined;
  return {
    metadata: { ...(inputs["metadata"] ?? {}), uid: "the-uid" },
    data: { "ca.crt": base64("the authority"), "admin.conf": base64(administrator), ...(inputs["data"] ?? {}) },
  };
}
