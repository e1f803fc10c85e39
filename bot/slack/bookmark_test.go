package slack_test

import (
	"testing"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// A bookmark that Slack refuses for good is asked for once: else each further try would spend on it the call that those behind it
// wait for, and furnishing a channel would never come to its end.
func TestABookmarkThatIsRefusedForGoodIsNotAskedForAgain(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	s.w.Fail(slacktest.Fault{Method: "bookmarks.add", Error: "is_archived", Times: -1})
	links := []bot.Mark{{Kind: "page", Title: "page", URL: "https://matoi.example/a"}, {Kind: "report", Title: "report", URL: "https://matoi.example/b"}}
	for range 3 {
		if err := s.a.Furnish(t.Context(), roomAt(place), incident.Place{}, links); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.w.Calls("bookmarks.add")); n != len(links) {
		t.Errorf("asked %d times for %d bookmarks", n, len(links))
	}
}
