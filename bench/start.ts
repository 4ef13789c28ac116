import { setTimeout as delay } from "node:timers/promises";

import { TESTED_VERSION } from "../shared/vcluster/versions";
import { Cluster, reference } from "../testing/cluster";
import { listObjects } from "../testing/objects";
import { podAnswers } from "./api";
import type { Bench, Measured, Options, Table } from "./bench";
import type { Contender } from "./candidate";
import { before, ours } from "./environment";
import { helm } from "./helm";
import { ratio } from "./statistics";
import { vclusterCli } from "./vcluster-cli";

const UP = "pulumi up";
const HELM = "helm install";
const API = "its API answers in the pod";
const LIMIT_MS = 120_000;

export const start: Bench = {
  name: "start",
  title: "Time to a usable environment, and back to nothing",
  run: measure,
};

async function measure({ repetitions, progress }: Options): Promise<Measured> {
  const contenders = [
    await ours("bench-ours"),
    await before("bench-before"),
    helm("bench-helm"),
    await vclusterCli("bench-cli"),
  ];
  const usable: Record<string, number[]> = {};
  const gone: Record<string, number[]> = {};
  const note = (record: Record<string, number[]>, name: string, value: number) => (record[name] ??= []).push(value);
  for (const contender of contenders) await contender.down(); // of a run that was killed
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    // In turn, and each time another one first.
    for (let i = 0; i < contenders.length; i += 1) {
      const contender = contenders[(i + repetition) % contenders.length];
      if (!contender) continue;
      const { name } = contender;
      const begin = performance.now();
      const since = () => (performance.now() - begin) / 1000;
      const api = podAnswers(contender.names.namespace, contender.names.pod).then(() => {
        note(usable, `${name}: ${API}`, since());
      });
      await contender.up();
      note(usable, name, since());
      await api;
      await delay(2_000);
      const end = performance.now();
      await contender.down();
      await nothingLeft(contender);
      note(gone, name, (performance.now() - end) / 1000);
      await looksClean(contender);
      progress(`${name}: usable after ${last(usable[name])} s, gone after ${last(gone[name])} s`);
    }
  }
  const series = (record: Record<string, number[]>) =>
    Object.entries(record).map(([name, values]) => ({ name, values }));
  const up: Table = { title: "Until it is usable", unit: "s", series: series(usable) };
  const down: Table = { title: "Until nothing is left", unit: "s", series: series(gone) };
  return {
    tables: [up, down],
    targets: [
      { name: "usable, of helm with chart defaults", value: ratio(up, UP, HELM), limit: 1 },
      { name: "usable, of the floor", value: ratio(up, UP, `${HELM}: ${API}`), limit: 1.25 },
      { name: "teardown, of helm plus namespace", value: ratio(down, UP, HELM), limit: 1.1 },
    ],
    notes: [
      "All images are on the node, and the four shared namespaces exist. A contender's clock starts with its first command.",
      "`pulumi up`: everything that an environment has, by `pulumi up --yes --policy-pack policy`, its own preview included; it " +
        "ends when the API has answered through the ingress and Argo CD is registered.",
      "`as of …`: the same commands in a checkout of an earlier commit, on the same host.",
      "`helm install`: `kubectl apply` of the namespace, the ingress and the Roles, `helm install --wait` of the same chart with " +
        "its defaults (persistence too; other than default are only the images, which a host without a registry must name, and the " +
        "certificate's names), `kubectl apply` of Argo CD's Secret, and a request through the ingress.",
      `\`vcluster create\` (${TESTED_VERSION}, built from its module, with \`--local-chart-dir --connect=false\`): until its API answers in the pod; ` +
        "it makes neither ingress nor registration. `--connect` would need Docker.",
      "The floor is the moment at which the API server of the chart with its defaults answers in the pod (port 8443, `/readyz`), " +
        "seen from the first command of `helm install`; the same moment is shown for each contender.",
      "Nothing is left when namespace, volume, cluster roles, roles and Argo CD's Secret are gone; a look at all objects of the host " +
        "follows. Helm's way is `helm uninstall`, `kubectl delete` of the objects, then of the namespace.",
    ],
  };
}

function last(values: readonly number[] | undefined): string {
  return (values?.at(-1) ?? NaN).toFixed(1);
}

/** Waits until what a contender makes is gone: the namespace with all that is in it, its volume, its rights, Argo CD's Secret. */
async function nothingLeft({ names: { namespace, release, argocdCluster } }: Contender): Promise<void> {
  const host = Cluster.host();
  const rbac = "rbac.authorization.k8s.io/v1";
  const role = `vc-${release}-v-${namespace}`;
  const rest = [
    reference("v1", "Namespace", namespace),
    reference("v1", "Secret", argocdCluster, "argocd"),
    reference(rbac, "ClusterRole", role),
    reference(rbac, "ClusterRoleBinding", role),
    ...["backstage", "nextjs", "shared", "shared-config"].flatMap((source) =>
      ["Role", "RoleBinding"].map((kind) => reference(rbac, kind, release, source)),
    ),
  ];
  const gone = async () => {
    const { items } = await host.core.listPersistentVolume();
    if (items.some(({ spec }) => spec?.claimRef?.namespace === namespace)) return false;
    return (await Promise.all(rest.map((object) => host.get(object)))).every((object) => object === undefined);
  };
  await host.waitFor(gone, { what: `${namespace} to be gone`, timeoutMs: LIMIT_MS, everyMs: 100, namespace });
}

/** Outside of the clock: no object of any kind carries one of the contender's names. */
async function looksClean({ name, names: { namespace, release } }: Contender): Promise<void> {
  const left = [...(await listObjects(Cluster.host())).keys()].filter(
    (object) => object.includes(namespace) || object.includes(release),
  );
  if (left.length > 0) throw new Error(`${name} leaves:\n${left.join("\n")}`);
}
