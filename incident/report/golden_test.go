package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"matoi/incident"
	"matoi/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for k := range min(len(g), len(w)) {
		if g[k] != w[k] {
			t.Fatalf("%s line %d:\ngot  %s\nwant %s\n(-update writes it anew)", name, k+1, g[k], w[k])
		}
	}
	t.Fatalf("%s: got %d lines, want %d (-update writes it anew)", name, len(g), len(w))
}

func TestReportsReadAsBefore(t *testing.T) {
	t.Parallel()
	fresh := newHouse(t, "2026-11-21 14:40")
	fresh.do("", "p4", incident.Open{Title: "経費精算の画面が開かない", Impact: "small", Urgency: "low"})
	fresh.now = fresh.at("2026-11-21 14:52")
	for name, h := range map[string]*house{"payment": paymentStory(t), "fresh": fresh} {
		for _, l := range lang.All() {
			r := Build(h.source(), l, h.now)
			golden(t, name+"."+string(l)+".md", r.Markdown())
			golden(t, name+"."+string(l)+".html", r.Document(""))
		}
		golden(t, name+".ja.csv", string(CSV(Build(h.source(), lang.JA, h.now).Timeline())))
	}
}
