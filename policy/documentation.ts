import type { PolicyPackConfig } from "@pulumi/policy";
import { markdownTable } from "../shared/table";
import { configOf, levelOf, type Profile } from "./profiles";
import { rules, type Rule } from "./rules";

// Files generated from the rules. A test compares them with those in the repository.

export const PROFILES: readonly Profile[] = ["recommended", "strict", "open"];

/** File of a profile for `--policy-pack-config`. */
export function profileFile(profile: Profile): string {
  const config: PolicyPackConfig = configOf(profile, rules);
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** What docs/policies.md says of the rules. */
export function ruleSections(): string {
  return `${[overview(), ...rules.map(section)].join("\n\n")}\n`;
}

function overview(): string {
  return markdownTable([
    ["rule", "severity", ...PROFILES, "can remediate", "requirement"],
    ...rules.map((rule) => [
      `[\`${rule.name}\`](#${rule.name})`,
      rule.severity ?? "",
      ...PROFILES.map((profile) => levelOf(rule.name, profile)),
      "remediateResource" in rule ? "yes" : "",
      rule.description,
    ]),
  ]);
}

function section(rule: Rule): string {
  const settings = Object.entries(rule.configSchema?.properties ?? {}).filter(([key]) => key !== "exempt");
  return [
    `## ${rule.name}`,
    rule.description,
    `To comply: ${rule.remediationSteps ?? ""} [More](${rule.url ?? ""})`,
    ...(settings.length > 0
      ? [
          markdownTable([
            ["setting", "default", "meaning"],
            ...settings.map(([key, { default: fallback, description = "" }]) => [
              `\`${key}\``,
              `\`${JSON.stringify(fallback)}\``,
              description,
            ]),
          ]),
        ]
      : []),
  ].join("\n\n");
}
