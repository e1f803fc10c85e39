package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

// record does deeds on an incident and gives the seq of the last entry of each.
func (s *site) record(n incident.Number, by incident.PersonID, deeds ...incident.Command) []int64 {
	s.t.Helper()
	var out []int64
	for _, d := range deeds {
		s.deeds++
		r, err := s.desk.Do(s.t.Context(), n, d, incident.By{Person: by}, incident.Cause{ID: fmt.Sprintf("deed%d", s.deeds)})
		if err != nil {
			s.t.Fatalf("%T: %v", d, err)
		}
		out = append(out, r.Incident.Version)
	}
	return out
}

var entryID = regexp.MustCompile(`<li id="e(\d+)" class="entry`)

// shownEntries are the seqs of the entries of a page, as they stand.
func shownEntries(body string) []string {
	var out []string
	for _, m := range entryID.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestTimelineShowsWhatItIsSiftedByAndSaysSoInTheAddress(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, ann.id)
	past := s.now().Add(-3 * time.Hour)
	ids := s.record(n, ann.id,
		incident.Note{Sort: "decision", Text: "ＤＢ を再起動する"},
		incident.Note{Sort: "finding", Text: "Connections are exhausted"},
		incident.Note{Sort: "note", Text: "ログを保全した", Happened: incident.Moment{At: past}},
		incident.Publish{Sort: "update", Audience: "stakeholders", Text: "調査中です"})
	ids = append(ids, s.record(n, bob.id, incident.Note{Sort: "note", Text: "graphs look odd"}, incident.Revise{Seq: ids[1], Text: "Connections are exhausted on db-2", Why: "corrected"})...)
	decision, finding, old, update, bobs := ids[0], ids[1], ids[2], ids[3], ids[4]
	for _, c := range []struct {
		name, query string
		want        []int64 // among those recorded here, in order
	}{
		{"everything but bookkeeping, the newest first", "", []int64{bobs, update, finding, decision, old}},
		{"one group", "kind=decision", []int64{decision}},
		{"two groups", "kind=decision&kind=update", []int64{update, decision}},
		{"who wrote or revised it", "who=" + string(bob.id), []int64{bobs, finding}},
		{"only revised ones", "revised=1", []int64{finding}},
		{"full-width for half-width, in Japanese", "q=" + url.QueryEscape("db 再起動"), []int64{decision}},
		{"capitals for small letters", "q=GRAPHS", []int64{bobs}},
		{"what it was revised to", "q=db-2", []int64{finding}},
		{"what it said before it was revised", "q=" + url.QueryEscape("exhausted"), []int64{finding}},
		{"every word has to occur", "q=" + url.QueryEscape("graphs exhausted"), nil},
		{"the oldest first", "order=oldest&kind=decision&kind=finding", []int64{decision, finding}},
		{"a stretch of time", "to=" + url.QueryEscape(past.In(tokyoZone(t)).Format("2006-01-02T15:04")), []int64{old}},
	} {
		body := ann.wants("/incidents/"+n.String()+"?"+c.query, http.StatusOK)
		var got []int64
		for _, id := range shownEntries(body) {
			for _, mine := range ids {
				if fmt.Sprint(mine) == id {
					got = append(got, mine)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s (%s): got %v, want %v", c.name, c.query, got, c.want)
		}
	}
	ann.wants("/incidents/"+n.String()+"?kind=book", http.StatusOK, "was asked")
	ann.wants("/incidents/"+n.String()+"?q=nowhere", http.StatusOK, "Nothing fits", "Clear the filter")
}

func tokyoZone(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestLinkToAnEntryOpensThePageAtItHoweverFarBackItIs(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	early := s.record(n, v.id, incident.Note{Sort: "note", Text: "the early one"})[0]
	for k := range 250 {
		s.record(n, v.id, incident.Note{Sort: "note", Text: fmt.Sprintf("line %d of the night", k)})
	}
	page := "/incidents/" + n.String()
	id := fmt.Sprint(early)
	if newest := shownEntries(v.wants(page, http.StatusOK)); slices.Contains(newest, id) || len(newest) != 100 {
		t.Fatalf("the first window has %d entries, the early one among them: %v", len(newest), slices.Contains(newest, id))
	}
	body := v.wants(page+"?at="+id, http.StatusOK, "the early one", "later entries")
	if !slices.Contains(shownEntries(body), id) {
		t.Error("the entry that was asked for is not there")
	}
	body = v.wants(page+"?at="+id+"&kind=decision", http.StatusOK, "the early one", "The filter would hide #"+id)
	if !slices.Contains(shownEntries(body), id) {
		t.Error("a filter hides the entry that was asked for")
	}

	// From window to window without gap or double, in both directions.
	seen := map[string]bool{}
	for path := page; ; {
		body := v.wants(path, http.StatusOK)
		for _, e := range shownEntries(body) {
			if seen[e] {
				t.Errorf("%s shows %s again", path, e)
			}
			seen[e] = true
		}
		m := regexp.MustCompile(`href="([^"]*below=\d+[^"]*)"`).FindStringSubmatch(body)
		if m == nil {
			break
		}
		path = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	if !seen[id] || len(seen) < 252 {
		t.Errorf("window by window %d entries were seen, the early one: %v", len(seen), seen[id])
	}
	above := shownEntries(v.wants("/part/entries?number="+n.String()+"&above="+id, http.StatusOK))
	if len(above) != 100 || slices.Contains(above, id) {
		t.Errorf("above the early one: %d entries", len(above))
	}
}

func TestRevisedEntryShowsWhatItSaysNowAndKeepsWhatItSaid(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, ann.id)
	seq := s.record(n, ann.id, incident.Note{Sort: "note", Text: "restarted once"})[0]
	s.record(n, bob.id, incident.Revise{Seq: seq, Text: "restarted twice", Why: "corrected"})
	body := ann.wants("/incidents/"+n.String(), http.StatusOK)
	from := strings.Index(body, fmt.Sprintf(`<li id="e%d"`, seq))
	if from < 0 {
		t.Fatal("the entry is not there")
	}
	mine := body[from:]
	now, before := strings.Index(mine, "restarted twice"), strings.Index(mine, "restarted once")
	if now < 0 || before < now {
		t.Errorf("want what it says now first and what it said below, got them at %d and %d", now, before)
	}
	for _, want := range []string{"Revised once", "as first written", "corrected", "Bob"} {
		if !strings.Contains(mine, want) {
			t.Errorf("the revision lacks %q", want)
		}
	}
	if strings.Contains(body, "Entry #") {
		t.Error("the revision is shown a second time, as an entry of its own")
	}
}

func TestEntryTellsWhenItWasRecordedWhereThatIsAnotherTime(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	s.record(n, v.id, incident.Note{Sort: "note", Text: "noticed", Happened: incident.Moment{At: s.now().Add(-25 * time.Minute)}})
	v.wants("/incidents/"+n.String(), http.StatusOK, "25 min later")
}

func TestFilesOfMessagesAreShownAndOnlyOursAsPictures(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	s.record(n, v.id, incident.Note{Message: &incident.Message{
		Place: incident.Place{Realm: "console", Room: "r", Message: "7"}, Author: v.id, Text: "see", At: s.now(),
		Files: []incident.File{{Name: "graph.png", Link: "/files/aa/graph.png", Width: 640, Height: 200}, {Name: "other.png", Link: "https://elsewhere.example/other.png"}},
	}}, incident.Note{Sort: "note", Text: "without"})
	body := v.wants("/incidents/"+n.String()+"?files=1", http.StatusOK, `<img src="/files/aa/graph.png" alt="graph.png"`, `href="https://elsewhere.example/other.png"`)
	if strings.Contains(body, `<img src="https:`) {
		t.Error("a picture is fetched from elsewhere")
	}
	if len(shownEntries(body)) != 1 {
		t.Errorf("only the entry with files is wanted, got %v", shownEntries(body))
	}
}
