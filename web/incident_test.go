package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// TestEverythingThatCanBeTypedCanBePressedOnAPage walks the grammar: every verb that needs an incident has a button on the
// page in some state, and each button opens a form or does something. Nothing breaks, nothing asks for what cannot be given.
func TestEverythingThatCanBeTypedCanBePressedOnAPage(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	open := s.open(incident.Open{Title: "x", Priority: incident.P2}, v.id)
	held := s.open(incident.Open{Title: "y", Priority: incident.P2, Private: true}, v.id)
	s.record(held, v.id, incident.TakeRole{Role: incident.Manager, Person: v.id}, incident.SetStatus{To: incident.Investigating},
		incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "waits", Review: s.now().Add(time.Hour)}})
	done := s.open(incident.Open{Title: "z", Priority: incident.P3}, v.id)
	s.record(done, v.id, incident.Resolve{Text: "mended"})
	missing := map[string]bool{}
	grammar := bot.NewGrammar("/incident")
	for _, verb := range grammar.Verbs() {
		if !verb.Alone {
			missing[verb.ID] = true
		}
	}
	button := regexp.MustCompile(`<button type="button" class="row" hx-post="/do/press" hx-vals="([^"]*)"[^>]*data-command="([a-z]+)"`)
	for _, n := range []incident.Number{open, held, done} {
		for _, m := range button.FindAllStringSubmatch(v.wants("/incidents/"+n.String(), http.StatusOK), -1) {
			vals, command := strings.ReplaceAll(m[1], "&#34;", `"`), m[2]
			if !missing[command] {
				continue
			}
			delete(missing, command)
			form := strings.Contains(vals, `"form":true`)
			press := []string{"number", n.String(), "command", command}
			if form {
				press = append(press, "form", "true")
			}
			resp, body := v.post("/do/press", press...)
			switch {
			case resp.StatusCode != http.StatusOK:
				t.Errorf("%s: got %d", command, resp.StatusCode)
			case strings.Contains(body, "⟦"):
				t.Errorf("%s: a text is missing in %s", command, tags.ReplaceAllString(body, " "))
			case form && !strings.Contains(body, "data-submit"):
				t.Errorf("%s: want a form, got %s", command, tags.ReplaceAllString(body, " "))
			case !form && strings.TrimSpace(body) == "":
				t.Errorf("%s: pressed, and nothing is said", command)
			}
		}
	}
	for verb := range missing {
		t.Errorf("%s is on no page", verb)
	}
}

func TestFormMadeFromTheGrammarIsFilledAndDoesWhatTheVerbDoes(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "the old title", Priority: incident.P2}, v.id)
	_, body := v.post("/do/press", "number", n.String(), "command", "title", "form", "true")
	if !strings.Contains(body, `value="the old title"`) {
		t.Fatalf("the form does not hold the title: %s", body)
	}
	command := hidden(t, body, "command")
	if _, body = v.post("/do/submit", "command", command, "form", hidden(t, body, "form"), "f.title", "--a new title", "deed", "t1"); strings.Contains(body, "notice bad") {
		t.Fatal(body)
	}
	_, body = v.post("/do/press", "number", n.String(), "command", "correct 1", "form", "true")
	if !strings.Contains(body, `name="f.entry" value="1"`) {
		t.Errorf("the form does not know which entry is corrected: %s", body)
	}
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if i.Title != "--a new title" {
		t.Errorf("title %q", i.Title)
	}
}

func TestPageSaysFirstWhatIsDueAndHasOnePrimaryButton(t *testing.T) {
	s := newSite(t, nil)
	v, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	for _, step := range []struct {
		deed incident.Command
		want string
	}{
		{nil, `data-command="ack`},
		{incident.Acknowledge{}, `data-command="role incident-manager`},
		{incident.TakeRole{Role: incident.Manager, Person: bob.id}, `data-command="update`},
		{incident.Publish{Sort: "first", Audience: "stakeholders", Text: "on it"}, `data-command="update --audience customers`},
	} {
		if step.deed != nil {
			s.record(n, bob.id, step.deed)
		}
		body := v.wants("/incidents/"+n.String(), http.StatusOK)
		primary := regexp.MustCompile(`<button[^>]*class="[^"]*\bprimary\b[^"]*"[^>]*>`).FindAllString(body, -1)
		var shown []string
		for _, b := range primary {
			if !strings.Contains(b, " hidden") {
				shown = append(shown, b)
			}
		}
		if len(shown) != 1 || !strings.Contains(shown[0], step.want) {
			t.Errorf("after %T: primary buttons %q, want one with %s", step.deed, shown, step.want)
		}
	}
}

func TestClockSaysItsRuleAndWhoEndedIt(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, ann.id)
	seq := s.record(n, bob.id, incident.Acknowledge{})[0]
	body := ann.wants("/incidents/"+n.String(), http.StatusOK, "Somebody of ours responds within 15 min of the report.", "to spare", "The first notice goes out within")
	if !regexp.MustCompile(`by Bob, #\d+`).MatchString(body) || seq == 0 {
		t.Error("who ended the response clock is not said")
	}
}

func TestReportOffersPrintMarkdownAndCopyWithThePictureOfTheCourse(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	s.reports.write = func(n incident.Number, l lang.Lang) string { return "# " + n.String() + " " + string(l) + ` "quoted"` }
	page := "/incidents/" + n.String() + "/report"
	v.wants(page+"?lang=ja", http.StatusOK, "data-print", "data-copy-report", `report.md?lang=ja`, "course-svg", `main id="main" class="report" lang="ja"`)
	resp, body := v.get(page + ".md?lang=en")
	if body != "# "+n.String()+` en "quoted"` || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/markdown") || !strings.Contains(resp.Header.Get("Content-Disposition"), n.String()+"-en.md") {
		t.Errorf("Markdown %q as %v", body, resp.Header)
	}
	resp, body = v.get(page + ".css?lang=ja")
	if !strings.Contains(body, "counter(pages)") || !strings.Contains(body, n.String()) || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style sheet of the paper %q", body)
	}
	other := s.open(incident.Open{Title: "secret", Priority: incident.P1, Private: true}, v.id)
	for _, path := range []string{"report", "report.md", "report.css"} {
		if resp, _ := s.as("Bob").get("/incidents/" + other.String() + "/" + path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a private incident: got %d", path, resp.StatusCode)
		}
	}
}

// Until the script is there, or where there is none, a line for the timeline is still sent and not lost.
func TestALineIsLoggedWithoutScript(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	if _, body := ann.get("/incidents/" + n.String()); !strings.Contains(body, `method="post" action="/do/log"`) {
		t.Error("the form does not say where it is sent")
	}
	resp, _ := ann.send(http.MethodPost, "/do/log", url.Values{"number": {n.String()}, "kind": {"note"}, "text": {"restarted, no change"}}, "Accept", "text/html")
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/incidents/"+n.String() {
		t.Errorf("after sending it: %d to %q, want the page again", resp.StatusCode, to)
	}
	ann.wants("/incidents/"+n.String(), http.StatusOK, "restarted, no change")
}
