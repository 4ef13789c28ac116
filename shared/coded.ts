/**
 * A problem of a kind that has a stable code, as those of findings (`errors.ts`): never renamed, unlike the text. Without the
 * Pulumi SDK, which the jobs in the state do not have.
 */
export class CodedError extends Error {
  constructor(
    message: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of an error for people, with the code of its problem at the end where it has one. */
export function codedMessage(error: unknown): string {
  if (error instanceof CodedError && !error.message.endsWith(`[${error.code}]`)) {
    return `${error.message} [${error.code}]`;
  }
  return error instanceof Error ? error.message : String(error);
}
