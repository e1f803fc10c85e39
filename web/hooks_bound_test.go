package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/lang"
)

// bounded are hooks whose clock the test moves; counted is what their figures hear.
func bounded(d *desk, sources ...alert.Source) (h http.Handler, now *time.Time, counted map[string]int) {
	config := &alert.Config{Sources: sources}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	counted = map[string]int{}
	gate := Gate{Access: func() Access { return Access{Local: true} }}
	return NewHooks(HooksOptions{
		Gate: gate, Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1000, Now: func() time.Time { return at }, Lang: lang.EN,
		Log: slog.New(slog.DiscardHandler), Count: func(source, result string) { counted[source+" "+result]++ },
	}), &at, counted
}

func TestASourceIsHeldToItsRateAndToldWhenToComeAgain(t *testing.T) {
	d, c := newDesk(), readContract(t)
	h, now, counted := bounded(d, alert.Source{Name: "chatty", Format: alert.Generic, Rate: 0.5, Burst: 3, Auth: alert.Auth{Bearer: []bot.Secret{bot.NewSecret("s3cret")}}})
	send := func(secret string) *httptest.ResponseRecorder {
		return call(h, "POST", "/hooks/chatty", "{}", "Authorization: Bearer "+secret, "Accept-Language: ja")
	}
	for range 10 {
		if w := send("wrong"); w.Code != http.StatusForbidden {
			t.Errorf("a stranger is told %d", w.Code)
		}
	}
	for range 3 {
		if w := send("s3cret"); w.Code != http.StatusAccepted {
			t.Errorf("within the burst %d %s", w.Code, w.Body)
		}
	}
	w := send("s3cret")
	c.hold(t, "POST", "/hooks/{source}", w)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), "30/m") || !strings.Contains(w.Body.String(), "送り直して") {
		t.Errorf("past the burst %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := call(h, "POST", "/hooks/generic", "{}"); w.Code != http.StatusAccepted {
		t.Errorf("another source is told %d", w.Code)
	}
	*now = now.Add(2 * time.Second)
	if w := send("s3cret"); w.Code != http.StatusAccepted {
		t.Errorf("when it came again as told: %d", w.Code)
	}
	if len(d.stored) != 5 || counted["chatty stored"] != 4 || counted["chatty too_fast"] != 1 || counted["chatty secret_wrong"] != 10 {
		t.Errorf("%d stored, counted %v", len(d.stored), counted)
	}
}

// Who signs rightly by a clock that is off is told so, and the log once a minute; who signs wrongly learns nothing of it.
func TestASignatureOfAnotherTimeIsToldFromAWrongOne(t *testing.T) {
	d, c := newDesk(), readContract(t)
	config := &alert.Config{Sources: []alert.Source{{Name: "shop", Format: alert.Generic, Auth: alert.Auth{
		HMAC: &alert.HMAC{Header: "X-Signature", Secrets: []bot.Secret{bot.NewSecret("s3cret")}, Signs: "{timestamp}.{body}", Timestamp: "X-Time"},
	}}}}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var log strings.Builder
	h := NewHooks(HooksOptions{
		Gate: Gate{Access: func() Access { return Access{Local: true} }}, Sources: func() *alert.Config { return config }, Inbox: d, BodyBound: 1000,
		Now: func() time.Time { return at }, Lang: lang.EN, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	send := func(secret, signed string) *httptest.ResponseRecorder {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(signed + ".{}"))
		return call(h, "POST", "/hooks/shop", "{}", "X-Signature: "+hex.EncodeToString(mac.Sum(nil)), "X-Time: "+signed)
	}
	for _, x := range []struct {
		secret, signed string
		status         int
		code           string
	}{
		{"s3cret", "2026-11-22T12:01:00Z", 202, ""},
		{"s3cret", "2026-11-22T12:15:00Z", 403, "secret_untimely"},
		{"s3cret", "2026-11-22T11:45:00Z", 403, "secret_untimely"},
		{"s3cret", "noon", 403, "secret_untimely"},
		{"guessed", "2026-11-22T12:15:00Z", 403, "secret_wrong"},
		{"guessed", "noon", 401, "secret_missing"},
		{"s3cret", "", 401, "secret_missing"},
	} {
		w := send(x.secret, x.signed)
		c.hold(t, "POST", "/hooks/{source}", w)
		if w.Code != x.status || !strings.Contains(w.Body.String(), x.code) || x.code == "secret_untimely" && !strings.Contains(w.Body.String(), "2026-11-22T12:00:00Z") {
			t.Errorf("%+v: %d %s", x, w.Code, w.Body)
		}
	}
	if n := strings.Count(log.String(), "source=shop"); n != 1 {
		t.Errorf("%d lines in the log within a minute:\n%s", n, log.String())
	}
	at = at.Add(time.Minute)
	if send("s3cret", "noon"); strings.Count(log.String(), "source=shop") != 2 {
		t.Errorf("a minute later:\n%s", log.String())
	}
}

func TestEachSourceHasABoundForItsBodies(t *testing.T) {
	h, _, counted := bounded(newDesk(), alert.Source{Name: "small", Format: alert.Generic, Body: 10}, alert.Source{Name: "usual", Format: alert.Generic})
	for _, x := range []struct {
		path string
		size int
		told bool
		want int
	}{
		{"/hooks/small", 10, true, 202},
		{"/hooks/small", 11, true, 413},
		{"/hooks/small", 11, false, 413},
		{"/hooks/usual", 1000, false, 202},
		{"/hooks/usual", 1001, true, 413},
	} {
		r := httptest.NewRequest(http.MethodPost, x.path, io.MultiReader(strings.NewReader(strings.Repeat("x", x.size))))
		r.Host, r.ContentLength = "127.0.0.1:8080", -1
		if x.told {
			r.ContentLength = int64(x.size)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != x.want {
			t.Errorf("%+v: %d %s", x, w.Code, w.Body)
		}
	}
	if counted["small body_large"] != 2 {
		t.Errorf("counted %v", counted)
	}
}

// What is held in memory is bounded, and one source leaves room for others, also where nobody says how long bodies are.
func TestBodiesInMemoryAreBoundedAndShared(t *testing.T) {
	b := newBounds()
	one := &body{bounds: b, source: "flood"}
	for one.hold(1 << 20) {
	}
	if one.held != roomForBodies/2 {
		t.Errorf("one source holds %d MiB", one.held>>20)
	}
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(strings.Repeat("x", 20<<20))))
	r.ContentLength = -1
	two := &body{bounds: b, source: "other"}
	if err := two.read(httptest.NewRecorder(), r, 32<<20); !errors.Is(err, errCrowded) {
		t.Errorf("20 MiB of another: %v", err)
	}
	two.release()
	told := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("abc"))
	three := &body{bounds: b, source: "other"}
	if err := three.read(httptest.NewRecorder(), told, 1000); err != nil || string(three.bytes) != "abc" {
		t.Errorf("a small one of another: %v", err)
	}
	three.release()
	one.release()
	if b.total != 0 || len(b.held) != 0 {
		t.Errorf("%d bytes are held of %v", b.total, b.held)
	}
}

