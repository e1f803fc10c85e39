package alert

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/lang"
)

// packed is a text as gzip packs it.
func packed(t *testing.T, texts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&out)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestAPackedBodyIsReadAsWhatItHolds(t *testing.T) {
	const text = `{"title":"disk is full","key":"k1","severity":"critical"}`
	long := `{"title":"disk is full","key":"k1","severity":"critical","description":"` + strings.Repeat("x", longestUnpacked) + `"}`
	for name, x := range map[string]struct {
		encoding string
		body     []byte
		reason   string
	}{
		"packed, and said so":                   {"gzip", packed(t, text), ""},
		"packed under its old name":             {"x-gzip", packed(t, text), ""},
		"packed in two members":                 {"gzip", packed(t, text[:9], text[9:]), ""},
		"packed, and not said":                  {"", packed(t, text), ""},
		"said, but a proxy unpacked it":         {"gzip", []byte(text), ""},
		"a charset where a packing should be":   {"utf-8", []byte(text), ""},
		"cut off":                               {"gzip", packed(t, text)[:30], "alert.error_packed_cut"},
		"only its beginning":                    {"gzip", packed(t, text)[:5], "alert.error_packed_cut"},
		"broken":                                {"gzip", append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"), "nonsense"...), "alert.error_packed_broken"},
		"more than anybody means":               {"gzip", packed(t, long), "alert.error_unpacked_large"},
		"a packing that nobody here can unpack": {"zstd", []byte("\x28\xb5\x2f\xfd"), "alert.error_packing"},
	} {
		header := http.Header{}
		if x.encoding != "" {
			header.Set("Content-Encoding", x.encoding)
		}
		d, err := Decode(Generic, nil, header, x.body, time.Unix(1_700_000_000, 0))
		u, _ := errors.AsType[*Undecoded](err)
		switch {
		case x.reason == "" && (err != nil || len(d.Alerts) != 1 || d.Alerts[0].Title != "disk is full"):
			t.Errorf("%s: %+v %v", name, d, err)
		case x.reason != "" && (u == nil || u.Reason.ID != x.reason):
			t.Errorf("%s: %v, want %s", name, err, x.reason)
		case x.reason != "":
			for _, l := range lang.All() {
				if said := u.Reason.Text(l); strings.Contains(said, "⟦") || strings.Contains(said, "<no value>") {
					t.Errorf("%s: %s", name, said)
				}
			}
		}
	}
}

func TestASmallBodyThatUnpacksToGigabytesCostsLittle(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for zeros, n := make([]byte, 1<<20), 0; n < 64; n++ {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := unpacked(nil, bomb.Bytes())
	if u, ok := errors.AsType[*Undecoded](err); !ok || u.Reason.ID != "alert.error_unpacked_large" || body != nil {
		t.Errorf("%d bytes unpacked to %d: %v", bomb.Len(), len(body), err)
	}
}

func TestPagerDutysAnswerNamesTheKeyOfAPackedEvent(t *testing.T) {
	event := `{"routing_key":"r","event_action":"trigger","dedup_key":"k9","payload":{"summary":"s","source":"h","severity":"critical"}}`
	if _, _, answer := Answer(PagerDutyEventsV2, "17", packed(t, event)); !strings.Contains(string(answer), `"dedup_key":"k9"`) {
		t.Errorf("%s", answer)
	}
}
