import ts from "typescript";

// Small faults in a rule's source, one at a time. A test suite that does not notice one does not test that place.

/** One faulty version of a source file. */
export interface Mutant {
  /** Line of the fault, from 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
  /** The whole faulty file. */
  readonly text: string;
}

/** Properties that only people read: their wording decides nothing. */
const PROSE = ["name", "description", "severity", "remediationSteps", "url", "problem", "allowed", "fix"];

const OPPOSITE: Partial<Record<ts.SyntaxKind, readonly string[]>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ["!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ["==="],
  [ts.SyntaxKind.LessThanToken]: ["<=", ">="],
  [ts.SyntaxKind.LessThanEqualsToken]: ["<", ">"],
  [ts.SyntaxKind.GreaterThanToken]: [">=", "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken]: [">", "<"],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ["||"],
  [ts.SyntaxKind.BarBarToken]: ["&&"],
  [ts.SyntaxKind.QuestionQuestionToken]: ["&&"],
};

const OTHER_METHOD: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  startsWith: "endsWith",
  endsWith: "startsWith",
};

export function mutantsOf(fileName: string, source: string): Mutant[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.ES2022, true);
  const mutants: Mutant[] = [];
  const replace = (node: ts.Node, after: string): void => {
    const start = node.getStart(file);
    mutants.push({
      line: file.getLineAndCharacterOfPosition(start).line + 1,
      before: node.getText(file),
      after,
      text: source.slice(0, start) + after + source.slice(node.getEnd()),
    });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isPropertyAssignment(node) && PROSE.includes(node.name.getText(file))) return;
    for (const after of replacements(node, file)) replace(node, after);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants;
}

function replacements(node: ts.Node, file: ts.SourceFile): string[] {
  const text = node.getText(file);
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken, right } = node;
    return (OPPOSITE[operatorToken.kind] ?? []).map(
      (operator) => `${left.getText(file)} ${operator} ${right.getText(file)}`,
    );
  }
  if (ts.isIfStatement(node))
    return conditions(node.expression, file, (condition) => replaced(text, node, file, condition));
  if (ts.isConditionalExpression(node)) {
    return conditions(node.condition, file, (condition) => replaced(text, node, file, condition));
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [node.operand.getText(file)];
  }
  if (ts.isPropertyAccessExpression(node) && OTHER_METHOD[node.name.text] !== undefined) {
    return [`${node.expression.getText(file)}.${String(OTHER_METHOD[node.name.text])}`];
  }
  // A statement that is gone: a report, an entry in a table, a jump.
  if (ts.isExpressionStatement(node) || ts.isContinueStatement(node)) return [";"];
  if (ts.isReturnStatement(node) && node.expression === undefined) return [";"];
  return literals(node, file);
}

function literals(node: ts.Node, file: ts.SourceFile): string[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ["false"];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ["true"];
  if (ts.isNumericLiteral(node)) return [String(Number(node.text) + 1)];
  if (ts.isRegularExpressionLiteral(node)) return ["/$./", "/(?:)/"];
  if (ts.isStringLiteral(node) && !isKey(node)) return [node.text === "" ? '"mutant"' : '""'];
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map((element) => element.getText(file));
    return items.map((_, gone) => `[${items.filter((__, index) => index !== gone).join(", ")}]`);
  }
  return [];
}

/** A condition that always holds, never, and the other way round. */
function conditions(condition: ts.Expression, file: ts.SourceFile, build: (condition: string) => string): string[] {
  return ["true", "false", `!(${condition.getText(file)})`].map(build);
}

function replaced(
  text: string,
  node: ts.IfStatement | ts.ConditionalExpression,
  file: ts.SourceFile,
  by: string,
): string {
  const condition = ts.isIfStatement(node) ? node.expression : node.condition;
  const from = condition.getStart(file) - node.getStart(file);
  return text.slice(0, from) + by + text.slice(from + condition.getText(file).length);
}

function isKey(node: ts.StringLiteral): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}
