package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"matoi/incident"
)

// change is what the board's stream sends.
type change struct {
	Have  string
	Order map[string][]string
	Rows  map[string]string
	Texts map[string]string
}

// board follows a stream of the board until got says true.
func (v *visitor) board(path string, got func(c change) bool) {
	v.s.t.Helper()
	v.raw(path, func(name string, data []byte) bool {
		if name != "board" {
			return false
		}
		var c change
		if err := json.Unmarshal(data, &c); err != nil {
			v.s.t.Fatal(err)
		}
		return got(c)
	})
}

// raw gives every event of a stream as it came, and hangs up at true.
func (v *visitor) raw(path string, got func(name string, data []byte) bool) {
	v.s.t.Helper()
	ctx, hangUp := context.WithTimeout(v.s.t.Context(), patience)
	defer hangUp()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.s.server.URL+path, nil)
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header = v.head.Clone()
	r.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var rest []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := resp.Body.Read(chunk)
		rest = append(rest, chunk[:n]...)
		for {
			one, after, whole := bytes.Cut(rest, []byte("\n\n"))
			if !whole {
				break
			}
			rest = after
			name, data := "", []byte(nil)
			for line := range bytes.Lines(one) {
				line = bytes.TrimRight(line, "\n")
				if b, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
					name = string(b)
				}
				if b, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
					data = b
				}
			}
			if name != "" && got(name, data) {
				return
			}
		}
		if err != nil {
			v.s.t.Fatalf("%s: the stream ended before what was waited for came: %v", path, err)
		}
	}
}

func (s *site) do(n incident.Number, c incident.Command, by incident.PersonID) {
	s.t.Helper()
	s.deeds++
	if _, err := s.desk.Do(s.t.Context(), n, c, incident.By{Person: by}, incident.Cause{ID: fmt.Sprint("board", s.deeds)}); err != nil {
		s.t.Fatal(err)
	}
}

// What is resolved stands on the board until it is closed, but nobody works on it: the board and the wall count alike.
func TestBoardAndWallCountAlike(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	s.open(incident.Open{Title: "Mail is slow", Priority: incident.P4}, ann.id)
	fixed := s.open(incident.Open{Title: "Login fails", Priority: incident.P4}, ann.id)
	ann.wants("/", http.StatusOK, "2 open")
	s.do(fixed, incident.Resolve{}, ann.id)
	ann.wants("/", http.StatusOK, "1 open, 1 resolved and waiting to be closed")
	if _, body := ann.get("/wall"); !strings.Contains(body, `data-open="1"`) {
		t.Error("the wall counts another number of open incidents than the board")
	}
}

// A role that was invented for one incident has a name; its id is nothing for people.
func TestAnInventedRoleIsShownByItsName(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	n := s.open(incident.Open{Title: "Login fails", Priority: incident.P2}, ann.id)
	s.do(n, incident.TakeRole{Role: incident.Manager, Person: ann.id}, ann.id)
	s.do(n, incident.InventRole{Name: "倉庫との連絡"}, ann.id)
	s.do(n, incident.TakeRole{Role: "own-1", Person: ann.id}, ann.id)
	for _, path := range []string{"/", "/?as=columns", "/people", "/people/" + string(ann.id), "/mine"} {
		if _, body := ann.get(path); !strings.Contains(body, "倉庫との連絡") || strings.Contains(body, "own-1") {
			t.Errorf("%s does not name the role", path)
		}
	}
}

