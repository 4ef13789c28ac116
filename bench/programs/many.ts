// Declares that many environments in one program, against the SDK's own stand-in for the engine, and prints what it took:
// `many.js <count> [<batch>]`. With a batch it waits for so many before it declares the next.
import * as pulumi from "@pulumi/pulumi";

import { Environment } from "../../components/environment";
import { base64 } from "../../shared/base64";

const conf = base64("client-certificate-data: QQ==\nclient-key-data: QQ==\n");

/** What the host has, and what a control plane would have made by then. */
function outputs(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type === "kubernetes:helm.sh/v3:Release") {
    return { ...inputs, status: { name: inputs["name"], namespace: inputs["namespace"], revision: 1 } };
  }
  if (type === "kubernetes:core/v1:Secret") {
    return { ...inputs, data: { "ca.crt": "QQ==", "admin.conf": conf, ...(inputs["data"] ?? {}) } };
  }
  if (type === "kubernetes:discovery.k8s.io/v1:EndpointSlice") {
    return { ...inputs, endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 6443, protocol: "TCP" }] };
  }
  return type === "command:local:Command" ? { ...inputs, stdout: "token", stderr: "" } : inputs;
}

async function main(count: number, batch = count): Promise<void> {
  let resources = 0;
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({}),
    newResource: ({ type, name, id, inputs }) => {
      resources += 1;
      return { id: id ?? `${name}-id`, state: outputs(type, inputs as Record<string, unknown>) };
    },
  };
  await pulumi.runtime.setMocks(mocks, "vcluster-environments", "many", false, "organization");
  const begin = performance.now();
  for (let i = 0; i < count; i += batch) {
    const made = Array.from(
      { length: Math.min(batch, count - i) },
      (_, j) => new Environment(`e${i + j}`, { domain: "example.org" }),
    );
    if (batch < count) await Promise.all(made.map(({ kubeconfig }) => new Promise((done) => kubeconfig.apply(done))));
  }
  await pulumi.runtime.disconnect();
  const wallSeconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage();
  const bytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ resources, wallSeconds, cpuSeconds: (user + system) / 1e6, bytes }));
}

const [count, batch] = process.argv.slice(2).map(Number);
void main(count ?? 1, batch);
