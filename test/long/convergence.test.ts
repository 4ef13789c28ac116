import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { chartDir } from "../../local/settings";
import { checkoutDir } from "../../shared/checkout";
import { exec, succeeded } from "../../shared/exec";
import { table } from "../../shared/table";
import { Cluster, reference } from "../../testing/cluster";

import { destroy, environment, type Environment } from "../support/environments";
import { keepResult } from "../support/results";

const NAME = "cfg-converge";
const config = {
  domain: "cnoe.localtest.me",
  argocd: { namespaces: ["apps"], clusterResources: true },
  // Nothing serves it: the rows are about the Application, not about what it would deploy.
  applications: {
    web: {
      ...{ repository: "https://charts.example.org", chart: "web", revision: "1.0.0" },
      ...{ namespace: "apps", wait: false },
    },
  },
  persistence: { size: "1Gi" },
};

/** One way in which an environment that runs is damaged. */
interface Fault {
  readonly title: string;
  /** Lines for bash. */
  readonly script: string;
  /** What the preview says of it. */
  readonly said: RegExp;
  /** True where the objects of the virtual cluster are gone with it. */
  readonly empties?: boolean;
  /** Lines for bash, where `up` does not heal it and names them instead: what they are, and that the next `up` heals then. */
  readonly help?: string;
}

const [namespace, release, argocd] = [`${NAME}-vcluster`, `vcluster-${NAME}-helm`, "argocd"];
const kubectl = (text: string) => `kubectl --request-timeout=60s ${text}`;
const inNamespace = (text: string) => kubectl(`-n ${namespace} ${text}`);
const inside = (text: string) => `kubectl --request-timeout=60s --kubeconfig "$INSIDE" ${text}`;
/** A merge patch as kubectl, or as a controller with another name. */
const patch = (object: string, body: object, manager?: string) =>
  `patch ${object} --type merge -p '${JSON.stringify(body)}'${manager === undefined ? "" : ` --field-manager=${manager}`}`;

const deleted = (object: string, said = /1 to create|\+.*create|to replace|\+-/): Fault => ({
  title: `${object} deleted`,
  script: inNamespace(`delete ${object} --wait=true`),
  said,
});
const changed = (object: string, body: object, field: string): Fault[] =>
  [undefined, "other-controller"].map((manager) => ({
    title: `${object} changed by ${manager ?? "kubectl"}`,
    script: inNamespace(patch(object, body, manager)),
    said: new RegExp(`${field}.*\\(written by ${manager ?? "kubectl-patch"}`),
  }));