func TestBoardFiltersAreInTheAddressAndCanBeTakenBack(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	pay := s.open(incident.Open{Title: "決済がタイムアウトする", Priority: incident.P1, Services: []string{"payment"}, Category: "network"}, ann.id)
	mail := s.open(incident.Open{Title: "Mail is slow", Priority: incident.P4, Services: []string{"mail"}, Category: "software"}, bob.id)
	s.do(pay, incident.TakeRole{Role: incident.Manager, Person: ann.id}, ann.id)
	for query, want := range map[string][2]bool{ // whether pay and mail are shown
		"":                               {true, true},
		"?priority=P1":                   {true, false},
		"?priority=sev4":                 {false, true},
		"?service=MAIL":                  {false, true},
		"?category=network":              {true, false},
		"?status=new":                    {true, true},
		"?status=resolved":               {false, false},
		"?vacant=incident-manager":       {false, true},
		"?vacant=scribe":                 {true, true},
		"?mine=1":                        {true, false},
		"?overdue=1":                     {false, false},
		"?private=1":                     {false, false},
		"?q=決済":                          {true, false},
		"?q=タイムアウト+Mail":                 {false, false},
		"?q=ｍａｉｌ":                        {false, true},
		"?priority=P1&category=software": {false, false},
		"?as=columns&priority=P1":        {true, false},
		"?priority=nonsense":             {true, true},
	} {
		_, body := ann.get("/" + query)
		got := [2]bool{strings.Contains(body, `id="row-`+pay.String()), strings.Contains(body, `id="row-`+mail.String())}
		if got != want {
			t.Errorf("/%s: shows pay, mail %v, want %v", query, got, want)
		}
	}
	body := ann.wants("/?priority=P1&q=決済&as=columns", http.StatusOK, "1 of 2", "P1 critical", "Clear all")
	for _, link := range []string{`href="/?as=columns&amp;priority=P1"`, `href="/?as=columns&amp;q=%E6%B1%BA%E6%B8%88"`, `href="/?as=columns"`} {
		if !strings.Contains(body, link) {
			t.Errorf("no link %s that takes a filter back", link)
		}
	}
	ann.wants("/?q=nothing+like+it", http.StatusOK, "No incident matches")
	if body := ann.wants("/?priority=P4", http.StatusOK); !strings.Contains(body, ">software<") {
		t.Error("a category stands there by its id, want its name")
	}
}

