import type { EnforcementLevel, PolicyPackConfig } from "@pulumi/policy";

/** Rules that warn and do not block. */
const ADVISORY: readonly string[] = ["chart-version-supported"];

/** Rules about the isolation of an environment on its host; the profile `open` disables them. */
export const ISOLATION: readonly string[] = [
  "isolation-quota",
  "isolation-limit-range",
  "isolation-network-policies",
  "pod-security-level",
];

export type Profile = "recommended" | "strict" | "open";

/** The enforcement level of a rule in a profile; `recommended` is the pack's default. */
export function levelOf(rule: string, profile: Profile): EnforcementLevel {
  if (ADVISORY.includes(rule)) return "advisory";
  if (ISOLATION.includes(rule) && profile === "open") return "disabled";
  return "mandatory";
}

/** Additional rule configuration of the strict profile. */
const STRICT_CONFIG: PolicyPackConfig = {
  // No version past its end of life.
  "chart-version-supported": { acceptedVersions: [] },
};

/** A profile as the engine reads it: `pulumi preview --policy-pack policy --policy-pack-config <file>`. */
export function configOf(profile: Profile, rules: readonly { readonly name: string }[]): PolicyPackConfig {
  return Object.fromEntries(
    rules.map(({ name }) => {
      const more = profile === "strict" ? STRICT_CONFIG[name] : undefined;
      return [name, { enforcementLevel: levelOf(name, profile), ...(typeof more === "object" ? more : {}) }];
    }),
  );
}
