import * as fs from "node:fs";
import * as path from "node:path";

import { load } from "js-yaml";
import * as ts from "typescript";

import { settings } from "../components/config/defaults";
import { ANY, type Leaf, SCHEMA, type Shape } from "../components/config/schema";
import { checkoutDir } from "../shared/checkout";
import { getIn } from "../shared/json";

/** One key of the configuration, read from where it is declared: components/config/args.ts, shape.ts and defaults.ts. */
export interface Key {
  readonly path: readonly string[];
  /** Markdown, in one line. */
  readonly description: string;
  /** Undefined for a map with keys of its own. */
  readonly type: Leaf | undefined;
  /** The only values that are allowed; empty for any of the type. */
  readonly choices: readonly string[];
  /** Undefined where the default is no value but {@link behaviour}. */
  readonly fallback: unknown;
  /** What happens without the key, in words. */
  readonly behaviour: string | undefined;
  readonly example: unknown;
  /** True where there is neither a default nor anything that happens without it. */
  readonly required: boolean;
  /** Interface of {@link keys}; undefined where there are none. */
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
 * @throws Error where a key has no description, or no default and none is said, or where args.ts and shape.ts differ
 */
export function configurationKeys(): Key[] {
  const file = path.join(checkoutDir, "components", "config", "args.ts");
  const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  const interfaces = new Map(source.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one]));

  const keysOf = (declaration: ts.InterfaceDeclaration, shape: Shape, parent: readonly string[]): Key[] => {
    const members = declaration.members.filter(ts.isPropertySignature);
    const names = members.map(({ name }) => name.getText());
    const known = typeof shape === "string" ? [] : Object.keys(shape);
    if ([...names].sort().join() !== [...known].sort().join()) {
      throw new Error(`${declaration.name.text} has ${names.join(", ")}, and SHAPE has ${known.join(", ")}`);
    }
    return members.map((member) => keyOf(member, parent, shape));
  };

  const keyOf = (member: ts.PropertySignature, parent: readonly string[], shapes: Shape): Key => {
    const name = member.name.getText();
    const here = [...parent, name];
    const shape = typeof shapes === "string" ? undefined : shapes[name];
    const type = member.type?.getText() ?? "";
    const below =
      typeof shape === "string" ? undefined : interfaces.get(/^Record<string, (\w+)>$/.exec(type)?.[1] ?? type);
    const free = typeof shape === "object" ? shape[ANY] : undefined;
    if (shape === undefined || (typeof shape !== "string" && below === undefined)) {
      throw new Error(`${here.join(".")} is of the type ${type}, which is no interface in args.ts`);
    }
    const description = comment(member) ?? (below && comment(below));
    if (description === undefined) throw new Error(`${here.join(".")} has no description`);
    const behaviour = tag(member, "default")?.replace(/^- /, "");
    const fallback = behaviour === undefined && below === undefined ? getIn(defaults, ...here) : undefined;
    if (below === undefined && behaviour === undefined && fallback === undefined) {
      throw new Error(
        `${here.join(".")} has no default in defaults.ts, and no @default that says what happens without it`,
      );
    }
    const example = tag(member, "example");
    return {
      path: here,
      description,
      type: typeof shape === "string" ? shape : undefined,
      choices: choices(member.type),
      fallback,
      behaviour,
      example: example === undefined ? undefined : load(example),
      required: member.questionToken === undefined,
      interface: below?.name.text,
      keys: below === undefined ? [] : keysOf(below, free ?? shape, free === undefined ? here : [...here, NAME]),
    };
  };

  const root = interfaces.get("EnvironmentArgs");
  if (root === undefined) throw new Error(`${file} has no EnvironmentArgs`);
  return keysOf(root, SCHEMA, []);
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
function choices(type: ts.TypeNode | undefined): string[] {
  if (type === undefined || !ts.isUnionTypeNode(type)) return [];
  return type.types.flatMap((one) =>
    ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) ? one.literal.text : [],
  );
}
