package local

import (
	"testing"

	"github.com/blang/semver"
	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
)

const urn = resource.URN("urn:pulumi:test::test::command:local:Command::subject")

// values is a program's inputs, or what is expected of outputs, in short form.
type values map[string]property.Value

func text(s string) property.Value { return property.New(s) }

func list(items ...string) property.Value {
	elements := make([]property.Value, len(items))
	for i, item := range items {
		elements[i] = property.New(item)
	}
	return property.New(elements)
}

// subject is one resource, driven through the provider's server in the order that Pulumi's engine does it.
type subject struct {
	t      *testing.T
	server integration.Server
	id     string
	inputs property.Map
	state  property.Map
}

func newSubject(t *testing.T) *subject {
	t.Helper()
	p, err := infer.NewProviderBuilder().WithResources(infer.Resource(&Command{})).Build()
	require.NoError(t, err)
	server, err := integration.NewServer(t.Context(), "command", semver.MustParse("1.2.1"), integration.WithProvider(p))
	require.NoError(t, err)
	return &subject{t: t, server: server}
}

// created is a subject after its create command.
func created(t *testing.T, inputs values) *subject {
	t.Helper()
	s := newSubject(t)
	require.NoError(t, s.create(inputs))
	return s
}

func (s *subject) check(inputs values) property.Map {
	s.t.Helper()
	response, err := s.server.Check(provider.CheckRequest{Urn: urn, State: s.inputs, Inputs: property.NewMap(inputs)})
	require.NoError(s.t, err)
	require.Empty(s.t, response.Failures)
	return response.Inputs
}

func (s *subject) preview(inputs values) property.Map {
	s.t.Helper()
	response, err := s.server.Create(provider.CreateRequest{Urn: urn, Properties: s.check(inputs), DryRun: true})
	require.NoError(s.t, err)
	return response.Properties
}

func (s *subject) create(inputs values) error {
	s.t.Helper()
	checked := s.check(inputs)
	response, err := s.server.Create(provider.CreateRequest{Urn: urn, Properties: checked})
	if err == nil {
		s.id, s.inputs, s.state = response.ID, checked, overTheWire(s.t, response.Properties)
	}
	return err
}

func (s *subject) diff(inputs values) provider.DiffResponse {
	s.t.Helper()
	response, err := s.server.Diff(provider.DiffRequest{
		ID: s.id, Urn: urn, State: s.state, OldInputs: s.inputs, Inputs: s.check(inputs),
	})
	require.NoError(s.t, err)
	return response
}

func (s *subject) previewUpdate(inputs values) property.Map {
	s.t.Helper()
	response, err := s.server.Update(provider.UpdateRequest{
		ID: s.id, Urn: urn, State: s.state, OldInputs: s.inputs, Inputs: s.check(inputs), DryRun: true,
	})
	require.NoError(s.t, err)
	return response.Properties
}

func (s *subject) update(inputs values) error {
	s.t.Helper()
	checked := s.check(inputs)
	response, err := s.server.Update(provider.UpdateRequest{
		ID: s.id, Urn: urn, State: s.state, OldInputs: s.inputs, Inputs: checked,
	})
	if err == nil {
		s.inputs, s.state = checked, overTheWire(s.t, response.Properties)
	}
	return err
}

func (s *subject) delete() error {
	return s.server.Delete(provider.DeleteRequest{ID: s.id, Urn: urn, Properties: s.state, OldInputs: s.inputs})
}

// overTheWire turns a provider's answer into what the engine keeps of it; assets become assets only there.
func overTheWire(t *testing.T, answer property.Map) property.Map {
	t.Helper()
	options := plugin.MarshalOptions{KeepSecrets: true, KeepUnknowns: true}
	sent, err := plugin.MarshalProperties(resource.ToResourcePropertyMap(answer), options)
	require.NoError(t, err)
	received, err := plugin.UnmarshalProperties(sent, options)
	require.NoError(t, err)
	return resource.FromResourcePropertyMap(received)
}

func (s *subject) stdout() string { return s.state.Get("stdout").AsString() }
func (s *subject) stderr() string { return s.state.Get("stderr").AsString() }
