package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// withOne gives a JSON document once for each of its values, in which that one is replaced.
func withOne(t *testing.T, body []byte, by any) (all map[string][]byte) {
	t.Helper()
	doc := numbered(t, body)
	all = map[string][]byte{}
	var walk func(path string, v any, set func(any))
	walk = func(path string, v any, set func(any)) {
		set(by)
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = text
		set(v)
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"."+name, inner, func(x any) { v[name] = x })
			}
		case []any:
			for k, inner := range v[:min(len(v), 2)] {
				walk(fmt.Sprintf("%s[%d]", path, k), inner, func(x any) { v[k] = x })
			}
		}
	}
	walk("", doc, func(x any) { doc = x })
	return all
}

func numbered(t *testing.T, body []byte) (doc any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// sound holds what was decoded to what everybody else relies on, and reports a decoder that broke.
func (s sample) sound(t *testing.T, how string, body []byte) {
	t.Helper()
	d, err := Decode(s.Source, nil, s.header(t), body, s.received())
	if err != nil {
		if u := refusal(t, err); u.Reason.ID == "alert.error_broken" {
			t.Errorf("%s: %v", how, err)
		}
		return
	}
	if len(d.Alerts) == 0 || len(d.Alerts) > maxAlerts {
		t.Errorf("%s: %d alerts", how, len(d.Alerts))
	}
	for _, a := range d.Alerts {
		if a.DedupeKey == "" || a.Event == "" || a.StartsAt.Year() < 2000 || a.StartsAt.After(s.received().AddDate(0, 0, 1)) || len(a.Title) > 4*maxTitle {
			t.Errorf("%s: %+v", how, a)
		}
	}
}

func TestEverySampleWithAnyOneFieldWrongIsDecodedOrRefusedWithAReason(t *testing.T) {
	for _, name := range samples(t) {
		s := load(t, name)
		if !json.Valid(s.Body) {
			continue
		}
		for _, by := range []any{nil, -1, "", true, []any{}, []any{nil}, map[string]any{"a": nil}, "\x00\x1b", strings.Repeat("9", 400)} {
			for path, body := range withOne(t, s.Body, by) {
				s.sound(t, fmt.Sprintf("%s, %s is %v", name, path, by), body)
			}
		}
	}
}

func TestEverySampleCutAnywhereIsDecodedOrRefusedWithAReason(t *testing.T) {
	const cuts = 60
	for _, name := range samples(t) {
		s := load(t, name)
		for k := range cuts {
			s.sound(t, fmt.Sprintf("%s, cut at %d of %d", name, k, cuts), s.Body[:len(s.Body)*k/cuts])
		}
	}
}

// Nobody promises an order of keys: the same sample with its keys the other way round says the same.
func TestTheOrderOfKeysSaysNothing(t *testing.T) {
	for _, name := range samples(t) {
		s := load(t, name)
		if !json.Valid(s.Body) || s.BodyRaw != "" {
			continue
		}
		want, errWant := Decode(s.Source, nil, s.header(t), s.Body, s.received())
		got, errGot := Decode(s.Source, nil, s.header(t), turned(numbered(t, s.Body)), s.received())
		if shown(got, errGot) != shown(want, errWant) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, shown(got, errGot), shown(want, errWant))
		}
	}
}

// turned writes JSON with the keys of each object in falling order.
func turned(v any) []byte {
	var b bytes.Buffer
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		names := sortedNames(v)
		slices.Reverse(names)
		for k, name := range names {
			if k > 0 {
				b.WriteByte(',')
			}
			quoted, _ := json.Marshal(name)
			b.Write(append(append(quoted, ':'), turned(v[name])...))
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for k, inner := range v {
			if k > 0 {
				b.WriteByte(',')
			}
			b.Write(turned(inner))
		}
		b.WriteByte(']')
	default:
		plain, _ := json.Marshal(v)
		b.Write(plain)
	}
	return b.Bytes()
}

// A form that was cut within a letter is still UTF-8.
func TestALetterCutInHalfMakesNoOtherLanguageOfTheRest(t *testing.T) {
	whole := "レプリケーション遅延"
	for n := range len(whole) {
		if got := string(utf8Body(nil, []byte(whole[:n]))); !strings.HasPrefix(whole, got) {
			t.Errorf("cut at %d it is read as %q", n, got)
		}
	}
}

