import * as assert from "node:assert/strict";

import type { V1Deployment, V1Namespace, V1Service } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import { waitFor } from "../../shared/wait";
import { killKubeProxy } from "../support/kube-proxy";
import { servicePorts, unreachable } from "../support/services";
import { webServer } from "../support/workloads";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

describe("Services of the local host", function () {
  this.timeout(420_000);
  const host = Cluster.host();
  const namespace = reference("v1", "Namespace", "e2e-services");

  before(async () => {
    await host.remove(namespace);
    await host.apply<V1Namespace>(namespace);
  });
  after(() => host.remove(namespace));

  /**
   * Service ports that accept connections, the host's API among them; some Services declare ports that no pod serves. Those
   * of environments are left out: the tests beside these ones make and destroy them meanwhile.
   */
  const answering = async () => {
    const { items } = await host.core.listNamespace({ labelSelector: ENVIRONMENT_LABEL });
    const ports = (await servicePorts(host)).filter(
      ({ name }) => !items.some(({ metadata }) => name.startsWith(`${metadata?.name ?? ""}/`)),
    );
    const answers = await Promise.all(ports.map(async (port) => (await unreachable([port])).length === 0));
    const open = ports.filter((_, index) => answers[index]);
    assert.ok(open.some(({ name }) => name === "default/kubernetes"));
    return open;
  };
  const serve = async (name: string) => {
    const { deployment, service } = webServer({ name, namespace: namespace.metadata.name, page: name });
    await host.apply<V1Deployment>(deployment);
    await host.apply<V1Service>(service);
    return waitFor(
      async () => {
        const port = (await servicePorts(host)).find((one) => one.name === `${namespace.metadata.name}/${name}`);
        return port !== undefined && (await unreachable([port])).length === 0 ? port : undefined;
      },
      { what: `Service ${name} to answer`, timeoutMs: 60_000 },
    );
  };

  it("respond after kube-proxy was killed: existing and new ones", async () => {
    await serve("before");
    const before = await answering();
    await killKubeProxy();
    assert.deepEqual(await unreachable(before), []);
    await serve("after");
  });

  it("respond after it was killed again, with the rules of the previous one", async () => {
    const before = await answering();
    await killKubeProxy();
    assert.deepEqual(await unreachable(before), []);
  });
});
