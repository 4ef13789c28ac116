import { type Environment, environmentsOf } from "../../doctor/list/environments";
import { listAsPage } from "../../doctor/list/page";
import { listForPeople } from "../../doctor/list/print";
import { type Raw, readRaw, type Stack } from "../../doctor/list/raw";
import { connect, type HostClient } from "../../host/client";
import { hostOptions } from "../host-client";
import { askPulumi } from "../pulumi";
import { writeReport } from "../report-file";
import type { StackAccess } from "../target";

const REQUEST_MS = 10_000;

/**
 * Prints all environments of the stack's host, and stacks of its backend that have none there.
 *
 * @param html file for the same as a page
 */
export async function list(target: StackAccess, json: boolean, html?: string): Promise<void> {
  const host = connect(await hostOptions(target), { requestMs: REQUEST_MS });
  const raw = await readRaw(host, backendStacks());
  const environments = environmentsOf(raw);
  if (html !== undefined) writeReport(html, listAsPage(host.server, environments, raw.now, raw.unread));
  console.log(asText(host, raw, environments, json));
}

/** The list as text. */
export async function listed(
  host: HostClient,
  stacks: Promise<readonly Stack[] | undefined>,
  json: boolean,
): Promise<string> {
  const raw = await readRaw(host, stacks);
  return asText(host, raw, environmentsOf(raw), json);
}

function asText(
  { server }: HostClient,
  { now, unread }: Raw,
  environments: readonly Environment[],
  json: boolean,
): string {
  return json ? asJson(server, environments, now, unread) : listForPeople(environments, now, unread);
}

/** The list for programs, by docs/list.schema.json. Its fields are never renamed. */
export function asJson(
  host: string,
  environments: readonly Environment[],
  now: Date,
  unread: readonly string[],
): string {
  return JSON.stringify({ host, at: now.toISOString(), environments, unread }, undefined, 2);
}

/** Stacks of this project in the backend; undefined where it cannot be asked, so that nothing counts as left over. */
async function backendStacks(): Promise<readonly Stack[] | undefined> {
  try {
    return JSON.parse(await askPulumi("stack", "ls", "--json", "--non-interactive")) as Stack[];
  } catch {
    return undefined;
  }
}