func TestBoardJumpsToANumberHoweverItIsTyped(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P2}, ann.id)
	secret := s.open(incident.Open{Title: "secret", Priority: incident.P2, Private: true}, ann.id)
	text := n.String()
	for _, typed := range []string{text, strings.ToLower(text), text[8:], "%23" + text[8:], strings.TrimPrefix(text, "INC-"), "１" + text[9:]} {
		if text[8] != '1' && strings.HasPrefix(typed, "１") {
			continue
		}
		resp, _ := ann.get("/?q=" + typed)
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/incidents/"+text {
			t.Errorf("%q: got %d %s, want the incident's page", typed, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	if resp, body := bob.get("/?q=" + secret.String()); resp.StatusCode != http.StatusOK || strings.Contains(body, "secret") {
		t.Errorf("the number of a private incident: got %d, want a search that finds nothing", resp.StatusCode)
	}
}

func TestBoardShowsPrivateIncidentsToInsidersOnlyAndTheWallNeverNamesThem(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	s.open(incident.Open{Title: "wrong mail to customers", Priority: incident.P1, Private: true}, ann.id)
	for _, path := range []string{"/", "/?as=columns", "/?q=wrong", "/?private=1", "/incidents?q=wrong", "/wall"} {
		if body := bob.wants(path, http.StatusOK); strings.Contains(body, "wrong mail") || strings.Contains(body, "1 private") {
			t.Errorf("%s tells Bob of it", path)
		}
	}
	for _, path := range []string{"/", "/?as=columns", "/?q=wrong", "/?private=1", "/incidents?private=1"} {
		ann.wants(path, http.StatusOK, "wrong mail")
	}
	if body := ann.wants("/wall", http.StatusOK, "1 private"); strings.Contains(body, "wrong mail") {
		t.Error("the wall shows the title of a private incident")
	}
	bob.board("/live/list", func(c change) bool {
		if strings.Contains(fmt.Sprint(c), "wrong mail") || c.Texts["board-count"] != "0 open" {
			t.Errorf("Bob's stream tells of it: %v", c)
		}
		return true
	})
}

func TestBoardStreamSendsTheRowsThatChangedWithTheirPlace(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	low := s.open(incident.Open{Title: "low", Priority: incident.P4}, ann.id)
	mid := s.open(incident.Open{Title: "mid", Priority: incident.P3}, ann.id)
	s.eventually("the rooms are there", func() bool {
		_, outbox, err := s.store.Waiting(t.Context())
		return err == nil && outbox == 0
	})
	have := regexp.MustCompile(`data-have="([^"]+)"`).FindStringSubmatch(ann.wants("/", http.StatusOK))[1]
	var high incident.Number
	var seen []string // what came, without what the pump changes meanwhile
	last := ""
	ann.raw("/live/list?have="+have, func(name string, data []byte) bool {
		if name == "hello" {
			high = s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
			return false
		}
		var c change
		if err := json.Unmarshal(data, &c); err != nil || name != "board" {
			return false
		}
		order := strings.Join(c.Order["all"], " ")
		if order == last {
			return false
		}
		last = order
		seen = append(seen, order+" | "+c.Texts["board-count"])
		switch len(seen) {
		case 1:
			if !strings.Contains(c.Rows[high.String()], "Checkout is down") || len(c.Rows) != 1 {
				t.Errorf("a new one: rows of %v, want the new one without those the page has", keys(c.Rows))
			}
			s.do(low, incident.SetPriority{Priority: incident.P2, Reason: "worse"}, ann.id)
		case 2:
			if !strings.Contains(c.Rows[low.String()], "P2") {
				t.Errorf("raised: rows of %v", keys(c.Rows))
			}
			s.do(mid, incident.Cancel{Reason: "a test"}, ann.id)
		}
		return len(seen) == 3
	})
	want := []string{
		fmt.Sprintf("%s %s %s | 3 open", high, mid, low), fmt.Sprintf("%s %s %s | 3 open", high, low, mid), fmt.Sprintf("%s %s | 2 open", high, low),
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestColumnsShowTheirWindowAndCountAll(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	for range 33 {
		s.open(incident.Open{Title: "x", Priority: incident.P5}, ann.id)
	}
	body := ann.wants("/?as=columns", http.StatusOK, `id="n-new">33<`, "3 more", `id="n-triaged">0<`)
	if got := strings.Count(body, `class="ticket `); got != 30 {
		t.Errorf("%d cards, want 30", got)
	}
}

func TestListAsksBeforeItShowsMoreThanAHundred(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	for range 103 {
		s.open(incident.Open{Title: "x", Priority: incident.P5}, ann.id)
	}
	count := func(body string) int { return strings.Count(body, `<tr role="row" id="row-`) }
	body := ann.wants("/", http.StatusOK, "103 open", "Show 3 more", `href="/?show=200"`)
	if got := count(body); got != 100 {
		t.Errorf("%d rows, want 100", got)
	}
	if got := count(ann.wants("/?show=200", http.StatusOK)); got != 103 {
		t.Errorf("%d rows after asking for more, want 103", got)
	}
	last := regexp.MustCompile(`href="(/incidents\?before=[^"]+)"`).FindStringSubmatch(ann.wants("/incidents", http.StatusOK))
	if last == nil || count(ann.wants(last[1], http.StatusOK)) != 3 {
		t.Errorf("the next page of all is %v, want 3 rows on it", last)
	}
}

func TestWallSaysWhoLeadsNobodyAndSinceWhenAllIsCalm(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	ann.wants("/wall", http.StatusOK, "Nothing burns")
	n := s.open(incident.Open{Title: "Checkout is down", Priority: incident.P1}, ann.id)
	ann.wants("/wall", http.StatusOK, "Checkout is down", "No incident manager", "data-countdown")
	told := 0
	ann.raw("/live/wall", func(name string, data []byte) bool {
		if name != "wall" {
			return false
		}
		if told++; told == 1 {
			s.do(n, incident.Resolve{Text: "done"}, ann.id)
			return false
		}
		return bytes.Contains(data, []byte("Nothing burns")) && bytes.Contains(data, []byte("since "))
	})
}

// TestWallIsDarkInEveryLight: its colours are those of the dark scheme.
func TestWallIsDarkInEveryLight(t *testing.T) {
	sheet, err := fs.ReadFile(os.DirFS("static/style"), "10-base.css")
	if err != nil {
		t.Fatal(err)
	}
	dark := regexp.MustCompile(`(?s)prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}`).FindSubmatch(sheet)
	wall := regexp.MustCompile(`(?s)\.wall-page \{\s*color-scheme: dark;(.*?)\}`).FindSubmatch(sheet)
	if dark == nil || wall == nil || strings.Join(strings.Fields(string(dark[1])), " ") != strings.Join(strings.Fields(string(wall[1])), " ") {
		t.Error("the wall's colours are not those of the dark scheme")
	}
}
