import type {
  Policy,
  PolicyConfigSchema,
  ReportViolation,
  ResourceRemediation,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { setAt, type JsonObject } from "./json";
import { kindOf, type Resource } from "./kubernetes";
import { UnknownValueError } from "./sdk";
import { secretsOf } from "./secretness";
import { vclustersIn, type Vcluster } from "./vcluster";

/** What a rule has to say about one place. */
export interface Finding {
  /** Property path inside the resource. */
  readonly path: string;
  readonly problem: string;
  /** The value found there, shown unless the engine knows of a secret in that property; left out where it says nothing. */
  readonly value?: unknown;
  readonly allowed: string;
  readonly fix: string;
}

export interface Context<Config> {
  readonly config: Config;
  /** Says what is wrong; in a stack rule also on which resource (default: the stack). */
  readonly report: (finding: Finding, resource?: Resource) => void;
}

/** The part of a rule that people read. Its enforcement level is the profile's matter (profiles.ts). */
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
  exempt: textList([], "Pulumi names of resources that this rule leaves alone."),
};

/** A list of texts in a rule's configuration. */
export function textList(fallback: string[], description: string): PolicyConfigJSONSchema {
  return { type: "array", items: { type: "string" }, default: fallback, description };
}

interface Exempt {
  readonly exempt?: readonly string[];
}

function policyOf({ configSchema, ...description }: Description): Policy {
  return { ...description, configSchema: { properties: { ...configSchema, ...EXEMPT } } };
}

/** A rule about each delivery of the vcluster chart. Values that cannot be read are left to `values-readable`. */
export function vclusterRule<Config extends object>(
  rule: Description & {
    readonly evenUnreadable?: boolean;
    readonly check: (vcluster: Vcluster, context: Context<Config>, resource: Resource) => void;
    /** The one safe value, where there is one; the remediation writes it into the values. */
    readonly remedy?: { readonly path: string; readonly value: unknown };
  },
): ResourceValidationPolicy {
  const { check, remedy, evenUnreadable = false, ...description } = rule;
  return resourceRule<Config>({
    ...description,
    applies: (resource) =>
      vclustersIn(resource).some(({ unreadable }) => evenUnreadable || unreadable.length === 0)
        ? undefined
        : "does not deliver the vcluster chart with values that can be read",
    check: (resource, context) => {
      vclustersIn(resource)
        .filter(({ unreadable }) => evenUnreadable || unreadable.length === 0)
        .forEach((vcluster) => {
          check(vcluster, context, resource);
        });
    },
    ...(remedy && {
      remediate: (resource) => {
        const targets = vclustersIn(resource).filter(
          ({ unreadable, values }) =>
            unreadable.length === 0 && !values.isText && values.get(remedy.path) !== remedy.value,
        );
        targets.forEach(({ values }) => {
          setAt(resource.props, [...values.location, ...remedy.path.split(".")], remedy.value);
        });
        return targets.length > 0 ? resource.props : undefined;
      },
    }),
  });
}

/** A rule about single resources. `applies` gives the reason why it is not about this one. */
export function resourceRule<Config extends object>(
  rule: Description & {
    readonly applies: (resource: Resource) => string | undefined;
    readonly check: (resource: Resource, context: Context<Config>) => void;
    readonly remediate?: (resource: Resource, config: Config) => JsonObject | undefined;
  },
): ResourceValidationPolicy {
  const { applies, check, remediate, ...description } = rule;
  const skipReason = (resource: Resource, { exempt = [] }: Exempt): string | undefined =>
    exempt.includes(resource.name) ? "exempt by configuration" : applies(resource);
  const remediateResource: ResourceRemediation | undefined =
    remediate &&
    ((args) => {
      const config = args.getConfig<Config & Exempt>();
      const reason = skipReason(args, config);
      return reason === undefined ? remediate(args, config) : args.notApplicable(reason);
    });
  return {
    ...policyOf(description),
    validateResource: (args, reportViolation) => {
      const config = args.getConfig<Config & Exempt>();
      const reason = skipReason(args, config);
      if (reason !== undefined) args.notApplicable(reason);
      check(args, { config, report: reporter(reportViolation, args) });
    },
    ...(remediateResource && { remediateResource }),
  };
}

/** A rule that needs more than one resource. `applies` gives the reason why it is not about this stack. */
export function stackRule<Config extends object>(
  rule: Description & {
    readonly applies: (resources: readonly Resource[]) => string | undefined;
    readonly check: (resources: readonly Resource[], context: Context<Config>) => void;
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
      check(resources, { config, report: reporter(reportViolation) });
    },
  };
}

/** The `applies` of a rule that is about some kinds of Kubernetes objects. */
export function ofKind(...kinds: string[]): (resource: Resource) => string | undefined {
  return (resource) =>
    kinds.includes(kindOf(resource) ?? "") ? undefined : `is about resources of kind ${kinds.join(", ")}`;
}

/**
 * The value, or undefined while it is unknown. Only for what no preview can know (a token, a certificate): the same
 * check runs again during the update, before the resource is made. Everywhere else an unknown value is left to the
 * engine, which says that the policy could not run.
 */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

function reporter(reportViolation: ReportViolation, subject?: Resource): Context<object>["report"] {
  return (finding, resource) => {
    const about = resource ?? subject;
    const [property = ""] = /^[^.[]+/.exec(finding.path) ?? [];
    const isSecret = about !== undefined && secretsOf(about.props).touched.has(property);
    reportViolation(messageOf(finding, isSecret), resource?.urn);
  };
}

/** One sentence each for what is wrong and where, what was found, what is allowed, and what to do. */
function messageOf(finding: Finding, isSecret: boolean): string {
  const found = "value" in finding ? ` Found: ${isSecret ? "[secret]" : shown(finding.value)}.` : "";
  return `${finding.path}: ${finding.problem}.${found} Allowed: ${finding.allowed}. Fix: ${finding.fix}.`;
}

const LONGEST_SHOWN = 200;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
