// argo-cd is the part of Argo CD that the local host runs: its core, without the server, the command line and the notifications.
//
// Like upstream's main it is one program with many names.
package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	applicationset "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	gitaskpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/argoproj/argo-cd/v3/cmd/util"
	"github.com/argoproj/argo-cd/v3/util/log"
)

var commands = map[string]func() *cobra.Command{
	"argocd":                           admin,
	"argocd-application-controller":    controller.NewCommand,
	"argocd-applicationset-controller": applicationset.NewCommand,
	"argocd-git-ask-pass":              gitaskpass.NewCommand,
	"argocd-repo-server":               reposerver.NewCommand,
}

func main() {
	klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
	name := filepath.Base(os.Args[0])
	// The repository server calls this program under another name so.
	if other := os.Getenv("ARGOCD_BINARY_NAME"); other != "" {
		name = other
	}
	newCommand, ok := commands[name]
	if !ok {
		newCommand = admin
	}
	util.SetAutoMaxProcs(name == "argocd" || name == "argocd-git-ask-pass")
	if err := newCommand().Execute(); err != nil {
		os.Exit(1)
	}
}
