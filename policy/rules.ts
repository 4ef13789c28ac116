import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export type Rule = ResourceValidationPolicy | StackValidationPolicy;

const load = createRequire(__filename);

/** Every rule, by name: each file of `rules/` has one. `make clean build` after one was deleted. */
export const rules: readonly Rule[] = readdirSync(path.join(__dirname, "rules"))
  .filter((file) => file.endsWith(".js"))
  .sort()
  .flatMap((file) => Object.values(load(`./rules/${file}`) as Readonly<Record<string, object>>))
  .filter((item): item is Rule => "validateResource" in item || "validateStack" in item);
