import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";

import { Cluster, reference } from "../testing/cluster";

const PAUSE_MS = 50;
const LIMIT_MS = 300_000;

/** Waits until the URL answers with status 200; its certificate must be of the authority, where one is given. */
export async function answers(url: string, authority?: string): Promise<void> {
  const trust = authority === undefined ? { rejectUnauthorized: false } : { ca: authority };
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    if ((await status(url, trust)) === 200) return;
    await delay(PAUSE_MS);
  }
  throw new Error(`${url} did not answer with 200 within ${LIMIT_MS / 1000} s`);
}

/** Waits until the API of the control plane answers in its own pod. */
export async function podAnswers(namespace: string, name: string): Promise<void> {
  const host = Cluster.host();
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    const pod = await host.get<V1Pod>(reference("v1", "Pod", name, namespace));
    const ip = pod?.status?.podIP;
    if (ip !== undefined) return answers(`https://${ip}:8443/readyz`);
    await delay(4 * PAUSE_MS);
  }
  throw new Error(`pod ${namespace}/${name} got no address within ${LIMIT_MS / 1000} s`);
}

function status(url: string, trust: https.RequestOptions): Promise<number> {
  return new Promise((resolve) => {
    const request = https.get(url, { ...trust, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => {
      resolve(0); // not there yet
    });
  });
}
