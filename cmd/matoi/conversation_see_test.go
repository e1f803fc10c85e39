package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// read is everything a person sees in a channel with its threads, as text.
func (s *stage) read(id incident.PersonID, channel string) string {
	v := incident.Viewer{Person: id}
	list, _, err := s.app.chat.Messages(s.t.Context(), v, channel, 0, 0, 200)
	if errors.Is(err, incident.ErrNotFound) {
		return "(no such channel)"
	}
	if err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	var out []string
	for _, m := range list {
		out = append(out, shownMessage(m))
		if m.Replies > 0 {
			thread, _, err := s.app.chat.Messages(s.t.Context(), v, channel, m.ID, 0, 200)
			if err != nil {
				s.t.Fatalf("%s: %v", s.at, err)
			}
			for _, r := range thread {
				out = append(out, "  "+shownMessage(r))
			}
		}
	}
	return s.names(strings.Join(out, "\n"))
}

func shownMessage(m console.Message) string {
	if m.Card == nil {
		return m.Text
	}
	return m.Text + shownCard(*m.Card)
}

func shownCard(c bot.Card) string {
	out := []string{c.Title, c.Text, c.Alarm, c.Foot}
	for _, f := range c.Fields {
		out = append(out, f.Name+": "+f.Value)
	}
	for _, i := range c.Items {
		mark := "[ ] "
		if i.Done {
			mark = "[x] "
		}
		line := mark + i.Text + " " + i.Who
		for _, b := range i.Buttons {
			line += " [" + b.Label + "]"
		}
		out = append(out, line)
	}
	for _, b := range c.Buttons {
		out = append(out, "["+b.Label+"]")
	}
	for _, x := range c.Selects {
		out = append(out, "<"+x.Label+": "+x.Value+">")
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), "\n")
}

func shownForm(f bot.Form) string {
	out := []string{f.Title, f.Text}
	for _, in := range f.Inputs {
		out = append(out, in.Name+"="+in.Value)
	}
	return strings.Join(out, "\n")
}

func (s *stage) hook(rest string) {
	source, file, _ := strings.Cut(rest, " ")
	body, there := s.files[file]
	if !there {
		raw, err := os.ReadFile(filepath.Join("../../bot/alert/testdata", file))
		if err != nil {
			s.t.Fatalf("%s: %v", s.at, err)
		}
		_, after, _ := strings.Cut(string(raw), `"body":`)
		body, _, _ = strings.Cut(after, `"provenance"`)
		body = strings.TrimRight(strings.TrimSpace(body), ",")
	}
	r := httptest.NewRequest("POST", "/hooks/"+source, strings.NewReader(body))
	r.Host = "localhost"
	w := httptest.NewRecorder()
	s.app.Handler().ServeHTTP(w, r)
	if w.Code/100 != 2 {
		s.fail("the hook answers %d: %s", w.Code, w.Body)
	}
	s.settle()
}

func (s *stage) entries(number, text string, want int) {
	i := s.load(number)
	events, err := s.app.store.Timeline(s.t.Context(), i.Number, 0, 1000)
	if err != nil {
		s.t.Fatalf("%s: %v", s.at, err)
	}
	name := func(id incident.PersonID) string {
		p, _ := s.app.store.Person(s.t.Context(), id)
		return p.Name
	}
	got, all := 0, []string{}
	for _, e := range events {
		by := name(e.By)
		if e.Recorder != "" && e.Recorder != e.By {
			by += " (recorded by " + name(e.Recorder) + ")"
		}
		line := e.When().In(s.options.Config.zone()).Format("15:04 ") + by + ": " + bot.Say(e, i, name, lang.EN, s.options.Config.zone())
		if all = append(all, line); strings.Contains(line, text) {
			got++
		}
	}
	if got != want {
		s.fail("%d entries with %q, want %d:\n%s", got, text, want, strings.Join(all, "\n"))
	}
}

// is compares what an incident is.
func (s *stage) is(rest string) {
	number, pairs, _ := strings.Cut(rest, " ")
	i := s.load(number)
	name := func(id incident.PersonID) string {
		p, _ := s.app.store.Person(s.t.Context(), id)
		return p.Name
	}
	for _, pair := range strings.Fields(pairs) {
		key, want, _ := strings.Cut(pair, "=")
		got := map[string]string{
			"status": string(i.Shown()), "priority": i.Priority.String(), "impact": i.Impact, "urgency": i.Urgency, "category": i.Category,
			"manager": name(i.Manager()), "acting": name(i.Acting), "assignee": name(i.Assignee), "team": i.Team, "into": i.Into.String(),
			"services": strings.Join(i.Services, ","), "private": fmt.Sprint(i.Private), "provisional": fmt.Sprint(i.Provisional),
			"alerts": fmt.Sprintf("%d/%d", i.Alerts.Firing, i.Alerts.Total), "updates": fmt.Sprint(i.Updates), "reporters": fmt.Sprint(len(i.Reporters)),
			"restored": clock(i.Restored.At, s), "resolved": clock(i.Resolved, s), "occurred": clock(i.Occurred.At, s), "line": fmt.Sprint(i.Line),
		}
		if role, ok := strings.CutPrefix(key, "role."); ok {
			var holders []string
			for _, h := range i.Holding(incident.RoleID(role)) {
				holders = append(holders, name(h.Person))
			}
			got[key] = strings.Join(holders, ",")
		}
		if kind, ok := strings.CutPrefix(key, "due."); ok {
			got[key] = "none"
			if c := i.Clock(incident.ClockKind(kind)); c != nil && c.Running() {
				got[key] = clock(c.Due, s)
			}
		}
		have, known := got[key]
		if want == "-" {
			want = ""
		}
		if !known || have != want {
			s.fail("%s of %s is %q, want %q", key, number, have, want)
		}
	}
}

// clock writes a time of the day, empty for none.
func clock(at time.Time, s *stage) string {
	if at.IsZero() {
		return ""
	}
	return at.In(s.options.Config.zone()).Format("15:04")
}

func (s *stage) report(number string, l lang.Lang, text string) {
	r := httptest.NewRequest("GET", "/api/v1/incidents/"+number+"/report?lang="+string(l), nil)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	s.app.Handler().ServeHTTP(w, r)
	s.want(w.Body.String(), text, true)
}
