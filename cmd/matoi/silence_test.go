package main

import (
	"net/http"
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

// Whoever silences what never came is told so, and what may be meant.
func TestASilenceSaysWhatItWouldHaveFitted(t *testing.T) {
	s := newScene(t, func(c *Config) {
		c.Services = []Service{{Name: "payments"}}
	})
	for _, body := range []string{`{"title":"a","service":"payments","severity":"warning"}`, `{"title":"b","service":"web","severity":"critical"}`} {
		s.send(http.MethodPost, "/hooks/generic", []byte(body), http.StatusAccepted)
		s.calm()
	}
	for said, want := range map[string][]string{
		"silence service=payments 1h":   {"2 件のうち 1 件"},
		"silence severity=CRIT 1h":      {"2 件のうち 1 件"},
		"maintenance paymnts 1h":        {"2 件のうち 0 件", "「paymnts」という名前のものはありません。payments のことですか?"},
		"maintenance nosuch 1h":         {"2 件のうち 0 件"},
		"silence service=payments-* 1h": {"2 件のうち 0 件"},
		"silence severty=critical 1h":   {"「severty」", "severity のことですか?"},
		"silence source=generc 1h":      {"「generc」", "generic のことですか?"},
		"silence severity=critcal 1h":   {"「critcal」という深刻度はありません", "critical, error"},
	} {
		status := http.StatusOK
		if strings.Contains(said, "critcal") {
			status = http.StatusConflict
		}
		body := `{"as":"taro","channel":"general","text":"` + said + `"}`
		got := string(s.send(http.MethodPost, "/api/v1/commands", []byte(body), status))
		for _, one := range want {
			if !strings.Contains(got, one) {
				t.Errorf("%s: %q is missing in %s", said, one, got)
			}
		}
		if strings.Contains(said, "payments") && strings.Contains(got, "のことですか") {
			t.Errorf("%s: what it fits is no slip: %s", said, got)
		}
	}
}
