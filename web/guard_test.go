package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

func TestFirstVisitAsksWhoAndRemembers(t *testing.T) {
	s := newSite(t, nil)
	nobody := &visitor{s: s, head: http.Header{"Accept-Language": {"ja"}}}
	nobody.wants("/chat/general", http.StatusOK, "あなたは誰ですか", `value="/chat/general"`)
	resp, _ := nobody.send(http.MethodPost, "/do/who", url.Values{"name": {"  @佐藤　花子 "}, "next": {"/chat/general"}})
	cookie := resp.Header.Get("Set-Cookie")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/chat/general" {
		t.Errorf("enter: got %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("cookie %q: want HttpOnly and SameSite=Strict", cookie)
	}
	nobody.head.Set("Cookie", strings.Split(cookie, ";")[0])
	nobody.wants("/chat/general", http.StatusOK, "佐藤 花子", `id="messages"`)
}

func TestSameNameIsTheSamePerson(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	nobody := &visitor{s: s, head: http.Header{}}
	resp, _ := nobody.send(http.MethodPost, "/do/who", url.Values{"name": {"ann"}})
	if got := resp.Header.Get("Set-Cookie"); !strings.HasPrefix(got, "matoi_who="+string(ann.id)+";") {
		t.Errorf("cookie %q, want %s", got, ann.id)
	}
}

func TestNextLeadsNowhereElse(t *testing.T) {
	s := newSite(t, nil)
	nobody := &visitor{s: s, head: http.Header{}}
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)"} {
		resp, _ := nobody.send(http.MethodPost, "/do/who", url.Values{"name": {"Ann"}, "next": {to}})
		if got := resp.Header.Get("Location"); got != "/" {
			t.Errorf("next %q: leads to %q", to, got)
		}
	}
}

func TestNobodyDoesNothing(t *testing.T) {
	s := newSite(t, nil)
	nobody := &visitor{s: s, head: http.Header{}}
	for _, path := range []string{"/do/say", "/do/press", "/do/submit", "/do/log"} {
		if resp, _ := nobody.post(path, "channel", "general", "text", "x"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", path, resp.StatusCode)
		}
	}
	if resp, _ := nobody.get("/live/chat?after=0", "Accept", "text/event-stream"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("stream: got %d, want 401", resp.StatusCode)
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		resp, _ := v.send(http.MethodPost, "/do/say", url.Values{"channel": {"general"}, "text": {"forged"}}, h...)
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", h, resp.StatusCode)
		}
	}
	if body := v.wants("/chat/general", http.StatusOK); strings.Contains(body, "forged") {
		t.Error("a forged message was stored")
	}
}

func TestOnlyLoopbackNamesAreAnsweredLocally(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	for host, want := range map[string]int{
		"evil.example": 421, "127.0.0.1.evil.example": 421, "10.0.0.1": 421, "": 200,
		"localhost:8080": 200, "127.0.0.1": 200, "[::1]:8080": 200, "matoi.localhost": 200,
	} {
		resp, _ := v.get("/", "Host", host)
		if resp.StatusCode != want {
			t.Errorf("Host %q: got %d, want %d", host, resp.StatusCode, want)
		}
	}
}

func TestPanicCostsOneRequestAndLeavesAReference(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P3}, v.id)
	s.reports.write = func(incident.Number, lang.Lang) string { panic("the report's mistake") }
	resp, body := v.get("/incidents/" + n.String() + "/report")
	ref := regexp.MustCompile(`reference ([a-z0-9]{6})`).FindStringSubmatch(body)
	if resp.StatusCode != http.StatusInternalServerError || ref == nil {
		t.Fatalf("got %d %s, want 500 with a reference", resp.StatusCode, body)
	}
	if strings.Contains(body, "mistake") || !strings.Contains(s.log.String(), ref[1]) || !strings.Contains(s.log.String(), "mistake") {
		t.Errorf("the cause belongs into the log under %s and not into the page", ref[1])
	}
	v.wants("/", http.StatusOK)
}

// torn breaks whenever it is asked.
type torn struct{}

func (torn) AnswerLink(context.Context, string) (bot.Answering, error) { panic("the answer's mistake") }

func (torn) Answer(context.Context, string, string, incident.Number) (bot.Answering, error) {
	panic("the answer's mistake")
}

