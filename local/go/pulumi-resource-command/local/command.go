// Package local holds the resource command:local:Command; Pulumi takes the token's middle part from the package's name.
package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command runs commands on the machine that runs Pulumi, as steps in the life of a resource. A non-zero exit fails the step.
//
// A change of any input is an update; a change of Triggers is a replacement: create anew, then delete the old one.
type Command struct{}

// Inputs are what a program sets; all of them are optional.
type Inputs struct {
	// Create runs when the resource is created. Without it nothing runs.
	Create *string `pulumi:"create,optional"`
	// Update runs when an input has changed; without it, Create does.
	Update *string `pulumi:"update,optional"`
	// Delete runs when the resource is deleted. Without it nothing runs.
	Delete *string `pulumi:"delete,optional"`
	// Triggers are values of any kind; a change of one replaces the resource.
	Triggers *[]any `pulumi:"triggers,optional" provider:"replaceOnChanges"`

	// Interpreter is the program and its arguments before the command; /bin/sh -c by default.
	Interpreter *[]string `pulumi:"interpreter,optional"`
	// Dir is the working directory, which must exist; by default the one that Pulumi gives its plugins (the program's).
	Dir *string `pulumi:"dir,optional"`
	// Environment is added to the environment that Pulumi itself runs in.
	Environment *map[string]string `pulumi:"environment,optional"`
	// Stdin is given to the command; without it there is nothing to read.
	Stdin *string `pulumi:"stdin,optional"`
	// Logging says what Pulumi shows while the command runs; the outputs hold both streams in any case.
	Logging *Logging `pulumi:"logging,optional"`
	// AddPreviousOutputInEnv gives update and delete what the run before them printed, as PULUMI_COMMAND_STDOUT and
	// PULUMI_COMMAND_STDERR (an empty stream is not set); true by default.
	AddPreviousOutputInEnv *bool `pulumi:"addPreviousOutputInEnv,optional"`

	// AssetPaths are patterns of files that become the output Assets after the run; see matchFiles.
	AssetPaths *[]string `pulumi:"assetPaths,optional"`
	// ArchivePaths are patterns of files that become the output Archive after the run; see matchFiles.
	ArchivePaths *[]string `pulumi:"archivePaths,optional"`
}

// Annotate puts the one default into the schema that is not the type's zero value.
func (in *Inputs) Annotate(a infer.Annotator) {
	a.SetDefault(&in.AddPreviousOutputInEnv, true)
}

// Outputs are what the last create or update left.
//
// A secret input stays secret in the state, but does not make the outputs secret: that is how the official plugin does it, and a
// stand-in that hid more would hide leaks of the program too. A program names them in the option additionalSecretOutputs.
type Outputs struct {
	// Stdout and Stderr lack one trailing newline.
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
	// Assets maps paths relative to Dir to the files matched by AssetPaths.
	Assets *map[string]*resource.Asset `pulumi:"assets,optional"`
	// Archive holds the files matched by ArchivePaths under their paths relative to Dir.
	Archive *resource.Archive `pulumi:"archive,optional"`
}

// State is what Pulumi keeps of a Command.
type State struct {
	Inputs
	Outputs
}

// Create runs the create command, outside of previews.
func (*Command) Create(ctx context.Context, req infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	state := State{Inputs: req.Inputs}
	if err == nil && !req.DryRun {
		err = run(ctx, req.Inputs.Create, &state)
	}
	return infer.CreateResponse[State]{ID: id, Output: state}, err
}

// Update runs the update command, or without one the create command, outside of previews. Outputs stay where nothing ran.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[Inputs, State],
) (infer.UpdateResponse[State], error) {
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	state := State{Inputs: req.Inputs, Outputs: req.State.Outputs}
	if !req.DryRun {
		err = run(ctx, command, &state)
	}
	return infer.UpdateResponse[State]{Output: state}, err
}

// Delete runs the delete command that was declared when the resource was last created or updated.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, run(ctx, req.State.Delete, &req.State)
}
