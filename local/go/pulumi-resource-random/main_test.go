package main

import (
	"encoding/json"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

// sdkVersion is the @pulumi/random that the program uses.
const sdkVersion = "4.21.2"

func TestVersionSatisfiesTheSDK(t *testing.T) {
	v, err := semver.Parse(version)
	require.NoError(t, err)
	require.True(t, v.GTE(semver.MustParse(sdkVersion)), "Pulumi warns of a plugin older than the SDK")
}

func TestResourcesHaveTheTokensOfTheSDK(t *testing.T) {
	var spec schema.PackageSpec
	data, err := server(t).GetSchema(t.Context(), plugin.GetSchemaRequest{})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data.Schema, &spec))

	var found []string
	for token := range spec.Resources {
		found = append(found, token)
	}
	var wanted []string
	for _, kind := range []string{"Bytes", "Id", "Integer", "Password", "Pet", "Shuffle", "String", "Uuid", "Uuid4", "Uuid7"} {
		wanted = append(wanted, "random:index/random"+kind+":Random"+kind)
	}
	require.ElementsMatch(t, wanted, found)
}

func TestPasswordsAreSecretAndFollowTheirKeepers(t *testing.T) {
	const urn = resource.URN("urn:pulumi:test::test::random:index/randomPassword:RandomPassword::subject")
	p := server(t)
	inputs := func(keeper string) resource.PropertyMap {
		checked, err := p.Check(t.Context(), plugin.CheckRequest{URN: urn, News: resource.NewPropertyMapFromMap(map[string]any{
			"length": 24, "special": false, "keepers": map[string]any{"generation": keeper},
		})})
		require.NoError(t, err)
		require.Empty(t, checked.Failures)
		return checked.Properties
	}

	created, err := p.Create(t.Context(), plugin.CreateRequest{URN: urn, Properties: inputs("1")})
	require.NoError(t, err)
	result := created.Properties["result"]
	require.True(t, result.IsSecret())
	require.Regexp(t, "^[A-Za-z0-9]{24}$", result.SecretValue().Element.StringValue())

	diff := func(keeper string) plugin.DiffResult {
		result, err := p.Diff(t.Context(), plugin.DiffRequest{
			URN: urn, ID: created.ID, OldInputs: inputs("1"), OldOutputs: created.Properties, NewInputs: inputs(keeper),
		})
		require.NoError(t, err)
		return result
	}
	require.Equal(t, plugin.DiffNone, diff("1").Changes)
	require.Equal(t, []resource.PropertyKey{"keepers"}, diff("2").ReplaceKeys)
}

func TestBytesAreTheirOwnID(t *testing.T) {
	id, err := bytesID(t.Context(), resource.PropertyMap{"base64": resource.MakeSecret(resource.NewProperty("AAE="))})
	require.NoError(t, err)
	require.Equal(t, resource.ID("AAE="), id)
	_, err = bytesID(t.Context(), resource.PropertyMap{})
	require.ErrorContains(t, err, "base64")
}

func server(t *testing.T) plugin.Provider {
	t.Helper()
	p, err := tfbridge.NewProvider(t.Context(), providerInfo(), tfbridge.ProviderMetadata{XGetSchema: makeSchema})
	require.NoError(t, err)
	return p
}
