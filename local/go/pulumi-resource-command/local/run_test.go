package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
)

func TestDefaultInterpreterIsTheShell(t *testing.T) {
	require.Equal(t, "/bin/sh", created(t, values{"create": text("echo $0")}).stdout())
	require.Equal(t, "/bin/sh", created(t, values{"create": text("echo $0"), "interpreter": list()}).stdout())
}

func TestInterpreterTakesTheCommandAsItsLastArgument(t *testing.T) {
	s := created(t, values{"create": text("$HOME is not expanded"), "interpreter": list("/bin/echo", "-n", "one")})
	require.Equal(t, "one $HOME is not expanded", s.stdout())
}

func TestEnvironmentIsAddedToPulumisOwn(t *testing.T) {
	t.Setenv("INHERITED", "from outside")
	t.Setenv("OVERRIDDEN", "from outside")
	s := created(t, values{
		"create":      text(`echo "$INHERITED, $OVERRIDDEN"`),
		"environment": property.New(map[string]property.Value{"OVERRIDDEN": text("from the program")}),
	})
	require.Equal(t, "from outside, from the program", s.stdout())
}

func TestStdin(t *testing.T) {
	require.Equal(t, "line one\nline two", created(t, values{"create": text("cat"), "stdin": text("line one\nline two")}).stdout())
	require.Equal(t, "", created(t, values{"create": text("cat")}).stdout(), "without it there is nothing to read")
}

func TestDir(t *testing.T) {
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, here, created(t, values{"create": text("pwd -P")}).stdout())

	other, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.Equal(t, other, created(t, values{"create": text("pwd -P"), "dir": text(other)}).stdout())

	missing := filepath.Join(other, "missing")
	require.ErrorContains(t, newSubject(t).create(values{"create": text("true"), "dir": text(missing)}), missing)
}

func TestAFailedCommandSaysWhy(t *testing.T) {
	s := newSubject(t)
	err := s.create(values{"create": text("echo before; echo reason >&2; exit 7")})
	require.ErrorContains(t, err, "exit status 7")
	require.ErrorContains(t, err, `running "echo before;`)
	require.ErrorContains(t, err, "reason")
	require.Empty(t, s.id)

	s = created(t, values{"create": text("echo fine"), "delete": text("echo stuck >&2; false")})
	require.ErrorContains(t, s.update(values{"update": text("echo worse >&2; false")}), "worse")
	require.Equal(t, "fine", s.stdout())
	require.ErrorContains(t, s.delete(), "stuck")
}

func TestLoggingShowsTheChosenStreams(t *testing.T) {
	for name, test := range map[string]struct {
		logging values
		shown   []string
	}{
		"default":         {values{}, []string{"to stdout", "to stderr"}},
		"stdoutAndStderr": {values{"logging": text("stdoutAndStderr")}, []string{"to stdout", "to stderr"}},
		"stdout":          {values{"logging": text("stdout")}, []string{"to stdout"}},
		"stderr":          {values{"logging": text("stderr")}, []string{"to stderr"}},
		"none":            {values{"logging": text("none")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			log := recordLog(t)
			inputs := values{"create": text("echo to stdout; echo to stderr >&2")}
			for key, value := range test.logging {
				inputs[key] = value
			}
			s := created(t, inputs)
			require.ElementsMatch(t, test.shown, log.messages)
			require.Equal(t, "to stdout", s.stdout(), "outputs hold both streams in any case")
			require.Equal(t, "to stderr", s.stderr())
		})
	}
}

// The length is beyond what a bufio.Scanner takes: a reader that gives up would leave the command blocked for ever.
func TestLoggingTakesLinesOfAnyLength(t *testing.T) {
	log := recordLog(t)
	long := strings.Repeat("x", 200_000)
	require.Equal(t, long, created(t, values{"create": text("cat"), "stdin": text(long)}).stdout())
	require.Equal(t, []string{long}, log.messages)
}

// Official behaviour, and no more: see Outputs.
func TestSecretInputsStaySecretAndOutputsFollowTheProgram(t *testing.T) {
	secret := property.New(map[string]property.Value{"PASSWORD": text("hunter2").WithSecret(true)})
	inputs := values{"create": text("echo $PASSWORD"), "environment": secret, "stdin": text("hunter2").WithSecret(true)}
	requireSecrets := func(state property.Map) {
		t.Helper()
		require.True(t, state.Get("environment").HasSecrets())
		require.True(t, state.Get("stdin").Secret())
		require.False(t, state.Get("stdout").HasSecrets())
	}
	s := newSubject(t)
	requireSecrets(s.preview(inputs))
	require.NoError(t, s.create(inputs))
	requireSecrets(s.state)
	require.Equal(t, "hunter2", s.stdout())
	require.NoError(t, s.update(values{"update": text("true"), "environment": secret, "stdin": inputs["stdin"]}))
	requireSecrets(s.state)
}

func TestWrongInputsAreRefusedByTheCheck(t *testing.T) {
	response, err := newSubject(t).server.Check(provider.CheckRequest{
		Urn: urn, Inputs: property.NewMap(values{"create": property.New(true)}),
	})
	require.NoError(t, err)
	require.Len(t, response.Failures, 1)
	require.Equal(t, "create", response.Failures[0].Property)
}
