package local

import (
	"bytes"
	"io"
	"sync"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging names the streams that Pulumi shows while a command runs; both by default.
type Logging string

const (
	logStdout          Logging = "stdout"
	logStderr          Logging = "stderr"
	logStdoutAndStderr Logging = "stdoutAndStderr"
	logNothing         Logging = "none"
)

// Values puts the allowed values into the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Value: logStdout, Description: "Show stdout."},
		{Value: logStderr, Description: "Show stderr."},
		{Value: logStdoutAndStderr, Description: "Show stdout and stderr."},
		{Value: logNothing, Description: "Show neither."},
	}
}

func (l *Logging) showsStdout() bool {
	return l == nil || *l == logStdout || *l == logStdoutAndStderr
}

func (l *Logging) showsStderr() bool {
	return l == nil || *l == logStderr || *l == logStdoutAndStderr
}

// sharedWriter takes turns: os/exec copies stdout and stderr in a goroutine each.
type sharedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *sharedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

// lineWriter prints whole lines, however they arrive; flush prints what is left without a newline.
type lineWriter struct {
	print   func(line string)
	pending []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.pending = append(w.pending, b...)
	for {
		line, rest, found := bytes.Cut(w.pending, []byte("\n"))
		if !found {
			return len(b), nil
		}
		w.print(string(line))
		w.pending = rest
	}
}

func (w *lineWriter) flush() {
	if len(w.pending) > 0 {
		w.print(string(w.pending))
		w.pending = nil
	}
}
