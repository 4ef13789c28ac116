"""The environment of examples/yaml. `pulumi package add ../../provider` generates the SDK."""

import pulumi
from pulumi_vcluster_environments import Environment

environment = Environment(
    "environment",
    environment=pulumi.get_stack(),
    domain=pulumi.Config().require("domain"),
    control_plane={
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"cpu": 2, "memory": "4Gi"},
    },
    sync={"secrets": {"backstage/*": "backstage/*", "shared/*": "config/*"}},
    argocd={"labels": {"team": "platform"}},
)

pulumi.export("apiUrl", environment.api_url)
pulumi.export("kubeconfig", environment.kubeconfig)
pulumi.export("argocdCluster", environment.argocd_cluster)
