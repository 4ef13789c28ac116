import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../../shared/checkout";

/** What an annotation asks a controller for. */
export type Ask = "host" | "certificate" | "matcher" | "backend" | "snippet" | "auth" | "other";

interface Source {
  /** On GitHub. */
  repository: string;
  path: string;
  /** Or the tag, for what was read in a Go module. */
  commit: string;
}

interface Controller {
  controller: string;
  /** What stands before a name in a key. */
  prefixes: string[];
  /** Takes a name behind any domain for its own. */
  anyPrefix?: boolean;
  sources: Source[];
  asks: Partial<Record<Ask, string[]>>;
}

interface Kinds {
  group: string;
  source: Source;
  /** Resources, with the fields by which they ask for hosts, certificates, matchers and backends. */
  asks: Record<string, string[]>;
}

/** Everything that ingress controllers are asked for, as their sources have it. */
export const known = JSON.parse(
  fs.readFileSync(path.join(checkoutDir, "test", "data", "ingress-annotations.json"), "utf8"),
) as { controllers: Controller[]; kinds: Kinds[] };

export interface Annotation {
  controller: string;
  key: string;
  ask: Ask;
}

/** The annotations of some controllers by their whole keys. */
export function annotations(controllers: readonly Controller[] = known.controllers): Annotation[] {
  return controllers.flatMap(({ controller, prefixes, asks }) =>
    Object.entries(asks).flatMap(([ask, names]) =>
      prefixes.flatMap((prefix) => names.map((name) => ({ controller, key: prefix + name, ask: ask as Ask }))),
    ),
  );
}
