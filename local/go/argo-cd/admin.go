package main

import (
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/util/cli"
)

// admin is `argocd` with its one command that the core's manifests run: an init container of Redis.
func admin() *cobra.Command {
	var config clientcmd.ClientConfig
	redis := &cobra.Command{
		Use:          "redis-initial-password",
		Short:        "creates the Secret with the password of Redis where there is none",
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			namespace, _, err := config.Namespace()
			if err != nil {
				return err
			}
			access, err := config.ClientConfig()
			if err != nil {
				return err
			}
			clients, err := kubernetes.NewForConfig(access)
			if err != nil {
				return err
			}
			secret := &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Name: common.RedisInitialCredentials},
				StringData: map[string]string{common.RedisInitialCredentialsKey: rand.Text()},
			}
			secrets := clients.CoreV1().Secrets(namespace)
			_, err = secrets.Create(command.Context(), secret, metav1.CreateOptions{})
			if apierrors.IsAlreadyExists(err) {
				secret, err = secrets.Get(command.Context(), secret.Name, metav1.GetOptions{})
				if err == nil && len(secret.Data[common.RedisInitialCredentialsKey]) == 0 {
					err = fmt.Errorf("secret %s/%s has no key %s", namespace, secret.Name, common.RedisInitialCredentialsKey)
				}
			}
			return err
		},
	}
	config = cli.AddKubectlFlagsToCmd(redis)

	group := &cobra.Command{Use: "admin", Short: "commands of this build for the local host"}
	group.AddCommand(redis)
	root := &cobra.Command{Use: "argocd", Short: "the part of argocd that the local host runs", Version: common.GetVersion().Version}
	root.AddCommand(group)
	return root
}
