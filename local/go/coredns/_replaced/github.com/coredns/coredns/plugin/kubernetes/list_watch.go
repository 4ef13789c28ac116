package kubernetes

import "k8s.io/client-go/tools/cache"

// plainListWatch lists and watches as Kubernetes' client before v0.35 does, without the first list as a part of the watch.
func plainListWatch(listWatch *cache.ListWatch, _ any) cache.ListerWatcher { return listWatch }
