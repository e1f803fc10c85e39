package alert

import (
	"bytes"
	"net/http"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzDecode(f *testing.F) {
	for _, name := range samples(f) {
		s := load(f, name)
		f.Add(s.Source, s.Headers["Content-Type"], []byte(s.Body))
	}
	f.Add(Generic, "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--b--"))
	f.Add("cloudevents", "binary", []byte(`{"title":"x"}`))
	f.Add("email", "", []byte(`{"email":"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ny\r\n--b--"}`))
	for _, pair := range pairs {
		f.Add("email", "", []byte(`{"subject":"`+pair.alarm+`"}`))
	}
	for _, body := range []string{`{"title":"x","starts_at":1e400}`, `[{"title":"\u0000\ud800"}]`, `{"labels":{"a":[[[1]]]},"summary":5}`, `{"alerts":[{}]}`, "\xff"} {
		for _, source := range Sources() {
			f.Add(source, "", []byte(body))
		}
	}
	mapping := &Mapping{Alerts: "a|b[0].c", Title: "t|u[1].v|'none'", Labels: "l"}
	if err := mapping.Compile(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source, kind string, body []byte) {
		header := http.Header{"Content-Type": {kind}, "Ce-Id": {kind}}
		if kind != "binary" {
			delete(header, "Ce-Id")
		}
		for _, m := range []*Mapping{nil, mapping} {
			d, err := Decode(source, m, header, body, noon())
			again, errAgain := Decode(source, m, header, body, noon())
			if (err == nil) != (errAgain == nil) || !reflect.DeepEqual(d, again) {
				t.Fatal("decoding twice gives two results")
			}
			if err == nil && len(d.Alerts) == 0 || len(d.Alerts) > maxAlerts || d.Truncated < 0 {
				t.Fatalf("%d alerts, %d truncated, %v", len(d.Alerts), d.Truncated, err)
			}
			if n, list := entries(source, header, body); list && m == nil && err == nil && (n != len(d.Alerts)+d.Unread.Count+d.Over || d.Unread.Count > 0 && d.Unread.Of != n) {
				t.Fatalf("of %d entries %d are alerts, %+v and %d are left", n, len(d.Alerts), d.Unread, d.Over)
			}
			for _, a := range d.Alerts {
				checkBounds(t, a)
				row, _ := Meet(nil, a, noon())
				Meet(&row, a, noon())
			}
		}
		if _, _, answer := Answer(source, "id", body); len(answer) == 0 || len(answer) > 10_000 {
			t.Fatalf("an answer of %d bytes", len(answer))
		}
	})
}

// entries counts what stands in the list of a request, where it is one.
func entries(source string, header http.Header, body []byte) (n int, list bool) {
	body, err := unpacked(header, body)
	if err != nil || source != Generic && source != Alertmanager {
		return 0, false
	}
	doc, err := document(header, utf8Body(header, bytes.TrimPrefix(body, []byte("\ufeff"))))
	if object, is := doc.(map[string]any); is && source == Alertmanager {
		doc = object["alerts"]
	}
	found, list := doc.([]any)
	return len(found), list && err == nil
}

func FuzzQuickly(f *testing.F) {
	for _, name := range samples(f) {
		f.Add([]byte(load(f, name).Body))
	}
	for _, body := range []string{` {"a" : [1, -2, true, false, null, "é", {}, []] , "a":"b"} `, `{"a":1.5}`, `"\u0041"`, "\"\xff\"", `{"a":01}`, `[1,]`, `-`, `{"a":-0}`, `1 2`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := quickly(body)
		if !ok {
			return
		}
		want, err := thoroughly(body)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v, want %v, %v", body, got, want, err)
		}
	})
}

func TestOrdinaryBodiesAreReadQuickly(t *testing.T) {
	for _, body := range []string{`{"summary":"Disk 93% full","details":"ディスク","dedup":"k","n":-5,"list":[true,false,null,{"a":[]}]}`, ` [ { } , "x" ] `, `0`} {
		if _, ok := quickly([]byte(body)); !ok {
			t.Errorf("%s is left to the slow way", body)
		}
	}
	for _, body := range []string{``, `{`, `{"a":"\n"}`, `{"a":1.0}`, `{"a":1}}`, `{"a"}`, `[1 2]`, `nul`, "{\"a\":\"\x01\"}", `007`, `--1`} {
		if doc, ok := quickly([]byte(body)); ok {
			t.Errorf("%s is read as %v", body, doc)
		}
	}
}

func checkBounds(t *testing.T, a Alert) {
	t.Helper()
	for _, bound := range []struct {
		text string
		most int
	}{{a.Title, maxTitle}, {a.Service, maxName}, {a.Host, maxName}, {a.DedupeKey, maxKey}, {a.Description, maxDescription}, {a.Comment, maxValue}, {a.Link, maxLink}, {GroupKey(a), maxKey}} {
		if n := utf8.RuneCountInString(bound.text); n > bound.most || !utf8.ValidString(bound.text) {
			t.Fatalf("%d runes of at most %d, valid %v", n, bound.most, utf8.ValidString(bound.text))
		}
	}
	if a.Status != Firing && a.Status != Resolved || a.Event == "" || a.DedupeKey == "" || len(a.Labels) > maxLabels || a.Title == "" && !a.follows() {
		t.Fatalf("%+v", a)
	}
	if a.StartsAt.Year() < 2000 || a.StartsAt.After(noon().Add(24*time.Hour)) {
		t.Fatalf("starts at %v", a.StartsAt)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"alertmanager-bare-1-firing.json", "alertmanager-grouped-3-resolved-and-new.json", "alertmanager-manylabels-1-firing.json", "pdevents-am-1-trigger.json", "alertmanager034-custom-payload.json"} {
		s := load(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s.Body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(s.Source, nil, nil, s.Body, s.Received); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMeet is the pure cost of working one repeated alert off, to hold against the decoding and the commit.
func BenchmarkMeet(b *testing.B) {
	a := decoded(b, "alertmanager-bare-1-firing.json").Alerts[0]
	row, _ := Meet(nil, a, noon())
	for b.Loop() {
		if _, news := Meet(&row, a, noon()); news != Repeat {
			b.Fatal(news)
		}
	}
}
