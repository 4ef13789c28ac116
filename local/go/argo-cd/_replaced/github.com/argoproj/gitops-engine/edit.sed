# The version whose types Kubernetes' libraries v0.34 have.
s|"sigs\.k8s\.io/structured-merge-diff/v4/|"sigs.k8s.io/structured-merge-diff/v6/|
