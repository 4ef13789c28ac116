package local

import (
	"context"
	"log/slog"
	"testing"
)

// logRecorder collects what the provider logs: without an engine that goes to slog.
type logRecorder struct{ messages []string }

func recordLog(t *testing.T) *logRecorder {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	recorder := &logRecorder{}
	slog.SetDefault(slog.New(recorder))
	return recorder
}

func (r *logRecorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *logRecorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *logRecorder) WithGroup(string) slog.Handler            { return r }

func (r *logRecorder) Handle(_ context.Context, record slog.Record) error {
	r.messages = append(r.messages, record.Message)
	return nil
}
