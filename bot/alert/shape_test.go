package alert

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// shape is a request that the samples lack, with what is to be made of it as shown tells it.
type shape struct {
	name, kind string // what the sender's first own header says the request is about
	body, want string
}

// shapes decodes each of a sender's shapes as it comes, and cut short, with its members of other kinds, and doubled: whatever
// happens to it, it is decoded or refused with a reason.
func shapes(t *testing.T, format string, list []shape) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if hears := catalogue()[format].hears; len(hears) > 0 && c.kind != "" {
				header.Set(hears[0], c.kind)
			}
			if got := shown(Decode(format, nil, header, []byte(c.body), noon())); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
			for _, odd := range []string{c.body[:len(c.body)/2], c.body + c.body, strings.ReplaceAll(c.body, `":"`, `":7,"x":"`), strings.ReplaceAll(c.body, `":{`, `":[],"x":{`), strings.ReplaceAll(c.body, `"`, "\x82")} {
				if _, err := Decode(format, nil, header, []byte(odd), noon()); err != nil {
					refusal(t, err)
				}
			}
		})
	}
}

// refusal gives the reason of an error.
func refusal(t *testing.T, err error) *Undecoded {
	t.Helper()
	var u *Undecoded
	if !errors.As(err, &u) || u.Reason.ID == "" {
		t.Fatalf("an error without a reason: %v", err)
	}
	return u
}

// shown tells a delivery in a line for each alert: event, status where that isn't firing, severity, title, service and host, key,
// and start where the alert is dated; or why there is none.
func shown(d Delivery, err error) string {
	var u *Undecoded
	if errors.As(err, &u) {
		if u.Idle {
			return "idle " + u.Reason.Args["What"]
		}
		return strings.TrimPrefix(u.Reason.ID, "alert.")
	}
	var lines []string
	for _, a := range d.Alerts {
		line := fmt.Sprintf("%s %s %q %s@%s %s", a.Event, a.Severity, a.Title, a.Service, a.Host, strings.TrimPrefix(a.DedupeKey, a.Source+":"))
		if !a.Undated {
			line += a.StartsAt.Format(" 2006-01-02T15:04:05")
		}
		if !a.EndsAt.IsZero() {
			line += a.EndsAt.Format(" until 15:04:05")
		}
		if a.Comment != "" {
			line += " (" + a.Comment + ")"
		}
		if (a.Status == Resolved) != (a.Event == EventResolve) {
			line += " but " + a.Status
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// life plays requests of one sender one after another, each with its place in the order of time, and tells what the last means to
// one who knew what came before.
func life(t *testing.T, format string, header http.Header, bodies ...string) (row Row, news []News) {
	t.Helper()
	var known *Row
	for k, body := range bodies {
		at := noon().Add(time.Duration(k) * time.Minute)
		d, err := Decode(format, nil, header, []byte(body), at)
		if err != nil || len(d.Alerts) != 1 {
			t.Fatalf("%s: %d alerts, %v", body, len(d.Alerts), err)
		}
		next, what := Meet(known, d.Alerts[0], at)
		if news = append(news, what); what != Noted || known != nil {
			row, known = next, &next
		}
	}
	return row, news
}
