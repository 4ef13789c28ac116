// pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its published module.
//
// Upstream's own main cannot be built from the module: it embeds two files that only upstream's release job makes. The same files
// without a version stamp are in the module, so `go generate` copies them here first.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is the release whose commit go.mod pins; the module itself carries only a date.
const version = "4.18.1"

// go:embed does not reach into another module, and seven megabytes of upstream's files have no place in this repository.
//
//go:generate sh -c "install -m 644 $(go list -f {{.Module.Dir}} github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version)/cmd/pulumi-resource-kubernetes/*.json ."

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, terraformMapping)
}
