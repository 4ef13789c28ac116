/**
 * A kind of object as the rules name it: the resource, behind its API group where it has one and before its subresource,
 * as in `pods`, `pods/status` and `networking.k8s.io/ingresses`.
 */
export type Kind = string;

/** Pods, and the subresources by which they are changed. */
export const POD_KINDS: readonly Kind[] = ["pods", "pods/status", "pods/ephemeralcontainers", "pods/resize"];

/** One thing that is asked of an object before the host takes it from a syncer. */
export interface Rule {
  /** Unique; tests and documentation refer to it. */
  readonly name: string;
  /** Kinds that it is for. @default - all */
  readonly kinds?: readonly Kind[];
  /** Expression (CEL) that is true of what is allowed. */
  readonly allows: string;
  /** Looks at new objects only: Kubernetes refuses to change the rest of it. */
  readonly onCreate?: boolean;
  /**
   * Field that the rule is about, as a path. An object without it passes, and so does an update that leaves it as it is: others
   * on the host write there too, and what was made under wider rules must stay repairable.
   */
  readonly field?: string;
  /**
   * What is refused and what is allowed, both in the plural, for the event in the virtual cluster. Its tenant knows neither
   * the host's objects nor their names.
   */
  readonly refuses: string;
  readonly allowed: string;
  /** Expression for the values that are refused, a list of text, for the message. */
  readonly refused?: string;
  /** Keys of the configuration that allow more. None where only the profile `open` does. */
  readonly keys: readonly string[];
}

export interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly messageExpression?: string;
}

/** A name for what several rules look at; Kubernetes evaluates each when it is needed, once. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

export const VARIABLES: readonly Variable[] = [
  {
    name: "kind",
    expression:
      "(request.resource.group == '' ? '' : request.resource.group + '/') + request.resource.resource + (has(request.subResource) && request.subResource != '' ? '/' + request.subResource : '')",
  },
  { name: "annotations", expression: "has(object.metadata.annotations) ? object.metadata.annotations : {}" },
  { name: "labels", expression: "has(object.metadata.labels) ? object.metadata.labels : {}" },
  {
    name: "oldAnnotations",
    expression:
      "request.operation == 'UPDATE' && has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}",
  },
  {
    name: "oldLabels",
    expression: "request.operation == 'UPDATE' && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}",
  },
];

/** The rule as Kubernetes has it. */
export function validation(rule: Rule): Validation {
  const { name, kinds, allows, onCreate = false, field, refuses, allowed, refused, keys } = rule;
  const exempt = [
    ...(kinds === undefined ? [] : [`!(variables.kind in ${list(kinds)})`]),
    ...(onCreate ? ["request.operation != 'CREATE'"] : []),
    ...(field === undefined
      ? []
      : [`!${isSet(`object.${field}`)}`, `(request.operation == 'UPDATE' && ${isUnchanged(field)})`]),
  ];
  const opener = keys.length > 0 ? keys.join(" or ") : "nothing";
  const rest = ` are not allowed; allowed: ${allowed}; ${opener} in the environment's configuration allows more (${name})`;
  return {
    expression: [...exempt, `(${allows})`].join(" || "),
    message: `${refuses}${rest}`,
    ...(refused !== undefined && {
      messageExpression: `${text(`${refuses} (`)} + (${refused}).join(', ') + ${text(`)${rest}`)}`,
    }),
  };
}

/** A rule that only some configurations have. */
export function when(condition: boolean, rule: Rule): Rule[] {
  return condition ? [rule] : [];
}

/** Whether an object and its former state have equal values at a path, or none both. */
export function isUnchanged(field: string): string {
  const [now, before] = [`object.${field}`, `oldObject.${field}`];
  return `${isSet(now)} == ${isSet(before)} && (!${isSet(now)} || ${now} == ${before})`;
}

/** Whether there is a value at a path: `has` alone is an error where something on the way is missing. */
function isSet(path: string): string {
  const parts = path.split(".");
  const steps = parts.slice(2).map((_, index) => `has(${parts.slice(0, index + 3).join(".")})`);
  return `(${[`has(${parts.slice(0, 2).join(".")})`, ...steps].join(" && ")})`;
}

/** Whether a field is absent, or its value passes. */
export function ifSet(path: string, passes: string): string {
  return `!${isSet(path)} || ${passes}`;
}

/** A text as CEL writes it. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A list of texts for messages. */
export function orNone(values: readonly string[]): string {
  return values.length > 0 ? values.join(", ") : "none";
}

/** A list of texts as CEL writes it. */
export function list(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}
