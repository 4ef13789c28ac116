// Oracle for the names of synced objects: asks vCluster's own function.
//
// Reads one JSON array of {"name", "namespace", "release"} from stdin and writes one JSON array of the names on the
// host, in the same order. Each is base64 of its bytes: the function cuts off by bytes, so that the name of something
// that is not ASCII need not be text.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/loft-sh/vcluster/pkg/util/translate"
)

type object struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Release   string `json:"release"`
}

func main() {
	var objects []object
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		log.Fatalf("stdin is no list of objects: %v", err)
	}
	names := make([][]byte, len(objects))
	for i, o := range objects {
		names[i] = []byte(translate.SingleNamespaceHostName(o.Name, o.Namespace, o.Release))
	}
	if err := json.NewEncoder(os.Stdout).Encode(names); err != nil {
		log.Fatal(err)
	}
}
