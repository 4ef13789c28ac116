package local

import (
	"os"
	"path/filepath"
	"testing"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
)

func TestCreateKeepsBothStreamsWithoutTheLastNewline(t *testing.T) {
	s := created(t, values{"create": text(`printf 'a\n\nb\n\n'; echo c >&2`)})
	require.Equal(t, "a\n\nb\n", s.stdout())
	require.Equal(t, "c", s.stderr())
	require.Regexp(t, "^subject[0-9a-f]{8}$", s.id)
}

func TestWithoutCommandsNothingRuns(t *testing.T) {
	s := created(t, values{"interpreter": list("/nowhere/to/be/found")})
	require.Equal(t, "", s.stdout())
	require.NoError(t, s.update(values{"interpreter": list("/nor/this")}))
	require.NoError(t, s.delete())
}

func TestPreviewsRunNothingAndLeaveOutputsUnknown(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	inputs := values{"create": text("echo ran | tee -a " + trace), "stdin": text("old")}
	require.True(t, newSubject(t).preview(inputs).Get("stdout").IsComputed())
	require.NoFileExists(t, trace)

	s := created(t, inputs)
	changed := s.previewUpdate(values{"create": inputs["create"], "stdin": text("new")})
	require.True(t, changed.Get("stdout").IsComputed())
	requireFile(t, trace, "ran\n")
}

func TestUpdateRunsUpdateOrElseCreateOrElseNothing(t *testing.T) {
	s := created(t, values{"create": text("echo created")})

	require.NoError(t, s.update(values{"create": text("echo created"), "update": text("echo updated")}))
	require.Equal(t, "updated", s.stdout())

	require.NoError(t, s.update(values{"create": text("echo created again")}))
	require.Equal(t, "created again", s.stdout())

	require.NoError(t, s.update(values{"delete": text("true")}))
	require.Equal(t, "created again", s.stdout(), "outputs stay where nothing ran")
}

func TestDeleteRunsTheLastDeclaredCommand(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	s := created(t, values{"delete": text("echo first >> " + trace)})
	require.NoError(t, s.update(values{"delete": text("echo second >> " + trace)}))
	require.NoFileExists(t, trace, "update runs no delete command")
	require.NoError(t, s.delete())
	requireFile(t, trace, "second\n")
}

func TestPreviousOutputIsInTheEnvironment(t *testing.T) {
	const show = `echo "[$PULUMI_COMMAND_STDOUT][$PULUMI_COMMAND_STDERR]"`
	trace := filepath.Join(t.TempDir(), "trace")
	first := values{"create": text("echo out; echo err >&2; " + show)}

	s := created(t, first)
	require.Equal(t, "out\n[][]", s.stdout(), "there is nothing before the create")
	require.True(t, s.inputs.Get("addPreviousOutputInEnv").AsBool(), "the default is in the checked inputs")

	require.NoError(t, s.update(values{"create": text(show), "delete": text(show + " > " + trace)}))
	require.Equal(t, "[out\n[][]][err]", s.stdout())
	require.NoError(t, s.delete())
	requireFile(t, trace, "[[out\n[][]][err]][]\n")
}

func TestPreviousOutputCanBeKeptOutOfTheEnvironment(t *testing.T) {
	show := text("env | grep PULUMI_COMMAND_ || echo none")
	s := created(t, values{"create": text("echo out; echo err >&2")})
	require.NoError(t, s.update(values{"create": show, "addPreviousOutputInEnv": property.New(false)}))
	require.Equal(t, "none", s.stdout())
}

func TestEmptyPreviousOutputIsNotSet(t *testing.T) {
	s := created(t, values{"create": text("true")})
	require.NoError(t, s.update(values{"create": text("env | grep PULUMI_COMMAND_ || echo none")}))
	require.Equal(t, "none", s.stdout())
}

func TestEveryInputButTriggersIsAnUpdate(t *testing.T) {
	before := values{"create": text("true"), "triggers": list("a")}
	changes := values{
		"create": text("echo"), "update": text("true"), "delete": text("true"), "interpreter": list("/bin/bash", "-c"),
		"dir": text("/"), "environment": property.New(map[string]property.Value{"A": text("b")}), "stdin": text("in"),
		"logging": text("none"), "addPreviousOutputInEnv": property.New(false), "assetPaths": list("a"), "archivePaths": list("a"),
	}
	s := created(t, before)
	require.False(t, s.diff(before).HasChanges)
	for name, value := range changes {
		response := s.diff(values{"create": before["create"], "triggers": before["triggers"], name: value})
		require.True(t, response.HasChanges, name)
		for path, change := range response.DetailedDiff {
			require.NotContains(t, []provider.DiffKind{
				provider.AddReplace, provider.UpdateReplace, provider.DeleteReplace,
			}, change.Kind, path)
		}
	}
}

// A single changed element appears as triggers[0], which the engine makes a replacement because the schema says so of triggers (see
// the test of the schema) and SDKs hand that on; a list that comes or goes is a replacement here already.
func TestTriggersReplace(t *testing.T) {
	plain := values{"create": text("true")}
	one := values{"create": text("true"), "triggers": list("a")}
	other := values{"create": text("true"), "triggers": list("b")}

	require.Equal(t, provider.AddReplace, created(t, plain).diff(one).DetailedDiff["triggers"].Kind)
	require.Equal(t, provider.DeleteReplace, created(t, one).diff(plain).DetailedDiff["triggers"].Kind)
	require.Contains(t, created(t, one).diff(other).DetailedDiff, "triggers[0]")
}

func TestTriggersMayBeOfAnyKind(t *testing.T) {
	mixed := property.New([]property.Value{
		text("a"), property.New(1.5), property.New(true), property.New(map[string]property.Value{"deep": list("x")}),
	})
	s := created(t, values{"triggers": mixed})
	require.Equal(t, mixed, s.state.Get("triggers"))
	require.False(t, s.diff(values{"triggers": mixed}).HasChanges)
}

func requireFile(t *testing.T, name, content string) {
	t.Helper()
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, content, string(got))
}