// Who announces a body and sends nothing, or little of it, holds no more room than twice what came.
func TestWhatIsAnnouncedButNotSentHoldsNoRoom(t *testing.T) {
	b := newBounds()
	var all []*io.PipeWriter
	var done sync.WaitGroup
	for k := range 2000 {
		from, to := io.Pipe()
		all = append(all, to)
		done.Go(func() {
			r := httptest.NewRequest(http.MethodPost, "/", from)
			r.ContentLength = 15 << 20
			one := &body{bounds: b, source: fmt.Sprint("liar", k%3)}
			if err := one.read(httptest.NewRecorder(), r, 16<<20); err == nil {
				t.Error("what was cut is whole")
			}
			one.release()
		})
	}
	for _, to := range all[:100] {
		if _, err := to.Write(make([]byte, firstRead)); err != nil {
			t.Error(err)
		}
	}
	b.mu.Lock()
	if b.total > 200*firstRead {
		t.Errorf("%d bytes are held of a hundred that sent %d each, and of others that sent nothing", b.total, firstRead)
	}
	b.mu.Unlock()
	honest := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 10<<20)))
	own := &body{bounds: b, source: "honest"}
	if err := own.read(httptest.NewRecorder(), honest, 16<<20); err != nil || len(own.bytes) != 10<<20 || own.held != 10<<20 {
		t.Errorf("%d bytes of the honest one, %d held: %v", len(own.bytes), own.held, err)
	}
	own.release()
	for _, to := range all {
		_ = to.Close()
	}
	done.Wait()
	if b.total != 0 || len(b.held) != 0 {
		t.Errorf("%d bytes are held of %v", b.total, b.held)
	}
}

func TestRatesAndSizesAreWrittenAsPeopleDo(t *testing.T) {
	for text, want := range map[string]string{"200/s": "200/s", "6000/m": "100/s", "30 / m": "30/m", "50/h": "50/h", "0.5/s": "30/m"} {
		var r alert.Rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r.String() != want {
			t.Errorf("%s: %s %v", text, r, err)
		}
	}
	for _, text := range []string{"", "200", "200/d", "-1/s", "0/s", "x/s", "NaN/s"} {
		if err := new(alert.Rate).UnmarshalText([]byte(text)); !errors.As(err, new(alert.Mistake)) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if perSecond, burst := (alert.Source{Rate: 200}).Bounds(); perSecond != 200 || burst != 1000 {
		t.Errorf("%v %d", perSecond, burst)
	}
}
