import type { EnvironmentArgs } from "../../components";
import { settings } from "../../components/config/defaults";
import { hostRules } from "../../components/isolation/admission/hosts";
import { type Rule, type Validation, validation, type Variable } from "../../components/isolation/admission/rule";
import { rules, variables } from "../../components/isolation/admission/rules";
import type { celEvaluator } from "./cel";

/** A request of the syncer, of the environment `dev` under `example.org` unless the arguments say otherwise. */
export interface AdmissionCase {
  readonly what: string;
  /** As the rules name kinds. */
  readonly kind: string;
  readonly object: object;
  /** The object before, for an update. */
  readonly old?: object;
  readonly args?: Partial<EnvironmentArgs>;
  /** Names of the rules that refuse it; none where it is allowed. */
  readonly refusedBy?: readonly string[];
}

/** The rules for these arguments. */
export function rulesFor(args: AdmissionCase["args"] = {}): Rule[] {
  return rules(subjectFor(args));
}

export function variablesFor(args: AdmissionCase["args"] = {}): Variable[] {
  return variables(subjectFor(args));
}

function subjectFor(args: AdmissionCase["args"]) {
  return settings("dev", { domain: "example.org", ...args });
}

/** The request of a case as an expression sees it. */
export function requestOf({ kind, old }: Pick<AdmissionCase, "kind" | "old">) {
  const parts = kind.split("/");
  const group =
    parts[0]?.includes(".") === true || ["policy", "apps"].includes(parts[0] ?? "") ? (parts.shift() ?? "") : "";
  const [resource = "", subResource] = parts;
  return {
    operation: old === undefined ? "CREATE" : "UPDATE",
    resource: { group, version: "v1", resource },
    ...(subResource !== undefined && { subResource }),
  };
}

/** Names of the rules that refuse the request of a case, with their messages. */
export function refusals(
  evaluate: Awaited<ReturnType<typeof celEvaluator>>,
  given: AdmissionCase,
  all = rulesFor(given.args),
): Map<string, string> {
  const context: Record<string, unknown> = {
    request: requestOf(given),
    object: given.object,
    oldObject: given.old ?? null,
  };
  const known: Record<string, unknown> = {};
  const whole = { ...context, variables: known };
  for (const { name, expression } of variablesFor(given.args)) known[name] = evaluate(expression, whole);
  return new Map(
    all.flatMap((rule): [string, string][] => {
      const made = validation(rule);
      return isTrue(evaluate, made.expression, whole) ? [] : [[rule.name, messageOf(evaluate, made, whole)]];
    }),
  );
}

/** Names of which one ends with another, or with what API hosts end with. */
export const ENVIRONMENTS = ["dev", "a-dev", "b-a-dev", "ev", "pr-1", "vcluster", "a-vcluster"];

export function hostRulesOf(environment: string): Rule[] {
  return hostRules(settings(environment, { domain: "example.org" }));
}

/** The namespace of an environment, by which Kubernetes evaluates {@link hostRulesOf} once. */
export function namespaceOf(environment: string) {
  const labels = { "vcluster-environments/environment": environment };
  return { metadata: { name: `${environment}-vcluster`, labels } };
}

/** An Ingress with a certificate for its hosts. */
export function ingressAt(...hosts: string[]) {
  return { metadata: { name: "x" }, spec: { rules: hosts.map((host) => ({ host })), tls: [{ hosts }] } };
}

/** Messages by which the environment's {@link hostRulesOf} refuse an Ingress while the host has an environment `other`. */
export function hostRefusals(
  evaluate: Awaited<ReturnType<typeof celEvaluator>>,
  environment: string,
  other: string,
  object: object,
  old?: object,
): string[] {
  const request = requestOf({ kind: "networking.k8s.io/ingresses", ...(old && { old }) });
  const context = { request, object, oldObject: old ?? null, params: namespaceOf(other) };
  return hostRulesOf(environment)
    .map(validation)
    .filter(({ expression }) => !isTrue(evaluate, expression, context))
    .map((made) => messageOf(evaluate, made, context));
}

/** As on the API server, an error is a refusal. */
function isTrue(evaluate: Awaited<ReturnType<typeof celEvaluator>>, expression: string, context: object): boolean {
  return valueOrError(evaluate, expression, context) === true;
}

/** The value of an expression; undefined where the object makes it an error. */
function valueOrError(
  evaluate: Awaited<ReturnType<typeof celEvaluator>>,
  expression: string,
  context: object,
): unknown {
  try {
    return evaluate(expression, context);
  } catch (error) {
    // A mistake in the expression itself is none of the object's.
    if (error instanceof Error && /ParseError|overload/.test(`${error.name}: ${error.message}`)) throw error;
    return undefined;
  }
}

/** Longer ones Kubernetes replaces by the message without values (`MaxEvaluatedMessageExpressionSizeBytes`). */
const MESSAGE_LENGTH = 5 * 1024;

/** As on the API server, the fixed message where the other is an error. */
function messageOf(
  evaluate: Awaited<ReturnType<typeof celEvaluator>>,
  { message, messageExpression }: Validation,
  context: object,
): string {
  const detailed = messageExpression === undefined ? "" : valueOrError(evaluate, messageExpression, context);
  const usable = typeof detailed === "string" && detailed !== "" && detailed.length <= MESSAGE_LENGTH;
  return usable && !detailed.includes("\n") ? detailed : message;
}
