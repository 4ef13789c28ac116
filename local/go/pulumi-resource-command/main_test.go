package main

import (
	"encoding/json"
	"testing"

	"github.com/blang/semver"
	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/require"
)

// sdkVersion is the @pulumi/command that the program uses.
const sdkVersion = "1.2.1"

func TestVersionSatisfiesTheSDKAndSaysWhatItIs(t *testing.T) {
	v, err := semver.Parse(version)
	require.NoError(t, err)
	require.True(t, v.GTE(semver.MustParse(sdkVersion)), "Pulumi warns of a plugin older than the SDK")
	require.Equal(t, []string{"stand-in", "built-from-source"}, v.Build)
}

func TestSchemaHasWhatTheSDKSends(t *testing.T) {
	p, err := newProvider()
	require.NoError(t, err)
	server, err := integration.NewServer(t.Context(), "command", semver.MustParse(version), integration.WithProvider(p))
	require.NoError(t, err)
	response, err := server.GetSchema(provider.GetSchemaRequest{})
	require.NoError(t, err)
	var spec schema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(response.Schema), &spec))

	require.Equal(t, version, spec.Version)
	require.Contains(t, spec.Description, "Stand-in")
	require.Len(t, spec.Resources, 1)
	command := spec.Resources["command:local:Command"]
	inputs := []string{
		"addPreviousOutputInEnv", "archivePaths", "assetPaths", "create", "delete", "dir", "environment", "interpreter", "logging",
		"stdin", "triggers", "update",
	}
	require.ElementsMatch(t, inputs, keys(command.InputProperties))
	require.ElementsMatch(t, append(inputs, "archive", "assets", "stderr", "stdout"), keys(command.Properties))
	require.Empty(t, command.RequiredInputs)
	for name, input := range command.InputProperties {
		require.Equal(t, name == "triggers", input.ReplaceOnChanges, name)
	}
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return names
}
