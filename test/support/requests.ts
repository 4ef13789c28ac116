/** A request of a series, with the times of a clock in milliseconds. */
export interface Attempt {
  readonly sent: number;
  /** Undefined where it failed. */
  readonly answered: number | undefined;
}

/**
 * Sends a request every so many milliseconds, whether or not those before have been answered, until the action has ended
 * and all are.
 *
 * @param request fails where the answer is not the right one
 */
export async function requestsDuring(
  request: () => Promise<unknown>,
  everyMs: number,
  action: () => Promise<void>,
): Promise<Attempt[]> {
  const attempts: Promise<Attempt>[] = [];
  const send = () => {
    const sent = performance.now();
    attempts.push(
      request().then(
        () => ({ sent, answered: performance.now() }),
        () => ({ sent, answered: undefined }),
      ),
    );
  };
  send();
  const timer = setInterval(send, everyMs);
  try {
    await action();
  } finally {
    clearInterval(timer);
  }
  return Promise.all(attempts);
}

/** Longest time without a right answer, from the first request until the last is sent, in milliseconds. */
export function longestGap(attempts: readonly Attempt[]): number {
  const sent = attempts.map((attempt) => attempt.sent);
  const answered = attempts.flatMap((attempt) => attempt.answered ?? []);
  const end = Math.max(...sent, ...answered);
  const times = [Math.min(...sent), ...answered, end].sort((a, b) => a - b);
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}
