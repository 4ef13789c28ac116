import * as net from "node:net";

import type { Cluster } from "../../testing/cluster";

/** A TCP port of a Service, by the Service's own address. */
export interface ServicePort {
  /** `namespace/name` */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** TCP ports of all Services of the host that have an address and ready endpoints. */
export async function servicePorts(host: Cluster): Promise<ServicePort[]> {
  const [services, endpoints] = await Promise.all([
    host.core.listServiceForAllNamespaces(),
    host.core.listEndpointsForAllNamespaces(),
  ]);
  const ready = new Set(
    endpoints.items
      .filter(({ subsets = [] }) => subsets.some(({ addresses = [] }) => addresses.length > 0))
      .map(qualifiedName),
  );
  return services.items
    .filter((service) => ready.has(qualifiedName(service)))
    .flatMap((service) => {
      const { clusterIP = "None", ports = [] } = service.spec ?? {};
      const tcp = clusterIP === "None" ? [] : ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
      return tcp.map(({ port }) => ({ name: qualifiedName(service), address: clusterIP, port }));
    });
}

/** Those of the ports that accept no connection from the node within two seconds, with the reason. */
export async function unreachable(ports: readonly ServicePort[]): Promise<string[]> {
  const results = await Promise.all(
    ports.map(async ({ name, address, port }) => {
      const problem = await connect(address, port);
      return problem === undefined ? [] : [`${name} (${address}:${port}): ${problem}`];
    }),
  );
  return results.flat();
}

function connect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2_000 });
    const end = (problem?: string) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end("no answer");
    });
    socket.once("error", (error) => {
      end(error.message);
    });
  });
}

function qualifiedName({ metadata }: { metadata?: { namespace?: string; name?: string } }): string {
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}
