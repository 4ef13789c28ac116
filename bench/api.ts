import * as https from "node:https";

import type { V1Pod } from "@kubernetes/client-node";

import { answerTo } from "../shared/http";
import { waitFor } from "../shared/wait";
import { Cluster, reference } from "../testing/cluster";

const LIMIT_MS = 300_000;

/** Waits until the URL answers with status 200; its certificate must be of the authority, where one is given. */
export async function answers(url: string, authority?: string): Promise<void> {
  const trust = authority === undefined ? { rejectUnauthorized: false } : { ca: authority };
  const options = { ...trust, agent: false, timeout: 2_000 };
  const ready = async () => {
    const request = https.get(url, options).once("timeout", () => request.destroy());
    return (await answerTo(request)).status === 200;
  };
  await waitFor(ready, { what: `${url} to answer with 200`, timeoutMs: LIMIT_MS, everyMs: 50 });
}

/** Waits until the API of the control plane answers in its own pod. */
export async function podAnswers(namespace: string, name: string): Promise<void> {
  const host = Cluster.host();
  const address = async () => (await host.get<V1Pod>(reference("v1", "Pod", name, namespace)))?.status?.podIP;
  const what = `an address of pod ${namespace}/${name}`;
  const ip = await waitFor(address, { what, timeoutMs: LIMIT_MS, everyMs: 200 });
  return answers(`https://${ip}:8443/readyz`);
}
