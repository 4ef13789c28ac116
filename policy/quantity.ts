import { parseQuantity } from "../shared/quantity";

/** The number that a value of the chart stands for as a Kubernetes quantity; undefined when it is not one. */
export function quantity(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number" ? parseQuantity(String(value)) : undefined;
}
