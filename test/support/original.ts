import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";

/** Headings and code blocks of the architecture that this project implements, as they were written. */
const text = fs.readFileSync(path.join(checkoutDir, "test/support/original.md"), "utf8");

/** Code blocks of the original by place: the heading above, with the number of the block where it is not the first. */
export const BLOCKS: ReadonlyMap<string, string> = blocks();

function blocks(): Map<string, string> {
  const found = new Map<string, string>();
  let heading = "";
  for (const [, title, , body] of text.matchAll(/^#+ (.*)$|^( *)```\w*\n([^]*?)^ *```$/gm)) {
    if (title !== undefined) heading = title;
    if (body === undefined) continue;
    const count = [...found.keys()].filter((place) => place.startsWith(`${heading}#`)).length;
    found.set(`${heading}#${count + 1}`, body);
  }
  return found;
}

export function block(place: string): string {
  const body = BLOCKS.get(place);
  if (body === undefined) throw new Error(`the original has no block ${place}`);
  return body;
}

/** Values for the chart, from "VCluster Configuration", as data. */
export const HELM_VALUES = {
  sync: {
    fromHost: {
      nodes: { enabled: true },
      ingressClasses: { enabled: true },
      secrets: {
        enabled: true,
        mappings: { byName: { "nextjs/*": "nextjs/*", "backstage/*": "backstage/*" } },
      },
    },
    toHost: { serviceAccounts: { enabled: true }, ingresses: { enabled: true } },
  },
  controlPlane: {
    advanced: { virtualScheduler: { enabled: true } },
    proxy: { extraSANs: ["vcluster-dev-helm.dev-vcluster.svc", "dev-vcluster.cnoe.localtest.me"] },
  },
};

/** From "Resource Allocation". */
export const RESOURCES = {
  dev: { limits: { cpu: "2", memory: "4Gi" }, requests: { cpu: "1", memory: "2Gi" } },
  staging: { limits: { cpu: "4", memory: "8Gi" }, requests: { cpu: "2", memory: "4Gi" } },
};