func TestWhatTellsNobodyAnythingOpensNothing(t *testing.T) {
	for _, a := range []Alert{
		{Title: "-1e99"}, {Title: "7", Service: "12"}, {Title: `[{"a":[null]}]`}, {Title: "null", Host: "undefined"}, {Title: "———"}, {Title: "{}", Description: "…"},
	} {
		a.Status, a.Severity = Firing, Critical
		if o := (&Config{}).For(a, noon()); o.Do != Inbox || o.Why.ID != "alert.reason_meaningless" {
			t.Errorf("%+v: %s, %s", a, o.Do, o.Why)
		}
	}
	for _, a := range []Alert{{Title: "502 Bad Gateway"}, {Title: "100%", Host: "db-1"}, {Title: "障害"}, {Title: "42", Description: "disk full"}, {Title: "[web] {down}"}} {
		a.Status, a.Severity = Firing, Critical
		if o := (&Config{}).For(a, noon()); o.Do != Open {
			t.Errorf("%+v: %s, %s", a, o.Do, o.Why)
		}
	}
}

// What a clock that is wrong, or is set right, makes of starts: each fire is told once, and none is lost.
func TestClocksThatAreWrongLoseNoFireAndDoubleNone(t *testing.T) {
	day := 24 * time.Hour
	type heard struct {
		after  time.Duration // since the first
		start  time.Duration // by the sender's clock, since the first was heard
		status string
		want   News
	}
	for name, story := range map[string][]heard{
		"three years behind": {
			{0, -3 * 365 * day, Firing, New},
			{time.Minute, -3 * 365 * day, Firing, Repeat},
			{time.Hour, -3 * 365 * day, Resolved, Cleared},
			{2 * time.Hour, -3*365*day + 2*time.Hour, Firing, Refired},
		},
		"set three years back while all is well": {
			{0, 0, Firing, New},
			{time.Minute, 0, Resolved, Cleared},
			{time.Hour, -3 * 365 * day, Firing, Refired},
			{time.Hour + time.Minute, -3 * 365 * day, Firing, Repeat},
			{2 * time.Hour, -3 * 365 * day, Resolved, Cleared},
		},
		"nine hours ahead, then set right": {
			{0, 9 * time.Hour, Firing, New},
			{time.Minute, 9 * time.Hour, Firing, Repeat},
			{time.Hour, 9 * time.Hour, Resolved, Cleared},
			{2 * time.Hour, 2 * time.Hour, Firing, Refired},
			{2*time.Hour + time.Minute, 2 * time.Hour, Firing, Repeat},
		},
		"thirty hours ahead": {
			{0, 30 * time.Hour, Firing, New},
			{4 * time.Hour, 30 * time.Hour, Firing, Repeat},
			{8 * time.Hour, 30 * time.Hour, Firing, Repeat},
			{31 * time.Hour, 30 * time.Hour, Firing, Repeat},
			{32 * time.Hour, 30 * time.Hour, Resolved, Cleared},
		},
		"years ahead": {
			{0, 900 * day, Firing, New},
			{time.Hour, 900 * day, Firing, Repeat},
			{2 * time.Hour, 900 * day, Resolved, Cleared},
			{3 * time.Hour, 900*day + 3*time.Hour, Firing, Refired},
		},
		"an echo of what is over": {
			{0, -time.Minute, Firing, New},
			{time.Minute, -time.Minute, Resolved, Cleared},
			{2 * time.Minute, -time.Minute, Firing, Repeat},
			{3 * time.Minute, -time.Hour, Firing, Repeat},
		},
	} {
		var known *Row
		for n, h := range story {
			at := noon().Add(h.after)
			a := Alert{Source: "s", Status: h.status, Title: "t", DedupeKey: "k", StartsAt: noon().Add(h.start)}
			a.finish(at)
			row, news := Meet(known, a, at)
			if news != h.want {
				t.Errorf("%s, %d: %s, want %s (start %s, undated %v)", name, n, news, h.want, a.StartsAt, a.Undated)
			}
			known = &row
		}
	}
}
