package web_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

const nasty = `<script>alert(1)</script> "><img src=x onerror=alert(2)> @channel <!here>`

func TestNothingThatPeopleOrAlertsWriteBecomesMarkup(t *testing.T) {
	s := newSite(t, nil)
	v := s.as(`<b>Eve</b>`)
	n := s.open(incident.Open{
		Title: nasty, Summary: nasty, Priority: incident.P1, Services: []string{nasty},
		Source: &incident.Message{Text: nasty, Link: "javascript:alert(3)"},
		Links:  []incident.Link{{Kind: "page", URL: "javascript:alert(4)", Title: nasty}},
	}, v.id)
	v.say("general", nasty+" [click](javascript:alert(5))")
	s.reports.write = func(incident.Number, lang.Lang) string {
		return "# " + nasty + "\n\n<script>alert(6)</script>\n\n[x](javascript:alert(7))\n\n| a |\n|---|\n| " + nasty + " |"
	}
	room := s.room(n)
	for _, path := range []string{"/", "/incidents/" + n.String(), "/incidents/" + n.String() + "/report", "/chat/general", "/chat/" + room, "/chat/incidents", "/people"} {
		body := v.wants(path, http.StatusOK)
		for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, "<b>Eve"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q stands in the page", path, bad)
			}
		}
	}
}

// room waits until the pump made the incident's room.
func (s *site) room(n incident.Number) string {
	s.t.Helper()
	var room incident.Room
	s.eventually("the room of "+n.String(), func() bool {
		i, err := s.store.Load(s.t.Context(), n)
		if err != nil {
			s.t.Fatal(err)
		}
		var ok bool
		room, ok = i.Room("console")
		return ok
	})
	return room.ID
}

func TestPrivateIncidentDoesNotExistForOthers(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "personal data on the wrong server", Priority: incident.P1, Private: true}, ann.id)
	room := s.room(n)
	for _, path := range []string{
		"/incidents/" + n.String(), "/incidents/" + n.String() + "/report", "/live/incidents/" + n.String() + "?after=0",
		"/part/entries?number=" + n.String() + "&before=9", "/chat/" + room, "/live/chat?after=0&channel=" + room, "/part/older?channel=" + room + "&before=999",
	} {
		if resp, body := bob.get(path); resp.StatusCode != http.StatusNotFound || strings.Contains(body, "personal data") {
			t.Errorf("%s: got %d, want 404 without a word of it", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/", "/incidents?all=1", "/chat", "/chat/incidents"} {
		if body := bob.wants(path, http.StatusOK); strings.Contains(body, "personal data") || strings.Contains(body, room) {
			t.Errorf("%s tells of the private incident", path)
		}
	}
	if resp, _ := bob.post("/do/press", "number", n.String(), "command", "ack"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("press: got %d, want 404", resp.StatusCode)
	}
	if resp, _ := bob.post("/do/say", "channel", room, "text", "hello?"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("say: got %d, want 404", resp.StatusCode)
	}
	ann.wants("/incidents/"+n.String(), http.StatusOK, "personal data")
	ann.wants("/", http.StatusOK, "personal data")
	ann.wants("/chat/"+room, http.StatusOK, `id="composer-0"`)
}

func TestListPutsWhatPressesFirstAndSaysWhoIsMissing(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	low := s.open(incident.Open{Title: "low", Priority: incident.P4}, v.id)
	high := s.open(incident.Open{Title: "high", Priority: incident.P1}, v.id)
	body := v.wants("/", http.StatusOK, "No incident manager")
	if strings.Index(body, "row-"+high.String()) > strings.Index(body, "row-"+low.String()) {
		t.Error("P4 stands above P1")
	}
	if _, err := s.desk.Do(t.Context(), high, incident.TakeRole{Role: incident.Manager, Person: v.id}, incident.By{Person: v.id}, incident.Cause{ID: "take"}); err != nil {
		t.Fatal(err)
	}
	if body := v.wants("/", http.StatusOK); strings.Contains(body, "No incident manager") {
		t.Error("somebody leads P1, and P4 wants nobody: nothing burns")
	}
}

func TestButtonOfAPageGoesThroughTheOneDoor(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	resp, body := v.post("/do/press", "number", n.String(), "command", "role incident-manager", "deed", "d1")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("press: got %d %s", resp.StatusCode, body)
	}
	if _, again := v.post("/do/press", "number", n.String(), "command", "role incident-manager", "deed", "d1"); again != body {
		t.Errorf("the same deed again: got %q, want the first answer %q", again, body)
	}
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if i.Manager() != v.id {
		t.Errorf("manager %q, want %q", i.Manager(), v.id)
	}
	resp, body = v.post("/do/press", "number", n.String(), "command", "frobnicate")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "notice bad") {
		t.Errorf("nonsense: got %d %s, want a notice that says why not", resp.StatusCode, body)
	}
}

func TestLogBoxWritesTheTimelineWithItsOwnTime(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	if resp, body := v.post("/do/log", "number", n.String(), "kind", "finding", "text", "10m ago rm was run by <@"+string(v.id)+">"); resp.StatusCode != http.StatusOK {
		t.Fatalf("log: got %d %s", resp.StatusCode, body)
	}
	v.wants("/incidents/"+n.String(), http.StatusOK, "rm was run by Ann", "finding", "recorded ")
	if resp, _ := v.post("/do/log", "number", n.String(), "kind", "close", "text", "x"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a verb that is no kind of entry: got %d, want 404", resp.StatusCode)
	}
}

