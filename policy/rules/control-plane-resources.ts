import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { parseQuantity } from "../../shared/quantity";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

type Config = Readonly<Record<"cpu" | "memory", Readonly<Record<"min" | "max", string>>>>;

export const controlPlaneResources = vclusterRule<Config>({
  name: "control-plane-resources",
  description: "The control plane has requests and limits for CPU and memory within the configured bounds.",
  severity: "high",
  remediationSteps: "Set controlPlane.statefulSet.resources.requests and .limits for cpu and memory.",
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  configSchema: {
    cpu: bounds("100m", "8", "cores"),
    memory: bounds("256Mi", "16Gi", "memory"),
  },
  check: ({ values }, { config, reportValue }) => {
    for (const resource of ["cpu", "memory"] as const) {
      const { min, max } = config[resource];
      const path = (part: string): string => `controlPlane.statefulSet.resources.${part}.${resource}`;
      for (const part of ["requests", "limits"]) {
        const amount = parseQuantity(values.get(path(part)));
        if (amount !== undefined && amount >= bound(min) && amount <= bound(max)) continue;
        reportValue(path(part), {
          problem:
            amount === undefined
              ? "without it, the control plane and its neighbours can starve each other"
              : "it is out of bounds",
          allowed: `a quantity from ${min} to ${max}`,
          fix: "set it within these bounds",
        });
      }
      const request = parseQuantity(values.get(path("requests")));
      const limit = parseQuantity(values.get(path("limits")));
      if (request === undefined || limit === undefined || request <= limit) continue;
      reportValue(path("requests"), {
        problem: "the request exceeds the limit, so Kubernetes rejects the pod",
        allowed: `at most the limit, ${String(values.get(path("limits")))}`,
        fix: "lower the request or raise the limit",
      });
    }
  },
});

function bounds(min: string, max: string, what: string): PolicyConfigJSONSchema {
  return {
    type: "object",
    properties: { min: { type: "string" }, max: { type: "string" } },
    required: ["min", "max"],
    default: { min, max },
    description: `Minimum and maximum ${what} of a request or a limit.`,
  };
}

function bound(text: string): number {
  const amount = parseQuantity(text);
  if (amount === undefined) throw new Error(`control-plane-resources: "${text}" is not a Kubernetes quantity`);
  return amount;
}
