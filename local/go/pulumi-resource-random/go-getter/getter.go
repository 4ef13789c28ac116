// Package getter takes the place of go-getter, with which Pulumi's bridge fetches Terraform modules to convert them: the random
// provider does not, and go-getter brings the client libraries of three clouds with it. Every function fails.
package getter

import "errors"

var errAbsent = errors.New("this build of the random provider fetches no Terraform modules: it has no go-getter")

// Detector finds out what kind of address a source is.
type Detector any

// Detectors is empty.
var Detectors []Detector

// Detect fails.
func Detect(_, _ string, _ []Detector) (string, error) { return "", errAbsent }

// Get fails.
func Get(_, _ string) error { return errAbsent }

// SourceDirSubdir returns an address as it is.
func SourceDirSubdir(source string) (string, string) { return source, "" }

// SubdirGlob fails.
func SubdirGlob(_, _ string) (string, error) { return "", errAbsent }

// FolderStorage would keep modules in a folder.
type FolderStorage struct{ StorageDir string }

// Dir fails.
func (*FolderStorage) Dir(string) (string, bool, error) { return "", false, errAbsent }

// Get fails.
func (*FolderStorage) Get(_, _ string, _ bool) error { return errAbsent }
