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
	I        *incident.Incident
	Card     bot.Card // without what the page says elsewhere
	Alarm    string   // what burns, in the bot's Markdown
	Next     *clockView
	Primary  *bot.Button // what is due now
	Others   []bot.Button
	Actions  []actionGroup
	Clocks   []clockView
	Further  []furtherView
	Roles    []roleView
	Updates  []updateView
	Files    []fileView
	Alerts   []Alert
	Course   course
	Timeline timelineView

	policy incident.Policy
}

// roleView is a role with who holds it.
type roleView struct {
	ID      incident.RoleID
	Name    string
	Several bool
	Holders []incident.Holder
}

// updateView is a published update, word for word.
type updateView struct {
	Seq            int64
	Sort, Audience string
	Text           string
	At, Next       time.Time
	Promised       bool
	By             incident.PersonID
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
	q := r.URL.Query()
	if v.Timeline, err = s.timeline(r.Context(), rd, i, parseSift(q, rd.Zone), parseSpot(q)); err != nil {
		return err
	}
	return render(w, r, incidentScreen(rd, v))
}

// viewOf fills in all but the timeline.
func (s *Server) viewOf(ctx context.Context, rd *reader, i *incident.Incident) (incidentView, error) {
	r, err := s.traces.of(ctx, s.Store, i)
	if err != nil {
		return incidentView{}, err
	}
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	view.Now = rd.Now
	v := incidentView{I: i, Card: *bot.CardFor(i, view), Clocks: shownClocks(rd, view, i, r), Further: shownFurther(rd, view, i), Roles: rolesOf(i, rd.Lang), Actions: s.actions(rd, i), policy: view.Policy}
	v.due()
	v.trim(rd)
	view.Names = rd.Name
	v.Course = courseOf(view, i, r)
	v.read(rd, view, r)
	if s.Alerts != nil && i.Alerts.Total > 0 {
		if v.Alerts, err = s.Alerts.Of(ctx, i.Number, rd.Lang, 30); err != nil {
			return v, err
		}
	}
	return v, nil
}

// due finds what is due now: the deadline that comes first, and the button that does it.
func (v *incidentView) due() {
	v.Alarm, v.Card.Alarm = v.Card.Alarm, ""
	if len(v.Card.Buttons) > 0 {
		v.Primary, v.Others = &v.Card.Buttons[0], v.Card.Buttons[1:]
	}
	v.Others = slices.DeleteFunc(slices.Clone(v.Others), func(b bot.Button) bool { return strings.HasPrefix(b.Command, "report") })
	v.Card.Buttons = nil
	next := v.I.NextTarget()
	if next == nil || !v.I.Open() {
		return
	}
	for k := range v.Clocks {
		if v.Clocks[k].Kind == next.Kind {
			v.Next = &v.Clocks[k]
		}
	}
}

// trim leaves out of the card what the page shows in its head and panels.
func (v *incidentView) trim(rd *reader) {
	c := &v.Card
	c.Title, c.Link, c.Foot = "", "", ""
	told := []string{
		rd.T("card.field_status"), rd.T("card.field_due"), rd.T("card.field_roles"), rd.T("card.field_people"), rd.T("card.field_occurred"),
		rd.T("card.field_restored"), rd.T("card.field_alerts"), rd.T("card.field_update"), rd.T("card.field_links"), rd.T("card.field_legal"),
	}
	c.Fields = slices.DeleteFunc(c.Fields, func(f bot.Field) bool { return slices.Contains(told, f.Name) })
}

// read collects from the record what panels list: updates and files, the newest first.
func (v *incidentView) read(rd *reader, view bot.View, r record) {
	for _, e := range slices.Backward(r.events) {
		switch f := e.Fact.(type) {
		case *incident.Published:
			v.Updates = append(v.Updates, updateView{
				Seq: e.Seq, Sort: f.Sort, Audience: f.Audience, Text: plainMentions(view, f.Text), At: e.When(), Next: f.Next, Promised: f.Promised, By: e.By,
			})
		case *incident.Noted:
			if f.Message != nil {
				for _, file := range f.Message.Files {
					v.Files = append(v.Files, rd.file(file))
				}
			}
		}
	}
}

