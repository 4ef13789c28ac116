package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
)

const makeFiles = "mkdir -p assets/logos src && echo logo > assets/logos/logo.svg && touch src/index.js src/secret.js top.txt"

func TestAssetsAndArchiveOfMatchedFiles(t *testing.T) {
	dir := t.TempDir()
	s := created(t, values{
		"create": text(makeFiles), "dir": text(dir),
		"assetPaths":   list("assets/**", "src/**.js", "!**secret.*"),
		"archivePaths": list("*.txt"),
	})
	assets := s.state.Get("assets").AsMap()
	require.Equal(t, []string{"assets/logos/logo.svg", "src/index.js"}, names(assets))
	require.Equal(t, filepath.Join(dir, "assets/logos/logo.svg"), assets.Get("assets/logos/logo.svg").AsAsset().Path)
	require.Equal(t, []string{"top.txt"}, members(s.state.Get("archive")))
}

func TestNoPatternsNoFiles(t *testing.T) {
	s := created(t, values{"create": text("true")})
	for _, output := range []string{"assets", "archive"} {
		require.True(t, s.state.Get(output).IsNull(), output)
	}
}

func TestPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	for name, test := range map[string]struct{ patterns, files []string }{
		"one folder":           {[]string{"*.txt"}, []string{"a.txt", "b.txt"}},
		"across folders":       {[]string{"**.txt"}, []string{"a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"}},
		"folders do not count": {[]string{"sub"}, nil},
		"excluded":             {[]string{"**", "!sub/**"}, []string{"a.txt", "b.txt"}},
		"the last match wins":  {[]string{"!a.txt", "*.txt"}, []string{"a.txt", "b.txt"}},
		"included again":       {[]string{"**", "!sub/**", "sub/c*"}, []string{"a.txt", "b.txt", "sub/c.txt"}},
		"only exclusions":      {[]string{"!a.txt"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := matchFiles(dir, test.patterns)
			require.NoError(t, err)
			var found []string
			for file := range files {
				found = append(found, file)
			}
			require.ElementsMatch(t, test.files, found)
		})
	}
}

func TestABadPatternIsNamed(t *testing.T) {
	err := newSubject(t).create(values{"create": text("true"), "archivePaths": list("good", "!ba[d")})
	require.ErrorContains(t, err, "archivePaths")
	require.ErrorContains(t, err, `"!ba[d"`)
}

func names(m property.Map) []string {
	var names []string
	for name := range m.All {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func members(archive property.Value) []string {
	assets, _ := archive.AsArchive().GetAssets()
	var names []string
	for name := range assets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
