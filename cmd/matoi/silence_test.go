package main

import (
	"os"
	"strings"
	"testing"
)

func TestWhatAWindowHidesIsJudgedAgainWhenTheConfigurationHasItNoMore(t *testing.T) {
	const window = "maintenance: [{name: all day, match: {service: db}, from: \"00:00\", until: \"00:00\", zone: UTC}]\n"
	s := boot(t, window)
	if code, out := s.ask(t, "POST", "/hooks/generic", `{"title":"down","service":"db","severity":"critical"}`); code != 202 {
		t.Fatal(code, out)
	}
	s.workedOff(t)
	opened := func() bool {
		_, out := s.ask(t, "GET", "/api/v1/incidents", "")
		return strings.Contains(out, `"down"`)
	}
	if opened() {
		t.Fatal("opened within a window")
	}
	if err := os.WriteFile(s.File, []byte("listen: 127.0.0.1:0\ndata: "+s.Config.Data+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is judged without the window", opened)
}
