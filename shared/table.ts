type Lines = readonly (readonly string[])[];

/** Lines of cells as lines of text, each column as wide as its widest cell; those of `right` are aligned there. */
export function table(lines: Lines, right: readonly number[] = []): string {
  return padded(lines, right)
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}

/** The same as Markdown, as Prettier writes it; the first line is the head. */
export function markdownTable(lines: Lines, right: readonly number[] = []): string {
  const escaped = lines.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const [head = [], ...body] = padded(escaped, right, 3);
  const rule = head.map(({ length }, column) => (right.includes(column) ? "-:" : "-").padStart(length, "-"));
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function padded(lines: Lines, right: readonly number[], least = 0): string[][] {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(least, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) =>
    right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad));
}
