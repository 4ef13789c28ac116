import type { Toleration } from "./args";
import type { Settings } from "./defaults";
import { expect, type Finding, join, shown } from "./findings";
import { isSubdomain } from "./names";

type ControlPlane = Settings["controlPlane"];

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS = ["Exists", "Equal"];
const TOLERATION = ["effect", "key", "operator", "tolerationSeconds", "value"];
const AFFINITY = ["nodeAffinity", "podAffinity", "podAntiAffinity"];
const POSITIVE = { allowed: "a whole number, at least 1", fix: "raise it, or remove it to get that of the chart" };

/** Where the control plane's pod may run: what Kubernetes would refuse once the StatefulSet makes the pod. */
export function checkPlacement({ tolerations = [], affinity = {}, priorityClass }: ControlPlane): Finding[] {
  return [
    ...tolerations.flatMap((toleration, index) => checkToleration(`controlPlane.tolerations[${index}]`, toleration)),
    ...Object.keys(affinity).flatMap((key) =>
      expect(AFFINITY.includes(key), {
        path: join("controlPlane.affinity", key),
        problem: "Kubernetes has no such affinity",
        allowed: AFFINITY.join(", "),
        fix: "remove it",
      }),
    ),
    ...expect(priorityClass === undefined || isSubdomain(priorityClass), {
      path: "controlPlane.priorityClass",
      problem: `${shown(priorityClass)} is not the name of a priority class`,
      allowed: "a name that `kubectl get priorityclass` lists",
      fix: "remove it to get one of the environment's own",
    }),
  ];
}

/** The rules of Kubernetes' `validation.ValidateTolerations`. */
function checkToleration(path: string, toleration: Toleration): Finding[] {
  const { key, operator = "Equal", value, effect, tolerationSeconds } = toleration;
  const unknown = Object.keys(toleration).filter((name) => !TOLERATION.includes(name));
  const problems = [
    ...unknown.map((name) => `there is no key ${shown(name)}`),
    ...(OPERATORS.includes(operator) ? [] : [`${shown(operator)} is no operator`]),
    ...(effect === undefined || EFFECTS.includes(effect) ? [] : [`${shown(effect)} is no effect`]),
    ...(operator === "Exists" && (value ?? "") !== "" ? ["Exists takes no value"] : []),
    ...(operator !== "Exists" && (key ?? "") === "" ? ["without a key the operator is Exists"] : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute" ? ["tolerationSeconds is for NoExecute"] : []),
  ];
  return problems.map((problem) => ({
    path,
    problem,
    allowed: `${TOLERATION.join(", ")}; operator ${OPERATORS.join(" or ")}; effect ${EFFECTS.join(", ")} or none for all`,
    fix: "write it as in the tolerations of a pod",
  }));
}

/** Times and counts of the probes. */
export function checkProbes(probes: ControlPlane["probes"]): Finding[] {
  return Object.entries(probes).flatMap(([name, probe]) =>
    (["periodSeconds", "timeoutSeconds", "failureThreshold"] as const).flatMap((key) =>
      expect((probe[key] ?? 1) >= 1, {
        path: `controlPlane.probes.${name}.${key}`,
        problem: `${shown(probe[key])} is less than Kubernetes takes`,
        ...POSITIVE,
      }),
    ),
  );
}
