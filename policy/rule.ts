import type {
  Policy,
  PolicyConfigSchema,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { formatUpTo } from "../shared/json";
import { setAt, type JsonObject } from "./json";
import { kindOf, type Resource } from "./kubernetes";
import { UnknownValueError } from "./sdk";
import { secretsOf } from "./secretness";
import { readableVclusters, vclustersIn, type Vcluster } from "./vcluster";

/** A violation at one property. */
export interface Finding {
  /** Property path inside the resource. */
  readonly path: string;
  readonly problem: string;
  /** The value found there, not shown where the engine knows of a secret in that property. */
  readonly value?: unknown;
  readonly allowed: string;
  readonly fix: string;
}

export interface Context<Config> {
  readonly config: Config;
  readonly report: (finding: Finding) => void;
}

/** The context of a rule about a stack, which names the resource of each violation. */
interface StackContext<Config> {
  readonly config: Config;
  readonly report: (resource: Resource, finding: Finding) => void;
}

/** Configuration with these lists of strings. */
export type Lists<Key extends string> = Readonly<Record<Key, readonly string[]>>;

/** The context of a rule about chart values. */
interface VclusterContext<Config> extends Context<Config> {
  /** Reports a violation at a dotted path of the chart's values, with the value found there. */
  readonly reportValue: (path: string, finding: Omit<Finding, "path" | "value">) => void;
}

/** The documented part of a rule. Its enforcement level comes from the profile (profiles.ts). */
interface Description {
  readonly name: string;
  readonly description: string;
  readonly severity: NonNullable<Policy["severity"]>;
  readonly remediationSteps: string;
  readonly url: string;
  /** Properties of the rule's configuration, each with a default; every rule also has `exempt`. */
  readonly configSchema?: PolicyConfigSchema["properties"];
}

const EXEMPT: PolicyConfigSchema["properties"] = {
  exempt: textList([], "Pulumi names of resources that this rule skips."),
};

/** A list of strings in a rule's configuration. */
export function textList(fallback: string[], description: string): PolicyConfigJSONSchema {
  return { type: "array", items: { type: "string" }, default: fallback, description };
}

type Exempt = Partial<Lists<"exempt">>;

function policyOf({ configSchema, ...description }: Description): Policy {
  return { ...description, configSchema: { properties: { ...configSchema, ...EXEMPT } } };
}

/** A rule about each deployment of the vcluster chart. Values that cannot be read are left to `values-readable`. */
export function vclusterRule<Config extends object>(
  rule: Description & {
    readonly evenUnreadable?: boolean;
    readonly check: (vcluster: Vcluster, context: VclusterContext<Config>) => void;
    /** The value that a remediation sets. */
    readonly remedy?: { readonly path: string; readonly value: unknown };
  },
): ResourceValidationPolicy {
  const { check, remedy, evenUnreadable = false, ...description } = rule;
  const vclusters = evenUnreadable ? vclustersIn : readableVclusters;
  return resourceRule<Config>({
    ...description,
    applies: (resource) =>
      vclusters(resource).length > 0 ? undefined : "does not deploy the vcluster chart with values that can be read",
    check: (resource, context) => {
      for (const vcluster of vclusters(resource)) {
        const { values } = vcluster;
        const reportValue: VclusterContext<Config>["reportValue"] = (path, finding) => {
          context.report({ path: values.where(path), value: values.get(path), ...finding });
        };
        check(vcluster, { ...context, reportValue });
      }
    },
    ...(remedy && {
      remediate: (resource) => {
        const targets = readableVclusters(resource).filter(
          ({ values }) => !values.isText && values.get(remedy.path) !== remedy.value,
        );
        targets.forEach(({ values }) => {
          setAt(resource.props, [...values.location, ...remedy.path.split(".")], remedy.value);
        });
        return targets.length > 0 ? resource.props : undefined;
      },
    }),
  });
}

/** A rule about single resources. `applies` returns the reason why it does not apply to one. */
export function resourceRule<Config extends object>(
  rule: Description & {
    readonly applies: (resource: Resource) => string | undefined;
    readonly check: (resource: Resource, context: Context<Config>) => void;
    readonly remediate?: (resource: Resource, config: Config) => JsonObject | undefined;
  },
): ResourceValidationPolicy {
  const { applies, check, remediate, ...description } = rule;
  /** The configuration for a resource that the rule applies to. For any other, `notApplicable` throws and ends the rule. */
  const configOf = (args: ResourceValidationArgs): Config => {
    const config = args.getConfig<Config & Exempt>();
    const reason = config.exempt?.includes(args.name) ? "exempt by configuration" : applies(args);
    return reason === undefined ? config : args.notApplicable(reason);
  };
  return {
    ...policyOf(description),
    validateResource: (args, reportViolation) => {
      const report = (finding: Finding): void => {
        reportViolation(messageOf(args, finding));
      };
      check(args, { config: configOf(args), report });
    },
    ...(remediate && { remediateResource: (args) => remediate(args, configOf(args)) }),
  };
}

/** A rule about all resources of a stack. `applies` returns the reason why it does not apply to one. */
export function stackRule<Config extends object>(
  rule: Description & {
    readonly applies: (resources: readonly Resource[]) => string | undefined;
    readonly check: (resources: readonly Resource[], context: StackContext<Config>) => void;
  },
): StackValidationPolicy {
  const { applies, check, ...description } = rule;
  return {
    ...policyOf(description),
    validateStack: (args, reportViolation) => {
      const config = args.getConfig<Config & Exempt>();
      const resources = args.resources.filter(({ name }) => !config.exempt?.includes(name));
      const reason = applies(resources);
      if (reason !== undefined) args.notApplicable(reason);
      const report = (resource: Resource, finding: Finding): void => {
        reportViolation(messageOf(resource, finding), resource.urn);
      };
      check(resources, { config, report });
    },
  };
}

/** The `applies` of a rule for some kinds of Kubernetes objects. */
export function ofKind(...kinds: string[]): (resource: Resource) => string | undefined {
  return (resource) =>
    kinds.includes(kindOf(resource) ?? "") ? undefined : `applies to resources of kind ${kinds.join(", ")}`;
}

/**
 * The value, or undefined while it is unknown. Only for what no preview can know (a token, a certificate): the same
 * check runs again during the update, before the resource is created. Everywhere else the engine reports that the policy
 * could not run because of an unknown value.
 */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

const LONGEST_VALUE = 200;

/** What is wrong and where, what was found, what is allowed, and how to fix it. */
function messageOf({ props }: Resource, finding: Finding): string {
  const [property = ""] = /^[^.[]+/.exec(finding.path) ?? [];
  const isSecret = secretsOf(props).touched.has(property);
  const found =
    "value" in finding ? ` Found: ${isSecret ? "[secret]" : formatUpTo(LONGEST_VALUE, finding.value)}.` : "";
  return `${finding.path}: ${finding.problem}.${found} Allowed: ${finding.allowed}. Fix: ${finding.fix}.`;
}
