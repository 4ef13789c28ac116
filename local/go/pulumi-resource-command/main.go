// pulumi-resource-command stands in for Pulumi's command provider, whose source is not published as a Go module.
//
// It serves command:local:Command alone, with the inputs, outputs and behaviour of the official plugin, so that a stack may change
// from one to the other. command:remote:* and the function command:local:run are not there.
package main

import (
	"context"
	"fmt"
	"os"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"vcluster-environments/local/pulumi-resource-command/local"
)

// version begins with the SDK release whose Command this follows. What it is stands in the build metadata, because a pre-release
// would rank below the SDK's own version and Pulumi would warn of an outdated plugin at every run.
const version = "1.2.1+stand-in.built-from-source"

func newProvider() (provider.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Command (stand-in)").
		WithDescription("Stand-in for the official command provider, built from source: command:local:Command only.").
		WithLicense("Apache-2.0").
		WithResources(infer.Resource(&local.Command{})).
		Build()
}

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(version)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-command:", err)
		os.Exit(1)
	}
}

func run() error {
	p, err := newProvider()
	if err != nil {
		return err
	}
	return p.Run(context.Background(), "command", version)
}
