package web_test

import (
	"strings"
	"testing"
)

func TestOnesOwnDigestIsShownAndSwitchedOnOnesOwnPageAlone(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	page := "/people/" + string(ann.id)
	ann.wants(page, 200, `id="digest"`, "09:00", "digest off")
	resp, _ := ann.post("/do/press", "place", "page", "command", "digest off", "form", "false")
	if resp.Header.Get("HX-Trigger") != "digest-changed" {
		t.Errorf("the page is not told: %v", resp.Header)
	}
	if body := ann.wants("/part/digest", 200, "digest on"); strings.Contains(body, "09:00") {
		t.Errorf("it is off and shows a time: %s", body)
	}
	ann.post("/do/press", "place", "page", "command", "digest 08:30", "form", "false")
	ann.wants(page, 200, "08:30")
	if body := bob.wants(page, 200); strings.Contains(body, `id="digest"`) {
		t.Error("somebody else sees it")
	}
}
