import { CredentialPluginError, HostError, isTransient } from "../../host/client";
import { hostBusy } from "../../host/reachable";
import { UserError } from "../../shared/errors";

/** Waits for something that is read on the host; undefined where that is not possible. */
export type Attempt = <T>(what: string, reading: Promise<T>) => Promise<T | undefined>;

/**
 * An {@link Attempt} that adds what cannot be read, with the status of the answer, to a list.
 *
 * @throws UserError where the host is overloaded or faulty, or the credential plugin fails
 */
export function attemptInto(unreadable: string[]): Attempt {
  return async (what, reading) => {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof CredentialPluginError) throw new UserError(error.message);
      if (!(error instanceof HostError)) throw error;
      if (isTransient(error)) throw hostBusy(error.message);
      unreadable.push(`${what} (${error.status ?? error.code})`);
      return undefined;
    }
  };
}
