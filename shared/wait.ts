import { setTimeout as delay } from "node:timers/promises";

export interface Wait {
  /** What is waited for, as it completes "waited 60 s for ...". */
  what: string;
  timeoutMs: number;
  /** Time between two looks. Default: 250 ms. */
  everyMs?: number;
  /** Asked at a timeout for what else helps to understand it. */
  explain?: () => Promise<string>;
}

/**
 * Looks several times a second until the condition returns something other than `undefined` or `false`. A condition
 * that throws is not fulfilled yet; one that never answers does not outlive the time limit.
 *
 * @throws Error naming what was waited for, how long, the last failure and the explanation.
 */
export async function waitFor<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  wait: Wait,
): Promise<T> {
  const end = Date.now() + wait.timeoutMs;
  let last = "";
  do {
    try {
      const found = await within(end - Date.now(), Promise.resolve().then(condition));
      if (found !== undefined && found !== false) return found;
      last = "";
    } catch (error) {
      last = `\nthe last attempt: ${error instanceof Error ? error.message : String(error)}`;
    }
    await delay(Math.min(wait.everyMs ?? 250, Math.max(0, end - Date.now())));
  } while (Date.now() < end);
  const explain = wait.explain ?? (() => Promise.resolve(""));
  const explanation = await within(10_000, explain()).catch((error: unknown) => `(no explanation: ${String(error)})`);
  throw new Error(`waited ${wait.timeoutMs / 1000} s for ${wait.what}${last}${explanation && `\n${explanation}`}`);
}

/** @throws Error when the promise is not settled within so many milliseconds. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const abort = new AbortController();
  const limit = delay(Math.max(0, ms), undefined, { signal: abort.signal }).then(() => {
    throw new Error("no answer");
  });
  limit.catch(() => undefined); // aborted, or lost the race
  try {
    return await Promise.race([promise, limit]);
  } finally {
    abort.abort();
  }
}