/** Own objects of the environment's namespace, of the host, and of Argo CD. */
const OWN: readonly Fault[] = [
  deleted(`resourcequota/${release}-workloads`),
  deleted(`resourcequota/${release}-objects`),
  deleted(`limitrange/${release}`),
  ...changed(`resourcequota/${release}-workloads`, { spec: { hard: { pods: "7" } } }, "spec\\.hard\\.pods"),
  ...changed(`limitrange/${release}`, { spec: { limits: [] } }, "spec\\.limits"),
  ...["all-pods", "acme-solvers", "control-plane", "workloads"].flatMap((suffix) => [
    deleted(`networkpolicy/${release}-${suffix}`),
  ]),
  ...changed(`networkpolicy/${release}-workloads`, { spec: { egress: [{}] } }, "spec\\.egress"),
  ...changed(`networkpolicy/${release}-control-plane`, { spec: { egress: [{}] } }, "spec\\.egress"),
  {
    title: "address of the host's API in the control plane's policy changed",
    script: `${inNamespace(`get networkpolicy/${release}-control-plane -o json`)} | sed -E 's#"cidr": "[0-9.]+/32"#"cidr": "192.0.2.1/32"#' | ${kubectl("replace -f -")}`,
    said: /spec\.egress.*\(written by kubectl-replace/,
  },
  deleted(`ingress/${namespace}-ingress`),
  ...changed(`ingress/${namespace}-ingress`, { spec: { ingressClassName: "none" } }, "spec\\.ingressClassName"),
  deleted(`priorityclass/${release}`),
  deleted(`priorityclass/${release}-workloads`),
  deleted(`validatingadmissionpolicy/${namespace}-synced-objects`),
  deleted(`validatingadmissionpolicybinding/${namespace}-synced-objects`),
  deleted(`validatingadmissionpolicy/${namespace}-ingress-hosts`),
  deleted(`validatingadmissionpolicybinding/${namespace}-ingress-hosts`),
  ...changed(
    `validatingadmissionpolicybinding/${namespace}-synced-objects`,
    { spec: { validationActions: ["Audit"] } },
    "spec\\.validationActions",
  ),
  ...changed(
    `namespace/${namespace}`,
    { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    "pod-security",
  ),
  {
    ...deleted(`role/${release}`),
    title: "role in a source namespace deleted",
    script: kubectl(`-n shared delete role ${release}`),
  },
  {
    ...deleted(`rolebinding/${release}`),
    title: "role binding in a source namespace deleted",
    script: kubectl(`-n shared delete rolebinding ${release}`),
  },
  {
    title: "role binding in a source namespace made again with another role",
    script: `${kubectl(`-n shared get rolebinding ${release} -o json`)} | jq '.roleRef |= {apiGroup, kind: "ClusterRole", name: "view"}' | ${kubectl("replace --force -f -")}`,
    said: /roleRef\.name.*\(written by kubectl-.*makes the object again/,
  },
  {
    title: "Argo CD's cluster made again with another type",
    script: `${kubectl(`-n ${argocd} get secret ${namespace} -o json`)} | jq '.type = "example.org/other"' | ${kubectl("replace --force -f -")}`,
    said: /type differs \(written by kubectl-.*makes the object again/,
  },
  {
    ...deleted(`secret/${namespace}`),
    title: "Argo CD's cluster deleted",
    script: kubectl(`-n ${argocd} delete secret ${namespace}`),
  },
  {
    title: "Argo CD's cluster rewritten by Argo CD",
    script: kubectl(
      `-n ${argocd} ${patch(`secret/${namespace}`, { stringData: { server: "https://elsewhere" } }, "argocd-server")}`,
    ),
    said: /data\.server.*\(written by argocd-server/,
  },
  {
    ...deleted("project"),
    title: "Argo CD's project deleted",
    script: kubectl(`-n ${argocd} delete appproject ${namespace}`),
  },
  {
    ...deleted("application"),
    title: "Application in Argo CD deleted",
    script: kubectl(`-n ${argocd} delete application web-${NAME} --timeout=60s`),
  },
  {
    title: "Argo CD's project changed",
    script: kubectl(`-n ${argocd} ${patch(`appproject/${namespace}`, { spec: { sourceRepos: ["*"] } })}`),
    said: /spec\.sourceRepos.*\(written by kubectl/,
  },
];

/** Added to objects of ours: Pulumi does not see it, and applying them again does not remove it. */
const ADDED: readonly Fault[] = [
  ...["all-pods", "workloads"].map((suffix) => ({
    title: `networkpolicy ${suffix} opened by one more rule`,
    script: `${inNamespace(`get networkpolicy/${release}-${suffix} -o json`)} | jq '.spec.egress += [{}]' | ${kubectl("replace -f -")}`,
    said: /spec\.egress.*\(written by kubectl-replace/,
  })),
  {
    title: "networkpolicy all-pods narrowed to no pod",
    script: inNamespace(
      patch(`networkpolicy/${release}-all-pods`, { spec: { podSelector: { matchLabels: { none: "none" } } } }),
    ),
    said: /spec\.podSelector\.matchLabels.*\(written by kubectl-patch/,
  },
  {
    title: "networkpolicy all-pods narrowed to no pod, and the record of its writers cleared",
    script: inNamespace(
      `patch networkpolicy/${release}-all-pods --type json -p '${JSON.stringify([
        { op: "add", path: "/spec/podSelector", value: { matchLabels: { none: "none" } } },
        { op: "replace", path: "/metadata/managedFields", value: [{}] },
      ])}'`,
    ),
    said: /spec\.podSelector\.matchLabels.*instead of nothing; this update restores it/,
  },
  {
    title: "a variable added to the control plane, and the record of its writers cleared",
    script: inNamespace(
      `patch statefulset/${release} --type json -p '${JSON.stringify([
        { op: "add", path: "/spec/template/spec/containers/0/env/-", value: { name: "ADDED", value: "yes" } },
        { op: "replace", path: "/metadata/managedFields", value: [{}] },
      ])}'`,
    ),
    said: /This update repairs .*env\.\d+.*instead of nothing/,
  },
  {
    title: "networkpolicy all-pods narrowed to no pod by another Pulumi program",
    script: inNamespace(
      patch(
        `networkpolicy/${release}-all-pods`,
        { spec: { podSelector: { matchLabels: { none: "none" } } } },
        "pulumi-kubernetes-x1",
      ),
    ),
    said: /spec\.podSelector\.matchLabels.*\(written by pulumi-kubernetes-x1/,
  },
  {
    title: "everything excluded from the admission policy",
    script: kubectl(
      patch(`validatingadmissionpolicy/${namespace}-synced-objects`, {
        spec: {
          matchConstraints: {
            excludeResourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }],
          },
        },
      }),
    ),
    said: /spec\.matchConstraints\.excludeResourceRules.*\(written by kubectl-patch/,
  },
  {
    title: "a condition that is never met added to the admission policy",
    script: `${kubectl(`get validatingadmissionpolicy/${namespace}-synced-objects -o json`)} | jq '.spec.matchConditions += [{name: "never", expression: "false"}]' | ${kubectl("replace -f -")}`,
    said: /spec\.matchConditions\.\d+.*\(written by kubectl-replace/,
  },
  {
    title: "binding of the admission policy narrowed to no namespace",
    script: kubectl(
      patch(`validatingadmissionpolicybinding/${namespace}-synced-objects`, {
        spec: { matchResources: { namespaceSelector: { matchLabels: { none: "none" } } } },
      }),
    ),
    said: /spec\.matchResources.*\(written by kubectl-patch/,
  },
  {
    title: "one more amount in the quota",
    script: inNamespace(patch(`resourcequota/${release}-objects`, { spec: { hard: { "count/jobs.batch": "0" } } })),
    said: /spec\.hard.*count.jobs\.batch.*\(written by kubectl-patch/,
  },
  {
    title: "a maximum in the limits, from which the API fills in defaults",
    script: inNamespace(
      `patch limitrange/${release} --type json -p '[{"op":"add","path":"/spec/limits/0/max","value":{"cpu":"100m"}}]'`,
    ),
    said: /spec\.limits.*default\.cpu.*\(written by kubectl-patch/,
  },
  {
    title: "a rule added to the role in a source namespace",
    script: `${kubectl(`-n shared get role/${release} -o json`)} | jq '.rules += [{apiGroups: [""], resources: ["secrets"], verbs: ["*"]}]' | ${kubectl("replace -f -")}`,
    said: /rules.*\(written by kubectl-replace/,
  },
  {
    title: "rights added to Argo CD's project",
    script: kubectl(
      `-n ${argocd} ${patch(`appproject/${namespace}`, { spec: { clusterResourceWhitelist: [{ group: "*", kind: "*" }], sourceNamespaces: ["*"] } })}`,
    ),
    said: /spec\.sourceNamespaces.*\(written by kubectl-patch/,
  },
  {
    title: "an annotation of the namespace changed",
    script: kubectl(`annotate namespace/${namespace} vcluster-environments/stack=other --overwrite`),
    said: /metadata\.annotations.*\(written by kubectl-annotate/,
  },
];

const restores = /This update repairs the environment/;
/** What is in the Helm release. */
const RELEASE: readonly Fault[] = [
  {
    title: "control plane scaled to 0",
    script: inNamespace(`scale statefulset/${release} --replicas=0`),
    said: restores,
  },
  {
    title: "image of the control plane changed",
    script: inNamespace(
      `set image statefulset/${release} syncer=$(kubectl -n ${namespace} get statefulset/${release} -o jsonpath='{.spec.template.spec.containers[0].image}')-none`,
    ),
    said: restores,
  },
  {
    title: "resources of the control plane changed",
    script: inNamespace(
      `set resources statefulset/${release} -c syncer --limits=memory=1536Mi --requests=memory=256Mi`,
    ),
    said: restores,
  },
  {
    title: "resources of the control plane changed by another Pulumi program",
    script: inNamespace(
      `set resources statefulset/${release} -c syncer --limits=memory=1536Mi --requests=memory=256Mi --field-manager=pulumi-kubernetes-x1`,
    ),
    said: /This update repairs .*\(written by pulumi-kubernetes-x1/,
  },
  {
    title: "StatefulSet deleted, pod and volume kept",
    script: inNamespace(`delete statefulset/${release} --cascade=orphan`),
    said: restores,
  },
  {
    title: "StatefulSet made again by hand, unchanged but for a variable",
    script: `made=$(${inNamespace(`get statefulset/${release} -o json`)} | jq 'del(.metadata.resourceVersion, .metadata.uid) | .spec.template.spec.containers[0].env += [{name: "ADDED", value: "yes"}]')
${inNamespace(`delete statefulset/${release} --cascade=orphan`)}
${kubectl("create -f -")} <<<"$made"`,
    said: /This update repairs .*env\.\d+.*\(written by kubectl-create/,
  },
  {
    title: "StatefulSet deleted",
    script: `${inNamespace(`delete statefulset/${release} --wait=true`)}\n${inNamespace(`wait --for=delete pvc/data-${release}-0 --timeout=60s`)}`,
    said: /volume is gone/,
    empties: true,
  },
  ...[
    `service/${release}`,
    `service/${release}-headless`,
    `secret/vc-config-${release}`,
    `serviceaccount/vc-${release}`,
    `role/vc-${release}`,
    `rolebinding/vc-${release}`,
  ].map((object): Fault => ({ ...deleted(object, restores), title: `${object} of the release deleted` })),
  {
    title: "configuration Secret of the control plane changed",
    script: `changed=$(${inNamespace(`get secret/vc-config-${release} -o jsonpath='{.data.config\\.yaml}'`)} | base64 -d | sed '$a # by hand' | base64 -w0)
${inNamespace(`patch secret/vc-config-${release} --type merge -p "{\\"data\\":{\\"config.yaml\\":\\"$changed\\"}}"`)}`,
    said: restores,
  },
  {
    title: "configuration Secret of the control plane is no YAML",
    script: inNamespace(
      patch(`secret/vc-config-${release}`, {
        data: { "config.yaml": Buffer.from("controlPlane: [").toString("base64") },
      }),
    ),
    said: restores,
  },
  {
    title: "configuration Secret of the control plane with another number of replicas",
    script: `changed=$(${inNamespace(`get secret/vc-config-${release} -o jsonpath='{.data.config\\.yaml}'`)} | base64 -d | sed '/highAvailability:/,/replicas:/s/replicas: 1$/replicas: 3/' | base64 -w0)
${inNamespace(`patch secret/vc-config-${release} --type merge -p "{\\"data\\":{\\"config.yaml\\":\\"$changed\\"}}"`)}`,
    said: restores,
  },
  {
    title: "rules of the syncer's role emptied",
    script: inNamespace(patch(`role/vc-${release}`, { rules: [] })),
    said: restores,
  },
  {
    title: "Service's selector changed",
    script: inNamespace(patch(`service/${release}`, { spec: { selector: { app: "none" } } })),
    said: restores,
  },
  {
    title: "a label added to the Service's selector",
    script: inNamespace(patch(`service/${release}`, { spec: { selector: { none: "none" } } })),
    said: /This update repairs .*spec\.selector\.none.*\(written by kubectl-patch/,
  },
  {
    title: "a node selector added to the control plane",
    script: inNamespace(
      patch(`statefulset/${release}`, { spec: { template: { spec: { nodeSelector: { none: "none" } } } } }),
    ),
    said: /This update repairs .*nodeSelector.*\(written by kubectl-patch/,
  },
  {
    title: "a variable added to the control plane",
    script: inNamespace(`set env statefulset/${release} -c syncer ADDED=yes`),
    said: /This update repairs .*env\.\d+.*\(written by kubectl-set/,
  },
  {
    title: "release upgraded by Helm with another value",
    script: `helm -n ${namespace} upgrade ${release} ${chartDir} --reuse-values --set logging.encoding=console --wait --timeout 2m`,
    said: /This update repairs .*made the last revision/,
  },
  {
    title: "claim of the volume and pod deleted",
    script: `${inNamespace(`delete pvc/data-${release}-0 --wait=false`)}
${inNamespace(`delete pod/${release}-0 --wait=true`)}
${inNamespace(`wait --for=create pod/${release}-0 --timeout=60s`)}
${inNamespace(`wait --for=condition=Ready pod/${release}-0 --timeout=150s`)}`,
    said: /objects of the virtual cluster before that are lost/,
    empties: true,
  },
  {
    title: "claim of the volume and pod deleted, and `up` before the API answers",
    script: `${inNamespace(`delete pvc/data-${release}-0 --wait=false`)}
${inNamespace(`delete pod/${release}-0 --wait=true`)}
${inNamespace(`wait --for=create pvc/data-${release}-0 --timeout=60s`)}`,
    said: /are lost, unless they were restored/,
    empties: true,
  },
  {
    title: "scaled to 0, and the claim of the volume deleted",
    script: `${inNamespace(`scale statefulset/${release} --replicas=0`)}
${inNamespace(`wait --for=delete pod/${release}-0 --timeout=60s`)}
${inNamespace(`delete pvc/data-${release}-0`)}`,
    said: /the volume is gone and with it all objects/,
    empties: true,
  },
  {
    title: "claim of the volume, pod and a Service deleted",
    script: `${inNamespace(`delete pvc/data-${release}-0 --wait=false`)}
${inNamespace(`delete pod/${release}-0 --wait=true`)}
${inNamespace(`delete service/${release}-headless`)}
${inNamespace(`wait --for=create pod/${release}-0 --timeout=60s`)}
${inNamespace(`wait --for=condition=Ready pod/${release}-0 --timeout=150s`)}`,
    said: /are lost.*Service .* is missing/,
    empties: true,
  },
  {
    title: "claim of the volume and pod deleted, and Argo CD's cluster",
    // Without a token to try, Helm's record tells the volume's age.
    script: `${kubectl(`-n ${argocd} delete secret ${namespace}`)}
${inNamespace(`delete pvc/data-${release}-0 --wait=false`)}
${inNamespace(`delete pod/${release}-0 --wait=true`)}
${inNamespace(`wait --for=create pod/${release}-0 --timeout=60s`)}
${inNamespace(`wait --for=condition=Ready pod/${release}-0 --timeout=150s`)}`,
    said: /are lost, unless they were restored/,
    empties: true,
  },
  {
    title: "certificates' Secret deleted",
    script: inNamespace(`delete secret/${release}-certs`),
    said: restores,
  },
  {
    title: "cluster role of the release deleted",
    script: kubectl(`delete clusterrole vc-${release}-v-${namespace}`),
    said: restores,
  },
  {
    title: "cluster role binding of the release deleted",
    script: kubectl(`delete clusterrolebinding vc-${release}-v-${namespace}`),
    said: restores,
  },
  {
    title: "release stuck in pending-upgrade",
    script: `${inNamespace(`get secrets -l owner=helm,name=${release},status=deployed -o json`)} | node -e '${asPending()}' | ${kubectl("apply -f -")}`,
    said: /release-pending/,
  },
  {
    title: "Helm's last record deleted, and the rules of the syncer's role emptied",
    // The upgrade makes a second record where there is one only.
    script: `helm -n ${namespace} upgrade ${release} ${chartDir} --reuse-values --wait --timeout 2m
${inNamespace(`delete secrets -l owner=helm,name=${release},status=deployed`)}
${inNamespace(patch(`role/vc-${release}`, { rules: [] }))}`,
    said: /This update repairs .*last revision is gone.*rules/,
  },
  {
    title: "release uninstalled",
    script: `helm -n ${namespace} uninstall ${release} --wait --timeout 2m`,
    said: /starts an empty virtual cluster/,
    empties: true,
  },
  {
    title: "release uninstalled, history kept",
    script: `helm -n ${namespace} uninstall ${release} --keep-history --wait --timeout 2m`,
    said: /release-pending/,
    empties: true,
  },
];

/** Made again by hand with another value in a field that the API refuses to change. */
const remade = (object: string, filter: string, field: string, options = "", run = inNamespace("")): Fault => ({
  title: `${object} made again with another ${field}`,
  script: `${run} get ${object} -o json | jq '${filter}' | ${run} replace --force${options} -f -`,
  said: new RegExp(`${field} (is|differs).*kubectl delete`),
  help: `${run} delete ${object}${options}`,
});
const ORPHAN = " --cascade=orphan";
const REMADE: readonly Fault[] = [
  remade(`priorityclass/${release}-workloads`, ".value = 500", "value", "", kubectl("")),
  remade(`resourcequota/${release}-workloads`, '.spec.scopes = ["Terminating"]', "scopes"),
  remade(`statefulset/${release}`, '.spec.serviceName = "other"', "serviceName", ORPHAN),
  remade(
    `statefulset/${release}`,
    '.spec.volumeClaimTemplates[0].spec.resources.requests.storage = "7Gi"',
    "storage",
    ORPHAN,
  ),
  remade(`service/${release}-headless`, "del(.spec.clusterIP, .spec.clusterIPs)", "clusterIP", ORPHAN),
  remade(`rolebinding/vc-${release}`, '.roleRef.kind = "ClusterRole" | .roleRef.name = "view"', "name"),
  remade(`clusterrolebinding/vc-${release}-v-${namespace}`, '.roleRef.name = "view"', "name", "", kubectl("")),
];

/** What no update can repair; the message has the command. */
const NAMED: readonly Fault[] = [
  ...REMADE,
  {
    title: "a quota of others that refuses the control plane's pod",
    script: `${inNamespace("create quota other --hard=pods=0")}
${inNamespace(`delete pod/${release}-0 --wait=true`)}
until ${inNamespace("get events --field-selector reason=FailedCreate -o name")} | grep -q .; do sleep 1; done`,
    said: /exceeded quota: other.*delete resourcequota other/,
    // Another write lets Kubernetes try again at once, which waits for minutes after many refusals.
    help: `${inNamespace("delete resourcequota other")}
${inNamespace(`annotate statefulset/${release} retried=now`)}
${inNamespace(`annotate statefulset/${release} retried-`)}`,
  },
  {
    title: "a finalizer that never ends, on an object of ours",
    script: `${inNamespace(patch(`limitrange/${release}`, { metadata: { finalizers: ["example.org/never"] } }))}\n${inNamespace(`delete limitrange/${release} --wait=false`)}`,
    said: /has been deleted at .* held by example\.org\/never/,
    help: inNamespace(patch(`limitrange/${release}`, { metadata: { finalizers: null } })),
  },
  {
    title: "a finalizer that never ends, on an object of the release",
    script: `${inNamespace(patch(`service/${release}-headless`, { metadata: { finalizers: ["example.org/never"] } }))}\n${inNamespace(`delete service/${release}-headless --wait=false`)}`,
    said: /has been deleted at .* held by example\.org\/never/,
    help: inNamespace(patch(`service/${release}-headless`, { metadata: { finalizers: null } })),
  },
  {
    title: "Argo CD's cluster made immutable",
    script: kubectl(`-n ${argocd} ${patch(`secret/${namespace}`, { immutable: true })}`),
    said: /immutable.*\(written by kubectl-patch/,
    help: kubectl(`-n ${argocd} delete secret ${namespace}`),
  },
  {
    title: "configuration Secret of the control plane made immutable",
    script: inNamespace(patch(`secret/vc-config-${release}`, { immutable: true })),
    said: /immutable.*\(written by kubectl-patch/,
    help: inNamespace(`delete secret vc-config-${release}`),
  },
  {
    title: "all of Helm's records deleted, the control plane scaled to 0 and a variable added to it",
    script: `${inNamespace(`delete secrets -l owner=helm,name=${release}`)}
${inNamespace(`set env statefulset/${release} -c syncer ADDED=yes`)}
${inNamespace(`scale statefulset/${release} --replicas=0`)}`,
    said: /records of the release .* are gone|ADDED/,
    // The update after it.
    help: ":",
  },
];

/** What is inside the virtual cluster, and what everything is in. */
const REST: readonly Fault[] = [
  {
    title: "Argo CD's account inside deleted",
    // An API server accepts the token of a deleted account for ten seconds more, where it has just seen it.
    script: `${inside("-n kube-system get serviceaccounts -o name")} | grep argocd-manager | xargs -r ${inside("-n kube-system delete")}\nsleep 12`,
    said: restores,
  },
  {
    title: "Argo CD's cluster and its account inside deleted",
    script: `${kubectl(`-n ${argocd} delete secret ${namespace}`)}
${inside("-n kube-system get serviceaccounts -o name")} | grep argocd-manager | xargs -r ${inside("-n kube-system delete")}`,
    said: /Argo CD gets a token: there is none in the Secret/,
  },
  {
    title: "rights of Argo CD's account inside deleted",
    script: inside("-n apps delete rolebindings --all"),
    said: restores,
  },
  {
    title: "rights of Argo CD's account inside on kinds of the whole cluster taken away, but for namespaces",
    script: `${inside("get clusterroles -o name")} | grep argocd-manager | xargs -r ${inside(
      patch("", { rules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["*"] }] }),
    )}`,
    said: /This update repairs .*it lacks rights on the cluster/,
  },
  ...["-n apps get rolebindings", "get clusterrolebindings"].map((get) => ({
    title: `${get.replace("get ", "")} of Argo CD's account inside with another role`,
    script: `${inside(`${get} -o json`)} | jq '.items |= map(select(.metadata.name | startswith("argocd-manager")) | .roleRef = {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view"})' | ${inside("replace --force -f -")}`,
    said: /This update repairs .*it lacks rights/,
  })),
  {
    title: "namespace deleted",
    script: kubectl(`delete namespace ${namespace} --wait=true --timeout=180s`),
    said: /starts an empty virtual cluster/,
    empties: true,
  },
];

/** For `node -e`: from the list of Helm's records, the one that an upgrade has begun with when it is killed. */
function asPending(): string {
  return `
    const { gunzipSync, gzipSync } = require("node:zlib");
    const { items: [record] } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const decoded = Buffer.from(Buffer.from(record.data.release, "base64").toString(), "base64");
    const release = JSON.parse(gunzipSync(decoded));
    release.version += 1;
    release.info.status = "pending-upgrade";
    const { namespace, labels } = record.metadata;
    record.metadata = {
      namespace,
      name: "sh.helm.release.v1." + release.name + ".v" + release.version,
      labels: { ...labels, status: "pending-upgrade", version: String(release.version) },
    };
    record.data.release = Buffer.from(gzipSync(JSON.stringify(release)).toString("base64")).toString("base64");
    console.log(JSON.stringify(record));`;
}

describe("an environment that was damaged by hand", function () {
  this.timeout(600_000);
  const rows: string[][] = [];
  let env: Environment;
  let directory: string;

  before(async () => {
    env = await environment(NAME, config);
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "converge-"));
  });
  after(async () => {
    keepResult("convergence", {
      title: "Convergence",
      text: table([["fault", "healed by one pulumi up", "seconds", "said by the preview"], ...rows]),
      data: rows,
    });
    fs.rmSync(directory, { recursive: true, force: true });
    await destroy(NAME);
  });

  // A row that failed is not to be the fault of those after it.
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await up();
  });

  /** With the certificates that it has now. */
  const current = async () => new Cluster("the virtual cluster", String((await env.stack.outputs())["kubeconfig"]));
  const preview = async () => env.stack.run(["preview", ...env.stack.target()], 120_000);
  const up = async () => env.stack.run(["up", "--yes", "--skip-preview", ...env.stack.target()], 420_000);
  const bash = async (script: string) => {
    const { kubeconfig } = await env.stack.outputs();
    const file = path.join(directory, "inside.kubeconfig");
    fs.writeFileSync(file, String(kubeconfig), { mode: 0o600 });
    return exec("bash", ["-eo", "pipefail", "-c", script], {
      cwd: checkoutDir,
      env: { ...process.env, INSIDE: file },
      timeoutMs: 240_000,
    });
  };

  it("has an empty preview before", async () => {
    const { output } = succeeded(await preview());
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /to (create|update|replace|delete)/);
  });

  it("names in a preview without a refresh, as in CI, what was deleted", async () => {
    const withoutRefresh = async () => env.stack.run(["preview", "--refresh=false", ...env.stack.target()], 120_000);
    const before = succeeded(await withoutRefresh()).output;
    assert.doesNotMatch(before, /is missing on the host/);
    succeeded(await bash(inNamespace(`delete limitrange/${release} --wait=true`)));
    const { output } = succeeded(await withoutRefresh());
    assert.match(output, new RegExp(`LimitRange ${release} is missing on the host`));
    succeeded(await up());
    assert.doesNotMatch(succeeded(await withoutRefresh()).output, /is missing on the host/);
  });

  for (const { title, script, said, empties = false, help } of [...OWN, ...ADDED, ...RELEASE, ...NAMED, ...REST]) {
    it(`is ${help === undefined ? "healed" : "named"}: ${title}`, async () => {
      const marker = reference("v1", "ConfigMap", "converge", "default");
      await (await current()).apply({ ...marker, data: { kept: "yes" } } as typeof marker);
      succeeded(await bash(script));

      const before = await preview();
      const told = before.output.split("\n").filter((line) => said.test(line));
      const first = await up();
      if (help !== undefined) succeeded(await bash(help));
      const last = help === undefined ? first : await up();
      const after = await preview();
      const isEmpty = !/to (create|update|replace|delete)/.test(after.output) && !said.test(after.output);
      const healed = last.exitCode === 0 && after.exitCode === 0 && isEmpty;
      rows.push([
        title,
        healed ? (help === undefined ? "yes" : "by the command it names") : "no",
        (last.elapsedMs / 1000).toFixed(0),
        (told[0] ?? "nothing of it").trim().slice(0, 160),
      ]);

      assert.ok(told.length > 0, `the preview did not say ${String(said)}:\n${before.output}`);
      assert.equal(last.exitCode, 0, last.output);
      assert.ok(healed, `the preview after it is not empty:\n${after.output}`);
      assert.equal((await (await current()).get(marker)) !== undefined, !empties, "the objects of the virtual cluster");
    });
  }
});
