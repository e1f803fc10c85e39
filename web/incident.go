package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// incidentView is what an incident's page shows.
type incidentView struct {
	I       *incident.Incident
	Card    bot.Card
	Clocks  []incident.Clock
	Roles   []roleView
	Alerts  []Alert
	Entries []entryView
	Older   int64 // entries below this seq were left out; 0: none
}

// roleView is a role with who holds it.
type roleView struct {
	ID      incident.RoleID
	Name    string
	Holders []incident.Holder
}

// see loads an incident that the reader may see; every other one does not exist.
func (s *Server) see(r *http.Request, rd *reader, n incident.Number) (*incident.Incident, error) {
	i, err := s.Store.Load(r.Context(), n)
	if err != nil {
		return nil, err
	}
	if !incident.MaySee(i, rd.Viewer) {
		return nil, incident.ErrNotFound
	}
	return i, nil
}

func pathNumber(r *http.Request) (incident.Number, error) {
	n, ok := incident.ParseNumber(r.PathValue("number"))
	if !ok {
		return 0, incident.ErrNotFound
	}
	return n, nil
}

func (s *Server) incidentPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, err := pathNumber(r)
	if err != nil {
		return err
	}
	i, err := s.see(r, rd, n)
	if err != nil {
		return err
	}
	v, err := s.viewOf(r.Context(), rd, i)
	if err != nil {
		return err
	}
	if v.Entries, v.Older, err = s.entries(r.Context(), rd, i, i.Version); err != nil {
		return err
	}
	return render(w, r, incidentScreen(rd, v))
}

// viewOf fills in all but the timeline.
func (s *Server) viewOf(ctx context.Context, rd *reader, i *incident.Incident) (incidentView, error) {
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	c := bot.CardFor(i, view)
	trim(rd, c)
	v := incidentView{I: i, Card: *c, Clocks: shownClocks(i), Roles: rolesOf(i, rd.Lang)}
	if s.Alerts != nil && i.Alerts.Total > 0 {
		var err error
		if v.Alerts, err = s.Alerts.Of(ctx, i.Number, rd.Lang, 20); err != nil {
			return v, err
		}
	}
	return v, nil
}

// trim leaves out of the card what the page shows in its head and panels.
func trim(rd *reader, c *bot.Card) {
	c.Title, c.Link = "", ""
	told := []string{rd.T("card.field_status"), rd.T("card.field_due"), rd.T("card.field_roles"), rd.T("card.field_people")}
	c.Fields = slices.DeleteFunc(c.Fields, func(f bot.Field) bool { return slices.Contains(told, f.Name) })
}

// untitled is a card whose title stands above it.
func untitled(c bot.Card) bot.Card {
	c.Title = ""
	return c
}

// shownClocks are the targets people see, the running ones first by what is due next.
func shownClocks(i *incident.Incident) []incident.Clock {
	var out []incident.Clock
	for _, c := range i.Clocks {
		switch c.Kind {
		case incident.AskNext, incident.Delegate, incident.Relief:
			continue
		}
		if c.Due.IsZero() {
			continue
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b incident.Clock) int {
		if ar, br := a.Met.IsZero(), b.Met.IsZero(); ar != br {
			if ar {
				return -1
			}
			return 1
		}
		return a.Due.Compare(b.Due)
	})
	return out
}

// rolesOf lists the core roles, whoever holds them, and every other role that somebody holds.
func rolesOf(i *incident.Incident, l lang.Lang) []roleView {
	var out []roleView
	for _, ro := range append(incident.Roles(), i.Custom...) {
		held := i.Holding(ro.ID)
		if len(held) == 0 && !ro.Core {
			continue
		}
		out = append(out, roleView{ID: ro.ID, Name: bot.RoleName(i, ro.ID, l), Holders: held})
	}
	return out
}

// headless is what burns on a page: the incident wants a manager and nobody leads.
func headless(i *incident.Incident) bool { return i.Leads() == "" && wantsManager(i.AsRow()) }

