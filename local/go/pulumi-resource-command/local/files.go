package local

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// matchFiles finds the files (not folders) under dir that the patterns select, by path relative to dir.
//
// "*" matches within a folder and "**" across folders. A pattern that begins with "!" takes files out again; the last pattern that
// matches a file decides.
func matchFiles(dir string, patterns []string) (map[string]*resource.Asset, error) {
	type rule struct {
		glob.Glob
		include bool
	}
	rules := make([]rule, 0, len(patterns))
	for _, pattern := range patterns {
		positive, exclude := strings.CutPrefix(pattern, "!")
		g, err := glob.Compile(positive, '/')
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		rules = append(rules, rule{g, !exclude})
	}

	files := map[string]*resource.Asset{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		selected := false
		for _, r := range rules {
			if r.Match(name) {
				selected = r.include
			}
		}
		if selected {
			files[name], err = resource.NewPathAsset(path.Join(dir, name))
		}
		return err
	})
	return files, err
}
