import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { quantity } from "../quantity";
import { vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

interface Config {
  readonly cpu: Bounds;
  readonly memory: Bounds;
}

interface Bounds {
  readonly min: string;
  readonly max: string;
}

export const controlPlaneResources = vclusterRule<Config>({
  name: "control-plane-resources",
  description: "The control plane has requests and limits for CPU and memory, within what the host can give.",
  severity: "high",
  remediationSteps: "Set controlPlane.statefulSet.resources.requests and .limits for cpu and memory.",
  url: `${VALUES_DOCS}/control-plane/deployment/statefulset`,
  configSchema: {
    cpu: bounds("100m", "8", "cores"),
    memory: bounds("256Mi", "16Gi", "memory"),
  },
  check: ({ values }, { config, report }) => {
    for (const resource of ["cpu", "memory"] as const) {
      const { min, max } = config[resource];
      const path = (part: string): string => `controlPlane.statefulSet.resources.${part}.${resource}`;
      for (const part of ["requests", "limits"]) {
        const amount = quantity(values.get(path(part)));
        if (amount !== undefined && amount >= bound(min) && amount <= bound(max)) continue;
        report({
          path: values.where(path(part)),
          problem:
            amount === undefined
              ? "without it the control plane can starve its neighbours, or be starved by them"
              : "it is out of bounds",
          value: values.get(path(part)),
          allowed: `a quantity from ${min} to ${max}`,
          fix: "set it within these bounds",
        });
      }
      const request = quantity(values.get(path("requests")));
      const limit = quantity(values.get(path("limits")));
      if (request === undefined || limit === undefined || request <= limit) continue;
      report({
        path: values.where(path("requests")),
        problem: "the request is above the limit, and Kubernetes refuses the pod",
        value: values.get(path("requests")),
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
    description: `Least and most ${what} of a request or a limit.`,
  };
}

function bound(text: string): number {
  const amount = quantity(text);
  if (amount === undefined) throw new Error(`control-plane-resources: "${text}" is not a Kubernetes quantity`);
  return amount;
}