// share is how much of a clock's time is used up, in percent.
func share(c incident.Clock, now time.Time) int {
	whole := c.Due.Sub(c.Start)
	if whole <= 0 {
		return 100
	}
	return int(min(max(100*now.Sub(c.Start)/whole, 0), 100))
}

// metWord words how a clock ended; the ids are web.met and web.met_late.
func metWord(c incident.Clock) string {
	if c.Missed.IsZero() {
		return "web.met"
	}
	return "web.met_late"
}

// responderState words a responder's state in the words of the card.
func responderState(rd *reader, state string) string {
	return lang.Text(rd.Lang, "card.state_"+state, nil)
}

func firingWord(rd *reader, alert string) string {
	if alert == "firing" {
		return rd.T("web.is_firing")
	}
	return rd.T("web.is_resolved")
}

func reportURL(n incident.Number, l lang.Lang) templ.SafeURL {
	return templ.SafeURL("/incidents/" + n.String() + "/report?lang=" + string(l))
}

// Moment is a moment in full, approximate where it is.
func (rd *reader) Moment(m incident.Moment) string {
	return lang.When(rd.Lang, lang.Moment{At: m.At, Approx: m.Approx}, rd.Now, rd.Zone)
}

// noteKinds are the verbs that write an entry by hand.
func noteKinds() []string { return []string{"note", "finding", "theory", "decision", "action"} }

func kindName(rd *reader, kind string) string {
	switch kind {
	case "finding":
		return rd.T("web.kind_finding")
	case "theory":
		return rd.T("web.kind_theory")
	case "decision":
		return rd.T("web.kind_decision")
	case "action":
		return rd.T("web.kind_action")
	}
	return rd.T("web.kind_note")
}

// doLog writes into the timeline from the incident's page, as the verb of that kind does in chat.
func (s *Server) doLog(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, ok := incident.ParseNumber(r.PostFormValue("number"))
	kind := r.PostFormValue("kind")
	if !ok || !slices.Contains(noteKinds(), kind) {
		return incident.ErrNotFound
	}
	if kind == "note" {
		kind = "log"
	}
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" {
		return incident.Refuse("message_empty")
	}
	return s.pressPage(w, r, rd, n, kind+" --in "+n.String()+" "+text, false)
}

// liveIncident follows one incident from the entry ?after= on.
func (s *Server) liveIncident(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, err := pathNumber(r)
	if err != nil {
		return err
	}
	i, err := s.see(r, rd, n)
	if err != nil {
		return err
	}
	after := min(parseSeq(r.FormValue("after")), i.Version)
	shown, sent := int64(-1), changed{}
	return s.follow(w, r, "incident", calm, func(ctx context.Context, st *stream) (time.Duration, error) {
		i, err := s.see(r, rd, n)
		if err != nil {
			return 0, err
		}
		now := s.fresh(rd)
		if i.Version == shown {
			return look, nil
		}
		v, err := s.viewOf(ctx, now, i)
		if err != nil {
			return 0, err
		}
		for id, c := range map[string]templ.Component{
			"head": incidentHead(now, v), "card": incidentCard(now, v), "clocks": clocks(now, v), "crew": people(now, v),
			"alerts": alertPanel(now, v), "about": about(now, v),
		} {
			if err := st.sendChanged(ctx, sent, id, c); err != nil {
				return 0, err
			}
		}
		upto, more, err := s.sendEntries(ctx, st, now, i, after)
		if err != nil {
			return 0, err
		}
		after = upto
		if more {
			return atOnce, nil
		}
		shown = i.Version
		return look, nil
	})
}

func (s *Server) incidentRoutes() map[string]answer {
	return map[string]answer{
		"GET /incidents/{number}":        s.incidentPage,
		"GET /incidents/{number}/report": s.reportPage,
		"GET /part/entries":              s.entriesPart,
		"POST /do/log":                   s.doLog,
	}
}
