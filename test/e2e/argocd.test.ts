import * as assert from "node:assert/strict";

import type { V1Deployment, V1Namespace } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { Cluster, reference } from "../../testing/cluster";
import { type Application, application as applicationNamed, syncedAndHealthy } from "../support/argocd";
import { chartRepository } from "../support/chart-repository";
import { environment, type Environment } from "../support/environments";
import { argocdToken, Bearer } from "../support/tokens";

describe("Argo CD registration", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  const application = applicationNamed("e2e-backstage-dev");
  const repository = reference("v1", "Namespace", "e2e-charts");
  const deployment = reference("apps/v1", "Deployment", "backstage-dev", "backstage");
  let dev: Environment;

  const removeAll = async () => {
    await host.remove(application); // first, so that Argo CD does not put the Deployment back
    await dev.cluster.remove(deployment);
    await host.remove(repository);
  };

  before(async () => {
    dev = await environment("dev");
    await removeAll();
    await host.apply<V1Namespace>(repository);
  });
  after(removeAll);

  it("deploys an Application with destination.name dev-vcluster to Synced and Healthy", async () => {
    const repoURL = await chartRepository(host, repository.metadata.name, {
      name: "backstage",
      version: "0.1.0",
      templates: { "deployment.yaml": sleepingDeployment },
    });
    await host.apply<Application>({
      ...application,
      spec: {
        project: "default",
        destination: { name: dev.argocdCluster, namespace: "backstage" },
        source: { repoURL, chart: "backstage", targetRevision: "0.1.0" },
        syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
      },
    });
    await syncedAndHealthy(host, application.metadata.name);
    const deployed = await dev.cluster.get<V1Deployment>(deployment);
    assert.equal(deployed?.status?.readyReplicas, 1);
  });

  it("uses a service account with cluster-admin rights instead of the administrator's certificate", async () => {
    const bearer = new Bearer(dev, await argocdToken(host, dev));
    const { name, groups } = await bearer.who();
    assert.match(name, /^system:serviceaccount:kube-system:argocd-manager-[a-z0-9]{8}$/);
    assert.deepEqual(groups, ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:kube-system"]);
    for (const namespace of ["default", "kube-system"]) {
      const rules = await bearer.rules(namespace);
      for (const all of ["* */*", "* /*"]) assert.ok(rules.includes(all), `${all} is not among ${rules.join("; ")}`);
    }
    assert.equal(await bearer.can("*", "*.*"), true);
  });

  it("has its pod on the host under the predicted name", async () => {
    const pods = await dev.cluster.core.listNamespacedPod({
      namespace: "backstage",
      labelSelector: "app=backstage-dev",
    });
    const names = pods.items.map(({ metadata }) => metadata?.name ?? "");
    assert.equal(names.length, 1);
    const expected = syncedName(names[0] ?? "", "backstage", dev.release);
    assert.match(expected, /^backstage-dev-.+-x-backstage-x-vcluster-dev-helm$/);
    await host.podReady(dev.namespace, expected, 10_000);
  });
});

/** The development pattern of the design: the deployment sleeps, and a developer works in its pod. */
const sleepingDeployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: backstage-dev
spec:
  selector: { matchLabels: { app: backstage-dev } }
  template:
    metadata: { labels: { app: backstage-dev } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: backstage
          image: docker.io/library/busybox:1.36
          imagePullPolicy: IfNotPresent
          command: [sleep, infinity]
`;
