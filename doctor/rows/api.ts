import type { ApiCode } from "../../components/jobs/api-readiness";
import type { Row, Section } from "../model";
import type { Snapshot } from "../snapshot";

/** Objects on the way to the API: where one of them is wrong, the check of the way fails because of it. */
const ON_THE_WAY = [
  "namespaces",
  "host",
  "control-plane",
  "source-namespace-missing",
  "scheduler-without-nodes",
  "mapping-invalid",
];

type Words = Pick<Row, "healthy" | "cause" | "fix"> &
  Partial<Pick<Row, "fixElsewhere" | "follows" | "page">> & {
    /** Command for what was read, in place of `fix`. */
    readonly fixFor?: (snapshot: Snapshot) => string | undefined;
  };

/** A row for a failure that the readiness check of `up` tells: both have the same codes. */
export function apiRow(
  code: ApiCode,
  section: Section,
  { follows = [], fixFor = () => undefined, ...words }: Words,
): Row {
  return {
    code,
    section,
    severity: "error",
    ...words,
    needs: ["api"],
    follows: [...ON_THE_WAY, ...follows],
    find: (snapshot) => {
      const { api } = snapshot.read;
      if (api?.failure?.code !== code) return [];
      const fix = fixFor(snapshot);
      return [{ what: snapshot.names.apiUrl, seen: api.failure.message, ...(fix !== undefined && { fix }) }];
    },
  };
}
