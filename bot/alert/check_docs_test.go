package alert

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// plays fills a documented command's macros in, those without a value left out, and decodes what it would post.
func plays(t *testing.T, format, file string, macros map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "senders", file))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for _, field := range regexp.MustCompile(`['"]([a-z_]+)=\$([A-Za-z._]+)\$['"]`).FindAllStringSubmatch(string(text), -1) {
		if value := macros[strings.ToLower(field[2])]; value != "" {
			form.Set(field[1], value)
			delete(macros, strings.ToLower(field[2]))
		}
	}
	if len(macros) > 0 {
		t.Errorf("%s doesn't send %v", file, macros)
	}
	d, err := Decode(format, nil, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()), noon())
	if err == nil && d.Alerts[0].Link != "https://wiki.example/x" {
		t.Errorf("%s: link %q", file, d.Alerts[0].Link)
	}
	return shown(d, err)
}

func TestTheDocumentedCommandsSendWhatIsRead(t *testing.T) {
	for _, c := range []struct {
		format, file string
		macros       map[string]string
		want         string
	}{
		{"icinga2", "icinga2.conf", map[string]string{
			"notification.type": "PROBLEM", "host.name": "db-1", "host.state": "UP", "service.name": "pg", "service.state": "CRITICAL", "service.output": "slow",
			"service.last_state": "OK", "service.last_state_change": "1795260000", "service.notes_url": "https://wiki.example/x",
		}, `trigger critical "db-1 / pg: slow" pg@db-1 db-1!pg 2026-11-21T11:20:00`},
		{"icinga2", "icinga2.conf", map[string]string{
			"notification.type": "ACKNOWLEDGEMENT", "notification.author": "ito", "notification.comment": "on it", "host.name": "db-1", "host.state": "DOWN", "host.output": "gone",
			"host.notes_url": "https://wiki.example/x",
		}, `acknowledge critical "db-1: gone" @db-1 db-1 (on it)`},
		{"nagios", "nagios.cfg", map[string]string{
			"notificationtype": "PROBLEM", "hostname": "db-1", "hoststate": "DOWN", "hostoutput": "gone", "lasthoststate": "UP", "lasthoststatechange": "1795260000", "hostnotesurl": "https://wiki.example/x",
		}, `trigger critical "db-1: gone" @db-1 db-1 2026-11-21T11:20:00`},
		{"nagios", "nagios.cfg", map[string]string{
			"notificationtype": "RECOVERY", "hostname": "db-1", "servicedesc": "pg", "servicestate": "OK", "serviceoutput": "fine", "servicenotesurl": "https://wiki.example/x",
		}, `resolve info "db-1 / pg: fine" pg@db-1 db-1!pg`},
	} {
		if got := plays(t, c.format, c.file, c.macros); got != c.want {
			t.Errorf("%s: %s, want %s", c.file, got, c.want)
		}
	}
}

func TestEveryFormatIsInTheSendersDocumentation(t *testing.T) {
	for _, page := range []string{"senders.md", "senders.ja.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range Sources() {
			if !strings.Contains(string(text), "| `/hooks/"+format+"` |") {
				t.Errorf("%s has no line for %s", page, format)
			}
		}
	}
}
