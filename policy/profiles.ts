import type { EnforcementLevel, PolicyPackConfig } from "@pulumi/policy";

/** Rules that say what they see and stop nothing. */
const ADVISORY: readonly string[] = ["chart-version-supported"];

/** Rules about the bounds of an environment on its host. The profile `open` is for stacks that do without them. */
export const ISOLATION: readonly string[] = [
  "isolation-quota",
  "isolation-limit-range",
  "isolation-network-policies",
  "pod-security-level",
];

export type Profile = "recommended" | "strict" | "open";

/** The enforcement level of a rule in a profile; `recommended` is what the pack does without configuration. */
export function levelOf(rule: string, profile: Profile): EnforcementLevel {
  if (ADVISORY.includes(rule)) return "advisory";
  if (ISOLATION.includes(rule) && profile === "open") return "disabled";
  return "mandatory";
}

/** Configuration of rules, beyond their levels, that only the strict profile has. */
const STRICT_CONFIG: PolicyPackConfig = {
  // Accept no version past its end of life.
  "chart-version-supported": { acceptedVersions: [] },
};

/** A profile as the engine takes it: `pulumi preview --policy-pack policy --policy-pack-config <file>`. */
export function configOf(profile: Profile, rules: readonly { readonly name: string }[]): PolicyPackConfig {
  return Object.fromEntries(
    rules.map(({ name }) => {
      const more = profile === "strict" ? STRICT_CONFIG[name] : undefined;
      return [name, { enforcementLevel: levelOf(name, profile), ...(typeof more === "object" ? more : {}) }];
    }),
  );
}
