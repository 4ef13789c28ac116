import { check, format, type Problem } from "../../shared/errors";
import { parseQuantity } from "../../shared/quantity";

/** A quantity as it is configured; undefined where there is none. */
interface Amount {
  readonly path: string;
  readonly amount: string | undefined;
}

/** A quantity must be one that Kubernetes can read. */
export function checkQuantity(path: string, amount: string): Problem[] {
  return check(parseQuantity(amount) !== undefined, {
    path,
    code: "quantity-invalid",
    problem: `${format(amount)} is not a quantity`,
    allowed: 'a Kubernetes quantity such as "20", "250m" or "4Gi"',
    fix: "write a number with an optional unit",
  });
}

/** Kubernetes rejects a pod that requests more than its limit. What is no quantity is reported elsewhere. */
export function checkRequest(request: Amount, limit: Amount): Problem[] {
  const [requested, allowed] = [
    parseQuantity(request.amount ?? "") ?? 0,
    parseQuantity(limit.amount ?? "") ?? Infinity,
  ];
  return check(requested <= allowed, {
    path: request.path,
    code: "request-above-limit",
    problem: `${format(request.amount)} exceeds the limit of ${format(limit.amount)}`,
    allowed: "at most the limit",
    fix: `lower it, or raise ${limit.path}`,
  });
}
