import { linearRegression, median, quantile } from "simple-statistics";

import type { Series, Table } from "./bench";

export { median, quantile };

/** The values of that contender. @throws Error when the table has none of that name */
export function valuesOf(table: Table, name: string): number[] {
  const found = table.series.find((series: Series) => series.name === name);
  if (!found) throw new Error(`${table.title} has no series "${name}"`);
  return [...found.values];
}

/** Median of one contender as a multiple of the median of another. */
export function ratio(table: Table, ours: string, theirs: string): number {
  return median(valuesOf(table, ours)) / median(valuesOf(table, theirs));
}

/** The k of y = c·x^k, by least squares on the logarithms. */
export function exponent(points: readonly (readonly [number, number])[]): number {
  return linearRegression(points.map(([x, y]) => [Math.log(x), Math.log(y)])).m;
}
