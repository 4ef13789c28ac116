// Package ecs takes the place of Traefik's provider for Amazon ECS, whose client libraries nothing on the local host uses.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// Provider has no settings, so that a configuration with any is refused.
type Provider struct{}

// Init fails: the provider is not in this build.
func (*Provider) Init() error {
	return errors.New("providers.ecs: this build of Traefik for the local host has no provider for Amazon ECS")
}

// Provide is not reached.
func (*Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return nil }
