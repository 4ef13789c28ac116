/** Limit of one request of a job to the host. */
export const REQUEST_MS = 15_000;

/** Whether a destroy is to go on where it would stop: what stops it says when this helps. */
export function isForced(env = process.env): boolean {
  return ["1", "true"].includes(env["VCLUSTER_ENVIRONMENTS_FORCE_DESTROY"] ?? "");
}
