package slacktest

import (
	"os"
	"path/filepath"
)

// keepCalls writes what was called into the folder that MATOI_TEST_SLACK_CALLS names, where tools/slack-schema/check.mjs holds it
// against the types of Slack's own client. This package's own tests ask for what is wrong, and are left out.
func (w *Workspace) keepCalls() {
	folder := os.Getenv("MATOI_TEST_SLACK_CALLS")
	if folder == "" || filepath.Base(os.Args[0]) == "slacktest.test" {
		return
	}
	file, err := os.CreateTemp(folder, "*.jsonl")
	if err == nil {
		err = w.WriteCalls(file)
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		w.t.Fatalf("keep what was called: %v", err)
	}
}
