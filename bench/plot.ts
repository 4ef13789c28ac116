import type { Section } from "./report";
import { median } from "./statistics";

const LABEL = 330;
const BAR = 460;
const LINE = 20;
const SPACE = 30;
/** Longer tables are for the text. */
const ROWS = 8;

/** One panel a table: a bar to the median of each contender, and a line from the smallest to the largest value. */
export function svg(sections: Readonly<Record<string, Section>>): string {
  const parts: string[] = [];
  let y = SPACE;
  for (const { title, tables } of Object.values(sections)) {
    for (const { title: what, unit, series } of tables.filter((table) => table.series.length <= ROWS)) {
      parts.push(text(10, y, `${title.replaceAll("`", "")}: ${what.replaceAll("`", "")} (${unit})`, "bold"));
      const largest = Math.max(...series.flatMap(({ values }) => values));
      const scale = (value: number) => LABEL + (value / largest) * BAR;
      series.forEach(({ name, values }, i) => {
        y += LINE;
        const middle = median([...values]);
        const [from, to] = [scale(Math.min(...values)), scale(Math.max(...values))];
        const bar = `<rect x="${LABEL}" y="${y - 11}" width="${(scale(middle) - LABEL).toFixed(1)}" height="13" fill="${i === 0 ? "#4c78a8" : "#b8c4d0"}"/>`;
        const spread = `<path d="M${from.toFixed(1)} ${y - 4.5}H${to.toFixed(1)}" stroke="#333"/>`;
        parts.push(text(LABEL - 8, y, name, "normal", "end"), bar, spread, text(to + 8, y, precise(middle)));
      });
      y += SPACE;
    }
  }
  const size = `width="${LABEL + BAR + 80}" height="${y}"`;
  const style = 'font-family="sans-serif" font-size="12"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>\n<rect width="100%" height="100%" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
}

function text(x: number, y: number, content: string, weight = "normal", anchor = "start"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}" text-anchor="${anchor}">${escaped}</text>`;
}

function precise(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
