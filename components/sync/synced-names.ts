import type { Settings } from "../config/defaults";
import { applicationName, longestWholeName, syncedName } from "../names";

/**
 * What the syncer will shorten on the host, as far as names are known before anything runs: charts call what they make as
 * their release, which Argo CD calls as the Application.
 *
 * @returns text for the preview, with every shortened name; undefined where there is none
 */
export function shortenedNames({ environment, names, applications }: Settings): string | undefined {
  const { release } = names;
  const lines = Object.entries(applications).flatMap(([key, { namespace }]) => {
    const name = applicationName(key, environment);
    const onHost = syncedName(name, namespace, release);
    if (onHost.endsWith(`-${release}`)) return [];
    const whole = `names of up to ${Math.max(0, longestWholeName(namespace, release))} characters in ${namespace} stay whole`;
    return [`${namespace}/${name} -> ${onHost} (${whole})`];
  });
  if (lines.length === 0) return undefined;
  return `Synced names of more than 63 characters are shortened on the host. What is called as its application: ${lines.join(", ")}`;
}
