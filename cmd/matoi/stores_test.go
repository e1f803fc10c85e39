package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stores are databases as released versions of Matoi wrote them, named after the last migration they knew. They are never
// written anew; a release that changes the tables adds one. All play the same story: five incidents, of which one is
// closed, one on hold, one private and two opened by alerts, with roles, updates, a hold, chat and a request that no
// decoder understood.
const stores = "testdata/stores"

// unpacked puts a kept store into a folder of its own.
func unpacked(t *testing.T, name string) (file string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "matoi.db")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func kept(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(stores, "*.db.gz"))
	if err != nil || len(names) < 2 {
		t.Fatalf("kept stores: %v %v", names, err)
	}
	return names
}

// opens starts today's server on a folder.
func opens(t *testing.T, folder string) server {
	t.Helper()
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	c, err := LoadConfig(write(t, "listen: 127.0.0.1:0\ndata: "+folder+"\n"), env)
	if err != nil {
		t.Fatal(err)
	}
	s := server{NewApp(AppOptions{Config: c, Env: env}), &log{}}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(t) })
	<-s.store.Renewed()
	return s
}

func TestAStoreOfAnyReleaseOpensInThisOne(t *testing.T) {
	for _, name := range kept(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			folder := filepath.Dir(unpacked(t, name))
			s := opens(t, folder)
			if out, _ := mustRun(t, "verify", "--data", folder); !strings.Contains(out, "5 incidents") {
				t.Errorf("verify: %s", out)
			}
			shows(t, s)
			for _, text := range []string{"log later --in INC-20261122-002", "resume --in INC-20261122-002", "reopen --in INC-20261122-001 broke again", "ack --in INC-20261122-004"} {
				s.say(t, "佐藤", text)
			}
			if n := s.say(t, "佐藤", "open P3 a new one"); !strings.HasPrefix(n, "INC-20") {
				t.Errorf("opened %q", n)
			}
			if code, out := s.ask(t, "POST", "/hooks/generic", `{"title":"checkout 5xx","key":"c5","severity":"critical","service":"checkout"}`); code/100 != 2 {
				t.Errorf("an alert: %d %s", code, out)
			}
			mustRun(t, "heads", "--data", folder)
			mustRun(t, "verify", "--data", folder)
			s.end(t)
			mustRun(t, "erase", "entry", "INC-20261122-002", "1", "--data", folder, "--by", "佐藤", "--why", "asked for")
			mustRun(t, "erase", "person", "田中", "--data", folder, "--by", "佐藤", "--why", "asked for")
			if out, _ := mustRun(t, "verify", "--data", folder); !strings.Contains(out, "6 incidents") || !strings.Contains(out, "erased") {
				t.Errorf("verify after erasing: %s", out)
			}
		})
	}
}

func TestABackupOfAnyReleaseComesBack(t *testing.T) {
	for _, name := range kept(t) {
		old := unpacked(t, name)
		for _, place := range []string{old, filepath.Dir(old)} {
			if out, errs := mustRun(t, "verify", "--data", place); !strings.Contains(out, "5 incidents") || !strings.Contains(errs, "by a copy in a temporary folder") {
				t.Errorf("%s as it is: %s%s", place, out, errs)
			}
		}
		folder := filepath.Join(t.TempDir(), "data")
		if out, _ := mustRun(t, "restore", unpacked(t, name), "--data", folder); !strings.Contains(out, "5 incidents") {
			t.Errorf("%s: %s", name, out)
		}
		if out, _ := mustRun(t, "verify", "--data", folder); !strings.Contains(out, "5 incidents") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// shows asks for every page and report as a person who is in the store.
func shows(t *testing.T, s server) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	base := "http://" + s.Addr()
	ask := func(r *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v\n%s", r.Request.URL, r.Status, err, bytes.TrimSpace(b[:min(len(b), 300)]))
		}
		return string(b)
	}
	for who, pages := range map[string]map[string]string{
		"佐藤": {
			"/": "Printer on the third floor is jammed", "/incidents": "payment-api is down", "/wall": "checkout 5xx", "/mine": "", "/people": "鈴木", "/people/p1": "佐藤",
			"/help": "", "/alerts": "disk 91 % full on db-1", "/chat": "", "/chat/general": "example.com/printer", "/chat/search?q=printer": "jammed",
			"/incidents/INC-20261122-001": "接続プール", "/incidents/INC-20261122-001/report": "プールを増やして復旧", "/incidents/INC-20261122-001/report.md": "決済ができない",
			"/incidents/INC-20261122-001/report?lang=en": "決済ができない", "/incidents/INC-20261122-002": "spare roller", "/incidents/INC-20261122-002/report": "Printer",
			"/incidents/INC-20261122-004": "payment-api", "/incidents/INC-20261122-005/report": "checkout 5xx",
			"/api/v1/incidents": "INC-20261122-005", "/api/v1/incidents/INC-20261122-001": "決済ができない",
			"/api/v1/incidents/INC-20261122-001/timeline": "タイムアウト", "/api/v1/incidents/INC-20261122-001/report": "決済ができない",
		},
		"花子": {"/incidents/INC-20261122-003": "送付先は一社", "/incidents/INC-20261122-003/report": "顧客名簿が誤送信された", "/": "顧客名簿が誤送信された"},
	} {
		ask(client.PostForm(base+"/do/who", url.Values{"name": {who}}))
		for page, want := range pages {
			if text := ask(client.Get(base + page)); !strings.Contains(text, want) {
				t.Errorf("%s does not show %q", page, want)
			}
		}
	}
}
