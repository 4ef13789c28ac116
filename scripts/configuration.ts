import * as fs from "node:fs";
import * as path from "node:path";

import { load } from "js-yaml";
import * as ts from "typescript";

import { settings } from "../components/config/defaults";
import { checkoutDir } from "../shared/checkout";
import { getIn, type JsonObject } from "../shared/json";

/** One key of the configuration, read from where it is declared: components/config/args.ts and defaults.ts. */
export interface Key {
  readonly path: readonly string[];
  /** Markdown, in one line. */
  readonly description: string;
  /** JSON Schema of its values: keys and types. */
  readonly schema: JsonObject;
  /** The only values that are allowed; empty for any of the type. */
  readonly choices: readonly string[];
  /** Undefined where the default is no value but {@link behaviour}. */
  readonly fallback: unknown;
  /** What happens without the key, in words. */
  readonly behaviour: string | undefined;
  readonly example: unknown;
  /** True where there is neither a default nor anything that happens without it. */
  readonly required: boolean;
  /** Interface of {@link keys}; undefined for a value, which lists of objects are as well. */
  readonly interface: string | undefined;
  readonly keys: readonly Key[];
}

/** Stands in a path for the keys of a map whose names are free. */
export const NAME = "<name>";

/** Defaults as values. A Gateway and an application are named so that the keys of one have theirs. */
const defaults = settings("", { domain: "", ingress: { gateway: {} }, applications: { [NAME]: {} } });

/**
 * All keys of an environment, in the order of their declaration.
 *
 * @throws Error where a key has no description, no default and none is said, or a type that has no JSON Schema here
 */
export function configurationKeys(): Key[] {
  const file = path.join(checkoutDir, "components", "config", "args.ts");
  const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  const interfaces = new Map(source.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one]));

  const membersOf = (declaration: ts.InterfaceDeclaration): ts.PropertySignature[] => {
    const bases = (declaration.heritageClauses ?? []).flatMap(({ types }) => types.map((base) => base.getText()));
    const inherited = bases.flatMap((base) => membersOf(interfaces.get(base) ?? declaration));
    return [...inherited, ...declaration.members.filter(ts.isPropertySignature)];
  };

  /** JSON Schema of a type: what `checkKeys` validates by, and what documentation and packages describe types by. */
  const schemaOf = (type: ts.TypeNode): JsonObject => {
    const text = type.getText();
    const declaration = interfaces.get(text);
    if (declaration !== undefined) {
      const properties = membersOf(declaration).map((member) => [member.name.getText(), schemaOf(typeOf(member))]);
      return { type: "object", properties: Object.fromEntries(properties) as JsonObject, additionalProperties: false };
    }
    if (ts.isArrayTypeNode(type)) return { type: "array", items: schemaOf(type.elementType) };
    if (ts.isParenthesizedTypeNode(type)) return schemaOf(type.type);
    // The members of a union of texts are checked where they mean something, which gives a better message.
    if (choices(type).length > 0) return { type: "string" };
    if (ts.isUnionTypeNode(type)) return { type: type.types.map((one) => schemaOf(one)["type"]) };
    if (ts.isTypeReferenceNode(type)) {
      const [first, second] = type.typeArguments ?? [];
      const name = type.typeName.getText();
      if (name === "Quantity") return { title: "quantity", type: ["string", "number"] };
      if (name === "Bound") return { title: "quantity", type: ["string", "number", "null"] };
      if (name === "JsonObject") return { type: "object" };
      if (name === "Input" && first !== undefined) return schemaOf(first);
      if (name === "Record" && second !== undefined) return { type: "object", additionalProperties: schemaOf(second) };
    }
    const schema = { string: "string", boolean: "boolean", number: "integer" }[text];
    if (schema === undefined) throw new Error(`${text} in args.ts has no JSON Schema`);
    return { type: schema };
  };

  const keysOf = (declaration: ts.InterfaceDeclaration, parent: readonly string[]): Key[] =>
    membersOf(declaration).map((member) => keyOf(member, parent));

  const keyOf = (member: ts.PropertySignature, parent: readonly string[]): Key => {
    const here = [...parent, member.name.getText()];
    const type = typeOf(member);
    const named = /^Record<string, (\w+)>$/.exec(type.getText())?.[1];
    const below = interfaces.get(named ?? type.getText());
    const description = comment(member) ?? (below && comment(below));
    if (description === undefined) throw new Error(`${here.join(".")} has no description`);
    const behaviour = tag(member, "default")?.replace(/^- /, "");
    const fallback = behaviour === undefined && below === undefined ? getIn(defaults, ...here) : undefined;
    if (below === undefined && behaviour === undefined && fallback === undefined)
      throw new Error(`${here.join(".")} has neither a default in defaults.ts nor a @default in words`);
    const example = tag(member, "example");
    return {
      path: here,
      description,
      schema: schemaOf(type),
      choices: choices(type),
      fallback,
      behaviour,
      example: example === undefined ? undefined : load(example),
      required: member.questionToken === undefined,
      interface: below?.name.text,
      keys: below === undefined ? [] : keysOf(below, named === undefined ? here : [...here, NAME]),
    };
  };

  const root = interfaces.get("EnvironmentArgs");
  if (root === undefined) throw new Error(`${file} has no EnvironmentArgs`);
  return keysOf(root, []);
}

function typeOf({ name, type }: ts.PropertySignature): ts.TypeNode {
  if (type === undefined) throw new Error(`${name.getText()} in args.ts has no type`);
  return type;
}

/** The keys that hold values, in order. */
export function leaves(keys: readonly Key[]): Key[] {
  return keys.flatMap((key) => (key.keys.length > 0 ? leaves(key.keys) : [key]));
}

/** A comment without its tags, in one line. */
function comment(node: ts.Node): string | undefined {
  const doc = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  return oneLine(ts.getTextOfJSDocComment(doc?.comment));
}

function tag(node: ts.Node, name: string): string | undefined {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === name);
  return oneLine(ts.getTextOfJSDocComment(found?.comment));
}

function oneLine(text: string | undefined): string | undefined {
  const line = text?.replace(/\s+/g, " ").trim();
  return line === "" ? undefined : line;
}

/** The members of a union of texts. */
function choices(type: ts.TypeNode): string[] {
  if (!ts.isUnionTypeNode(type)) return [];
  return type.types.flatMap((one) =>
    ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) ? one.literal.text : [],
  );
}
