// Two programs of Argo CD in one binary, for the tests: which one it is stands in ARGOCD_BINARY_NAME,
// as in Argo CD's own.
//
// It ends when its standard input closes, so that a test that dies leaves nothing behind.
package main

import (
	"fmt"
	"io"
	"os"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	// The repo-server gives itself to git as GIT_ASKPASS; nothing of ours asks for a password.
	var command *cobra.Command
	switch name := os.Getenv("ARGOCD_BINARY_NAME"); name {
	case "argocd-application-controller":
		command = controller.NewCommand()
	case "argocd-repo-server":
		command = reposerver.NewCommand()
	default:
		fmt.Fprintf(os.Stderr, "ARGOCD_BINARY_NAME=%q is none of argocd-application-controller, argocd-repo-server\n", name)
		os.Exit(2)
	}
	go exitWhenStdinCloses()
	if err := command.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func exitWhenStdinCloses() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
