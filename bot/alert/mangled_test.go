package alert

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// mangles are what happens to bodies on their way, or in the hands of those who write them.
func mangles(body string) map[string]string {
	years, texts := regexp.MustCompile(`\b20(2[0-9])\b`), regexp.MustCompile(`":\s*"[^"\\]*"`)
	all := map[string]string{
		"cut in the middle":     body[:len(body)/2],
		"without its last sign": body[:max(len(body)-1, 0)],
		"doubled":               body + body,
		"as a list of itself":   "[" + body + "," + body + "]",
		"years ahead":           years.ReplaceAllString(body, "99$1"),
		"years behind":          years.ReplaceAllString(body, "10$1"),
		"texts as null":         texts.ReplaceAllString(body, `":null`),
		"texts as numbers":      texts.ReplaceAllString(body, `":-1e99`),
		"texts as lists":        texts.ReplaceAllString(body, `":[{"a":[null]}]`),
		"objects as texts":      strings.ReplaceAll(body, `":{`, `":"x","y":{`),
		"lists as objects":      strings.NewReplacer("[", "{\"a\":", "]", "}").Replace(body),
		"a very long text":      texts.ReplaceAllString(body, `":"`+strings.Repeat("長い", 3000)+`"`),
		"NUL and broken bytes":  strings.ReplaceAll(body, `":"`, "\":\"\x00\xff\x80"),
		"in HTML":               "<html>" + body + "</html>",
	}
	if text, err := japanese.ShiftJIS.NewEncoder().String(body); err == nil {
		all["in Shift_JIS"] = text
	}
	return all
}

func TestEverySampleMangledIsDecodedOrRefusedWithAReason(t *testing.T) {
	for _, name := range samples(t) {
		s := load(t, name)
		plain := s.Body
		var compact bytes.Buffer
		if json.Compact(&compact, s.Body) == nil {
			plain = compact.Bytes()
		}
		for how, body := range mangles(string(plain)) {
			d, err := Decode(s.Source, nil, s.header(t), []byte(body), s.received())
			if err != nil {
				if u := refusal(t, err); u.Reason.ID == "alert.error_broken" {
					t.Errorf("%s, %s: %v", name, how, err)
				}
				continue
			}
			if len(d.Alerts) == 0 || len(d.Alerts) > maxAlerts {
				t.Errorf("%s, %s: %d alerts", name, how, len(d.Alerts))
			}
			for _, a := range d.Alerts {
				if a.DedupeKey == "" || a.Event == "" || a.StartsAt.After(s.received().AddDate(0, 0, 1)) || len(a.Title) > 4*maxTitle {
					t.Errorf("%s, %s: %+v", name, how, a)
				}
			}
		}
	}
}

func TestSamplesInShiftJISSayTheSame(t *testing.T) {
	same := 0
	for _, name := range samples(t) {
		s := load(t, name)
		text, err := japanese.ShiftJIS.NewEncoder().Bytes(s.Body)
		if err != nil || bytes.Equal(text, s.Body) || s.BodyRaw != "" {
			continue // nothing of Japan in it, or an emoji
		}
		want, errWant := Decode(s.Source, nil, s.header(t), s.Body, s.received())
		got, errGot := Decode(s.Source, nil, s.header(t), text, s.received())
		if same++; shown(got, errGot) != shown(want, errWant) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, shown(got, errGot), shown(want, errWant))
		}
	}
	if same < 20 {
		t.Errorf("only %d samples have anything of Japan in them", same)
	}
}