func TestThePanicOfAnAnswerLeavesItsTokenOutOfTheLog(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Answers = torn{} })
	v := s.stranger("en")
	if resp, _ := v.get("/a/XBoDSvs8ifxWqI8PKH0bmdB_VaU"); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("got %d", resp.StatusCode)
	}
	if log := s.log.String(); !strings.Contains(log, "the answer's mistake") || strings.Contains(log, "XBoDSvs8") {
		t.Errorf("the log has the token, or not the mistake: %s", log)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	resp, _ := v.post("/do/say", "channel", "general", "text", strings.Repeat("x", 600<<10))
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", resp.StatusCode)
	}
	resp, body := v.post("/do/say", "channel", "general", "text", strings.Repeat("あ", 20_001))
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "20000") {
		t.Errorf("got %d %s, want a refusal that says how long it may be", resp.StatusCode, body)
	}
}

// gate knows one token.
type gate struct{ id incident.PersonID }

func (g *gate) Login(_ context.Context, token string) (incident.PersonID, error) {
	if token != "right" {
		return "", incident.ErrNotFound
	}
	return g.id, nil
}

func TestWithTokensASessionIsSignedAndEnds(t *testing.T) {
	g := &gate{}
	s := newSite(t, func(o *web.Options) { o.Local, o.Auth, o.Secret = false, g, func() []byte { return []byte("secret") } })
	ann := s.as("Ann")
	g.id = ann.id
	nobody := &visitor{s: s, head: http.Header{"Accept-Language": {"en"}}}
	ann.wants("/", http.StatusOK, "token") // the plain cookie of local mode opens nothing
	if resp, _ := nobody.send(http.MethodPost, "/do/login", url.Values{"token": {"wrong"}}); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("wrong token: got %d, want 401", resp.StatusCode)
	}
	if resp, _ := nobody.send(http.MethodPost, "/do/who", url.Values{"name": {"Ann"}}); resp.StatusCode != http.StatusNotFound {
		t.Errorf("naming oneself: got %d, want 404", resp.StatusCode)
	}
	resp, _ := nobody.send(http.MethodPost, "/do/login", url.Values{"token": {"right"}})
	cookie := strings.Split(resp.Header.Get("Set-Cookie"), ";")[0]
	nobody.head.Set("Cookie", cookie)
	nobody.wants("/", http.StatusOK, "Incidents")
	forged := []byte(cookie)
	forged[len("matoi_who=")+1] ^= 1
	nobody.head.Set("Cookie", string(forged))
	nobody.wants("/", http.StatusOK, "token")
	nobody.head.Set("Cookie", cookie)
	resp, _ = nobody.send(http.MethodPost, "/do/logout", url.Values{})
	if got := resp.Header.Get("Set-Cookie"); !strings.Contains(got, "Max-Age=0") {
		t.Errorf("log out: cookie %q", got)
	}
}

func TestLanguageIsChosenByAddressThenPersonThenCookieThenBrowser(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	v.wants("/", http.StatusOK, `<html lang="en"`)
	v.head.Set("Cookie", v.head.Get("Cookie")+"; matoi_lang=ja")
	v.wants("/", http.StatusOK, `<html lang="ja"`)
	p, err := s.store.Person(t.Context(), v.id)
	if err != nil {
		t.Fatal(err)
	}
	p.Lang = "en"
	if err := s.store.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	v.wants("/", http.StatusOK, `<html lang="en"`)
	resp, body := v.get("/?lang=ja")
	if !strings.Contains(body, `<html lang="ja"`) || !strings.Contains(resp.Header.Get("Set-Cookie"), "matoi_lang=ja") {
		t.Errorf("?lang=ja: want Japanese, kept in a cookie")
	}
}

func TestAssetsAreKeptByTheirDigest(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	body := v.wants("/", http.StatusOK)
	address := regexp.MustCompile(`/static/matoi\.css\?v=[0-9a-f]+`).FindString(body)
	resp, css := v.get(address)
	if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") || !strings.Contains(css, "--shu") {
		t.Errorf("%s: got %d %v", address, resp.StatusCode, resp.Header)
	}
	if resp, _ := v.get("/static/matoi.css"); strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
		t.Error("an address without digest must not be kept for good")
	}
	if resp, _ := v.get("/static/../web.go"); resp.StatusCode == http.StatusOK {
		t.Error("a file outside static/ was given")
	}
}
