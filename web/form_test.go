package web_test

import (
	"net/http"
	"strings"
	"testing"

	"matoi/incident"
)

// Where something alike is open, the form of an opening leads there without losing what was filled in: beside it.
func TestTheFormOfAnOpeningLeadsToWhatIsAlike(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "checkout payments are slow", Priority: incident.P3}, ann.id)
	_, form := ann.post("/do/press", "command", "open checkout payments are slow", "form", "true", "place", "page")
	link := `href="/incidents/` + n.String() + `" target="_blank"`
	if !strings.Contains(form, link) || strings.Contains(form, `data-command="status`) {
		t.Errorf("the form has no link %s:\n%s", link, form)
	}
	sealed := strings.Split(strings.Split(form, `name="form" value="`)[1], `"`)[0]
	sealed = strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(sealed)
	resp, again := ann.post("/do/submit", "command", "open", "form", sealed, "f.title", "", "deed", "d1")
	if resp.StatusCode != http.StatusOK || !strings.Contains(again, link) {
		t.Errorf("with a mistake it comes again without the link: %d\n%s", resp.StatusCode, again)
	}
}