// untitled is a card whose title stands above it.
func untitled(c bot.Card) bot.Card {
	c.Title = ""
	return c
}

// rolesOf lists the core roles, whoever holds them, and every other role that somebody holds.
func rolesOf(i *incident.Incident, l lang.Lang) []roleView {
	var out []roleView
	for _, ro := range append(incident.Roles(), i.Custom...) {
		held := i.Holding(ro.ID)
		if len(held) == 0 && !ro.Core {
			continue
		}
		out = append(out, roleView{ID: ro.ID, Name: bot.RoleName(i, ro.ID, l), Several: ro.Several, Holders: held})
	}
	return out
}

// openTasks counts tasks that wait to be done, of all there are.
func openTasks(i *incident.Incident) (open, all int) {
	for _, t := range i.Tasks {
		switch t.State {
		case "dropped":
			continue
		case "open", "claimed":
			open++
		}
		all++
	}
	return open, all
}

// headless is what burns on a page: the incident wants a manager and nobody leads.
func headless(i *incident.Incident) bool { return i.Leads() == "" && wantsManager(i.AsRow()) }

// categoryOptions are the categories of the policy by their names, with the one that is set even if it is none of them.
func (rd *reader) categoryOptions(set string) []bot.Option {
	p := rd.server.Bot.View(context.Background(), rd.Lang, rd.Zone).Policy
	var out []bot.Option
	for _, c := range p.Categories {
		out = append(out, bot.Option{Value: c.ID, Label: bot.CategoryName(p, c.ID, rd.Lang)})
	}
	if set != "" && len(out) > 0 && !has(out, set) {
		out = append(out, bot.Option{Value: set, Label: set})
	}
	return out
}

// personOptions are the people there are, as a form offers them.
func (s *Server) personOptions(rd *reader) []bot.Option {
	people, err := s.Store.People(context.Background())
	if err != nil {
		s.Log.Warn("list people for a form", "error", err)
	}
	var out []bot.Option
	for _, p := range people {
		if !p.Erased {
			out = append(out, bot.Option{Value: "<@" + string(p.ID) + ">", Label: p.Name})
		}
	}
	return out
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

func kindName(rd *reader, kind string) string { return lang.Text(rd.Lang, "page.kind_"+kind, nil) }

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
		for _, p := range panels(now, v) {
			if err := st.sendChanged(ctx, sent, p.ID, p.Part); err != nil {
				return 0, err
			}
		}
		if after, err = s.sendEntries(ctx, st, now, i, after); err != nil {
			return 0, err
		}
		shown = i.Version
		return look, nil
	})
}

// part is a piece of the page that is replaced when it changes; ID is its element's.
type part struct {
	ID   string
	Part templ.Component
}

// panels are all the parts of the page that live, in the order of the page.
func panels(rd *reader, v incidentView) []part {
	return []part{
		{"head", incidentHead(rd, v)},
		{"now", nowPanel(rd, v)},
		{"card", incidentCard(rd, v)},
		{"clocks", clocks(rd, v)},
		{"course", coursePanel(rd, v)},
		{"crew", people(rd, v)},
		{"comms", comms(rd, v)},
		{"alerts", alertPanel(rd, v)},
		{"about", about(rd, v)},
		{"links", links(rd, v)},
		{"files", filePanel(rd, v)},
	}
}

func (s *Server) incidentRoutes() map[string]answer {
	return map[string]answer{
		"GET /incidents/{number}":            s.incidentPage,
		"GET /incidents/{number}/report":     s.reportPage,
		"GET /incidents/{number}/report.md":  s.reportMarkdown,
		"GET /incidents/{number}/report.css": s.reportSheet,
		"GET /part/entries":                  s.entriesPart,
		"POST /do/log":                       s.doLog,
	}
}
