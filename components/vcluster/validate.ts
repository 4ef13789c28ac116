import { check, format, join, type Problem } from "../../shared/errors";
import { getIn } from "../../shared/json";
import { isLabel, isSubdomain } from "../../shared/rfc1123";
import type { Toleration } from "../config/args";
import { chartsWith, minorOf } from "../../shared/vcluster/versions";
import { CHART_KEYS, chartKeys } from "../config/chart-keys";
import type { Settings } from "../config/defaults";
import { installers } from "./install";

type ControlPlane = Settings["controlPlane"];

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS = ["Exists", "Equal"];
const AFFINITY = ["nodeAffinity", "podAffinity", "podAntiAffinity"];
const POSITIVE = { allowed: "a whole number, at least 1", fix: "raise it, or remove it to use the chart's default" };

/** The certificate authority that the control plane makes names this many members (vCluster's `pkg/setup/initialize.go`). */
const MEMBERS = 5;

/** A majority of etcd's members has to be there: one more than an odd number makes none dispensable. */
export function checkReplicas({ replicas }: ControlPlane): Problem[] {
  const reason =
    replicas < 1
      ? "is no number of pods"
      : replicas > MEMBERS
        ? `is more than the ${MEMBERS} members of etcd that vCluster's certificates name`
        : `members of etcd tolerate as few failures as ${replicas - 1} do`;
  return check([1, 3, 5].includes(replicas), {
    path: "controlPlane.replicas",
    code: "replicas-invalid",
    problem: `${format(replicas)} ${reason}`,
    allowed: "1, with SQLite; 3 or 5, with etcd",
    fix: "choose one of these",
  });
}

/** Where the control plane's pod may run: what Kubernetes would refuse once the StatefulSet makes the pod. */
export function checkPlacement({ tolerations = [], affinity = {}, priorityClass }: ControlPlane): Problem[] {
  return [
    ...tolerations.flatMap((toleration, index) => checkToleration(`controlPlane.tolerations[${index}]`, toleration)),
    ...Object.keys(affinity).flatMap((key) =>
      check(AFFINITY.includes(key), {
        path: join("controlPlane.affinity", key),
        code: "affinity-unknown",
        problem: "not a Kubernetes affinity",
        allowed: AFFINITY.join(", "),
        fix: "remove it",
      }),
    ),
    ...check(priorityClass === undefined || isSubdomain(priorityClass), {
      path: "controlPlane.priorityClass",
      code: "priority-class-invalid",
      problem: `${format(priorityClass)} is not a valid PriorityClass name`,
      allowed: "a name that `kubectl get priorityclass` lists",
      fix: "remove it to use the environment's own PriorityClass",
    }),
  ];
}

/** The rules of Kubernetes' `validation.ValidateTolerations`. */
function checkToleration(path: string, toleration: Toleration): Problem[] {
  const { key, operator = "Equal", value, effect, tolerationSeconds } = toleration;
  const problems = [
    ...(OPERATORS.includes(operator) ? [] : [`${format(operator)} is not an operator`]),
    ...(effect === undefined || EFFECTS.includes(effect) ? [] : [`${format(effect)} is not an effect`]),
    ...(operator === "Exists" && (value ?? "") !== "" ? ["operator Exists does not accept a value"] : []),
    ...(operator !== "Exists" && (key ?? "") === "" ? ["operator must be Exists if key is not set"] : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? ["tolerationSeconds requires effect NoExecute"]
      : []),
  ];
  return problems.map((problem) => ({
    path,
    code: "toleration-invalid",
    problem,
    allowed: `operator ${OPERATORS.join(" or ")}; effect ${EFFECTS.join(", ")} or not set for all`,
    fix: "write it as in the tolerations of a pod",
  }));
}

/** Times and counts of the probes. */
export function checkProbes(probes: ControlPlane["probes"]): Problem[] {
  return Object.entries(probes).flatMap(([name, probe]) =>
    (["periodSeconds", "timeoutSeconds", "failureThreshold"] as const).flatMap((key) =>
      check((probe[key] ?? 1) >= 1, {
        path: `controlPlane.probes.${name}.${key}`,
        code: "probe-invalid",
        problem: `${format(probe[key])} is below the Kubernetes minimum`,
        ...POSITIVE,
      }),
    ),
  );
}

/** Keys that are on and whose value the chart's version does not have. */
export function checkKinds(env: Settings): Problem[] {
  const { version } = env.chart;
  const available = chartKeys(env).map(({ key }) => key);
  return CHART_KEYS.filter(({ key }) => !available.includes(key)).flatMap(({ key, value }) =>
    check(getIn(env, ...key.split(".")) !== true, {
      path: key,
      code: "value-not-in-chart",
      problem: `chart ${minorOf(version) ?? version} does not copy this kind`,
      allowed: `true in ${chartsWith(value)}`,
      fix: "remove it",
    }),
  );
}

/** Problems in `delivery` and the keys it depends on. */
export function checkDelivery({ delivery, chart, argocd }: Settings): Problem[] {
  return [
    ...check(Object.hasOwn(installers, delivery), {
      path: "delivery",
      code: "delivery-unknown",
      problem: `${format(delivery)} is not supported`,
      allowed: Object.keys(installers).join(", "),
      fix: "choose one of these",
    }),
    ...check(delivery !== "argocd" || chart.path === undefined, {
      path: "chart.path",
      code: "chart-path-unreachable",
      problem: `Argo CD has no access to ${format(chart.path)}`,
      allowed: "chart.path only with delivery: helm",
      fix: "remove it, and set chart.repository to a repository that Argo CD can reach",
    }),
    ...check(isLabel(argocd.deliveryProject), {
      path: "argocd.deliveryProject",
      code: "project-invalid",
      problem: `${format(argocd.deliveryProject)} is not a valid AppProject name`,
      allowed: "a name that `kubectl get appprojects -A` lists",
      fix: "use a project that allows the host as destination and the chart's repository as source",
    }),
  ];
}
