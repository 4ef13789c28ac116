// pulumi-resource-random is Pulumi's bridge over Terraform's random provider, built from the published modules of both.
//
// The main of the official plugin is not published as a module; this one serves the same resources under the same tokens, with the
// same state, so that a stack may change from one to the other. Terraform's provider is an internal package of its module, which is
// why this module's path begins with that one's.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	random "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// version begins with the SDK release whose resources this serves, so that Pulumi does not warn of an outdated plugin. The build
// metadata says what it really is: the release of Terraform's provider inside (the one that go.mod pins).
const version = "4.21.2+built-from-source.terraform-provider-random.3.9.0"

func providerInfo() bridge.ProviderInfo {
	info := bridge.ProviderInfo{
		Name:         "random",
		Version:      version,
		Description:  "Random values that stay as they are until their inputs change.",
		License:      "Apache-2.0",
		P:            tfbridge.ShimProvider(random.New()),
		MetadataInfo: bridge.NewProviderMetadata([]byte("{}")),
		Resources:    map[string]*bridge.ResourceInfo{"random_bytes": {ComputeID: bytesID}},
	}
	standard := tokens.MakeStandard(info.Name)
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return standard(module, "Random"+name)
	}))
	return info
}

// bytesID gives RandomBytes its identity as the official plugin does: Terraform's resource has none.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	base64 := state["base64"]
	if base64.IsSecret() {
		base64 = base64.SecretValue().Element
	}
	if !base64.IsString() {
		return "", errors.New("random_bytes: the state has no base64, from which the ID is made")
	}
	return resource.ID(base64.StringValue()), nil
}

// makeSchema runs when somebody asks for the schema, which the run of a program does not: so the plugin starts at once. Findings go to
// stderr because stdout belongs to Pulumi's handshake.
func makeSchema(ctx context.Context, _ plugin.GetSchemaRequest) ([]byte, error) {
	generated, err := tfgen.GenerateSchema(ctx, tfgen.GenerateSchemaOptions{
		ProviderInfo:    providerInfo(),
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true,
	})
	if err != nil {
		return nil, err
	}
	return generated.ProviderMetadata.PackageSchema, nil
}

func main() {
	tfbridge.Main(context.Background(), "random", providerInfo(), tfbridge.ProviderMetadata{XGetSchema: makeSchema})
}