func TestFormComesBackWithWhatWasTypedAndWhatIsWrong(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	_, body := v.post("/do/say", "channel", "general", "text", "/incident open 決済が遅い")
	if !strings.Contains(body, "<dialog") || !strings.Contains(body, "決済が遅い") {
		t.Fatalf("open: want the form prefilled, got %s", body)
	}
	form := url.Values{"channel": {"general"}, "deed": {"f1"}, "f.title": {"決済が遅い"}, "f.occurred": {"not a time <at all>"}}
	for _, name := range []string{"command", "form"} {
		form.Set(name, hidden(t, body, name))
	}
	_, body = v.send(http.MethodPost, "/do/submit", form, "HX-Request", "true")
	if !strings.Contains(body, "<dialog") || !strings.Contains(body, "not a time &lt;at all&gt;") {
		t.Fatalf("submit: want the form again with what was typed, got %s", body)
	}
	form.Set("f.occurred", "10m ago")
	form.Set("deed", "f2")
	if _, body = v.send(http.MethodPost, "/do/submit", form, "HX-Request", "true"); strings.Contains(body, "<dialog") {
		t.Fatalf("submit: %s", body)
	}
	v.wants("/", http.StatusOK, "決済が遅い")
	if body := s.as("Bob").wants("/chat/general", http.StatusOK); strings.Contains(body, "決済が遅い</p>") {
		t.Error("the command or its answer is read by others in #general")
	}
}

// hidden reads a hidden input's value as a browser would.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no input %s in %s", name, body)
	}
	return strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(m[1])
}

func TestReactionIsGivenAndTakenByTheSameButton(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	v.say("general", "CPU 100 %")
	list, _, err := s.chat.Messages(t.Context(), incident.Viewer{Person: v.id}, "general", 0, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	id := strconv.FormatInt(list[0].ID, 10)
	for _, want := range []bool{true, false} {
		if resp, body := v.post("/do/react", "message", id, "emoji", "👀"); resp.StatusCode != http.StatusOK {
			t.Fatalf("react: got %d %s", resp.StatusCode, body)
		}
		body := v.wants("/chat/general", http.StatusOK)
		if got := strings.Contains(body, `data-people="`+string(v.id)+`"`); got != want {
			t.Errorf("reaction stands: %v, want %v", got, want)
		}
	}
}

func TestReactionSentAgainStaysWhatItWas(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	v.say("general", "CPU 100 %")
	list, _, err := s.chat.Messages(t.Context(), incident.Viewer{Person: v.id}, "general", 0, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	id := strconv.FormatInt(list[0].ID, 10)
	for _, step := range []struct{ deed, on string }{{"one", "1"}, {"one", "1"}, {"two", "0"}, {"two", "0"}} {
		if resp, body := v.post("/do/react", "message", id, "emoji", "👀", "deed", step.deed, "on", step.on); resp.StatusCode != http.StatusOK {
			t.Fatalf("react: got %d %s", resp.StatusCode, body)
		}
		body := v.wants("/chat/general", http.StatusOK)
		if got := strings.Contains(body, `data-people="`+string(v.id)+`"`); got != (step.on == "1") {
			t.Errorf("after %s was sent, the reaction stands: %v, want %v", step.deed, got, !got)
		}
	}
}

func TestCompletionTeachesTheGrammar(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	resp, body := v.get("/part/complete?text="+url.QueryEscape("/incident res"), "Accept", "application/json")
	var got struct {
		Items []struct{ Text, Label string }
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("complete: got %d %s (%v)", resp.StatusCode, body, err)
	}
	if !strings.Contains(fmt.Sprint(got.Items), "resolve") {
		t.Errorf("complete: got %v, want resolve among them", got.Items)
	}
}

func TestOlderMessagesAreFetchedWithoutGapOrDouble(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	for n := range 130 {
		_, err := s.store.AddMessage(t.Context(), console.Message{Channel: "general", Author: v.id, Text: fmt.Sprintf("n%03d.", n), At: s.now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	path, body := "/chat/general", ""
	for path != "" {
		_, body = v.get(path)
		for _, m := range regexp.MustCompile(`<p>(n\d{3}\.)</p>`).FindAllStringSubmatch(body, -1) {
			seen[m[1]]++
		}
		path = ""
		if m := regexp.MustCompile(`data-part="(/part/older[^"]*)"`).FindStringSubmatch(body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	for n := range 130 {
		if text := fmt.Sprintf("n%03d.", n); seen[text] != 1 {
			t.Errorf("%s was shown %d times", text, seen[text])
		}
	}
}

// TestEveryTextOfThePagesExists looks for each id that templates and handlers name.
func TestEveryTextOfThePagesExists(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if id, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(id, "web.") && !strings.ContainsAny(id, " :") {
					for _, l := range lang.All() {
						if !lang.Has(l, id) {
							t.Errorf("%s: there is no text %s in %s", name, id, l)
						}
					}
				}
			}
			return true
		})
	}
}
