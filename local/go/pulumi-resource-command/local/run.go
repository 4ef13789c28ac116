package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// run executes command as the state's inputs say and replaces the state's outputs. It does nothing without a command.
//
// The error of a failed command has its exit status, the command and everything it printed, as the official plugin's does.
func run(ctx context.Context, command *string, state *State) error {
	if command == nil {
		return nil
	}
	dir, err := workingDir(state.Dir)
	if err != nil {
		return err
	}
	argv := append(interpreter(state.Interpreter), *command)

	var stdout, stderr, printed bytes.Buffer
	transcript := &sharedWriter{to: &printed}
	lines := &lineWriter{print: provider.GetLogger(ctx).InfoStatus}
	logged := &sharedWriter{to: lines}

	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = environment(state)
	cmd.Stdout = tee(&stdout, transcript, logged, state.Logging.showsStdout())
	cmd.Stderr = tee(&stderr, transcript, logged, state.Logging.showsStderr())
	if state.Stdin != nil {
		cmd.Stdin = strings.NewReader(*state.Stdin)
	}
	err = cmd.Run()
	lines.flush()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, *command, printed.String())
	}

	state.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	state.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return collectFiles(dir, state)
}

func workingDir(dir *string) (string, error) {
	if dir != nil {
		return *dir, nil
	}
	return os.Getwd()
}

func interpreter(given *[]string) []string {
	if given == nil || len(*given) == 0 {
		return []string{"/bin/sh", "-c"}
	}
	return slices.Clone(*given)
}

// environment lists the later of two equal names as the one that counts, so a previous output wins over the program's own value.
func environment(state *State) []string {
	env := os.Environ()
	if state.Environment != nil {
		for name, value := range *state.Environment {
			env = append(env, name+"="+value)
		}
	}
	if state.AddPreviousOutputInEnv == nil || *state.AddPreviousOutputInEnv {
		if state.Stdout != "" {
			env = append(env, "PULUMI_COMMAND_STDOUT="+state.Stdout)
		}
		if state.Stderr != "" {
			env = append(env, "PULUMI_COMMAND_STDERR="+state.Stderr)
		}
	}
	return env
}

func tee(stream, transcript, logged io.Writer, show bool) io.Writer {
	if !show {
		logged = io.Discard
	}
	return io.MultiWriter(stream, transcript, logged)
}

// collectFiles fills Assets and Archive, each only where its patterns are given.
func collectFiles(dir string, state *State) error {
	if state.AssetPaths != nil {
		files, err := matchFiles(dir, *state.AssetPaths)
		if err != nil {
			return fmt.Errorf("assetPaths: %w", err)
		}
		state.Assets = &files
	}
	if state.ArchivePaths != nil {
		files, err := matchFiles(dir, *state.ArchivePaths)
		if err != nil {
			return fmt.Errorf("archivePaths: %w", err)
		}
		members := make(map[string]any, len(files))
		for name, file := range files {
			members[name] = file
		}
		if state.Archive, err = resource.NewAssetArchive(members); err != nil {
			return fmt.Errorf("archivePaths: %w", err)
		}
	}
	return nil
}
