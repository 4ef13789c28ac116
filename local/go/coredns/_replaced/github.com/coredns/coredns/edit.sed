# A function of Kubernetes' client v0.35; all programs here have v0.34.
s/cache\.ToListWatcherWithWatchListSemantics\(/plainListWatch(/
