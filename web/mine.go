package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// The bounds of one's own work: who has part in more than that many incidents needs no longer list.
const (
	mostMine     = 60
	mostMentions = 8
)

// mineView is what waits for the reader, and what they wait for.
type mineView struct {
	Asks     []askView
	Dues     []dueView
	Roles    []heldView
	Tasks    []taskView
	Waiting  []waitView
	Mentions []console.Message
	Opened   []incident.Row
}

// askView is a question to the reader, with its answers.
type askView struct {
	Row   incident.Row
	Text  string
	Until time.Time // when it lapses
	Since time.Time
	Ways  []bot.Button
}

// dueView is a deadline that the reader is to meet, and the button that does it.
type dueView struct {
	Row  incident.Row
	Name string
	At   time.Time
	Do   bot.Button
}

// heldView is an incident in which the reader holds something.
type heldView struct {
	Row   incident.Row
	Roles []string
}

type taskView struct {
	Row  incident.Row
	Text string
	Done bot.Button
}

// waitView is what the reader waits for.
type waitView struct {
	Row   incident.Row
	Text  string
	Since time.Time
	Until time.Time
}

// empty reports that nothing waits for the reader.
func (v mineView) empty() bool { return len(v.Asks)+len(v.Dues)+len(v.Roles)+len(v.Tasks) == 0 }

func (s *Server) minePage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.mine(r.Context(), rd)
	if err != nil {
		return err
	}
	return render(w, r, mineScreen(rd, v))
}

// mine gathers from the incidents in which the reader has part.
func (s *Server) mine(ctx context.Context, rd *reader) (mineView, error) {
	var v mineView
	rows, err := s.Store.Find(ctx, incident.Filter{Viewer: rd.Viewer, Mine: rd.Person.ID, Statuses: unfinished(), Limit: mostMine})
	if err != nil {
		return v, err
	}
	slices.SortStableFunc(rows, urgent)
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	for _, row := range rows {
		i, err := s.Store.Load(ctx, row.Number)
		if err != nil {
			return v, err
		}
		if incident.MaySee(i, rd.Viewer) { // it may have changed since
			v.gather(rd, view, row, i)
		}
	}
	slices.SortStableFunc(v.Dues, func(a, b dueView) int { return a.At.Compare(b.At) })
	v.Mentions, err = s.unreadMentions(ctx, rd)
	return v, err
}

// gather takes from one incident what concerns the reader.
func (v *mineView) gather(rd *reader, view bot.View, row incident.Row, i *incident.Incident) {
	me := rd.Person.ID
	v.asks(rd, row, i)
	if held := rolesHeld(rd, i, me); len(held) > 0 {
		v.Roles = append(v.Roles, heldView{row, held})
	} else if row.Status != incident.StatusResolved && i.Opener == me {
		v.Opened = append(v.Opened, row)
	}
	for _, c := range i.Clocks {
		switch c.Kind {
		case incident.AskNext, incident.Delegate, incident.Relief, incident.Confirmation:
			continue
		}
		if c.Running() && i.Open() && slices.Contains(i.MustAct(c.Kind), me) {
			v.Dues = append(v.Dues, dueView{row, bot.ClockName(c.Kind, rd.Lang), c.Due, view.DueButton(i, c.Kind)})
		}
	}
	for _, t := range i.Tasks {
		if t.Owner == me && (t.State == "open" || t.State == "claimed") {
			done := bot.Button{Label: lang.Text(rd.Lang, "card.button_done", nil), Command: fmt.Sprintf("task done %d --in %s", t.ID, i.Number)}
			v.Tasks = append(v.Tasks, taskView{row, bot.TaskText(t, rd.Lang), done})
		}
	}
	v.waits(rd, row, i)
}

// rolesHeld are the reader's roles in words: those they hold, acting as manager, being the assignee.
func rolesHeld(rd *reader, i *incident.Incident, me incident.PersonID) []string {
	var out []string
	for _, h := range i.Holders {
		if h.Person == me {
			name := bot.RoleName(i, h.Role, rd.Lang)
			if h.Stream != "" {
				name += " (" + h.Stream + ")"
			}
			out = append(out, name)
		}
	}
	if i.Manager() == "" && i.Acting == me {
		out = append(out, rd.T("mine.acting"))
	}
	if i.Assignee == me {
		out = append(out, rd.T("mine.assignee"))
	}
	return out
}

// asks are hand-overs offered to the reader, calls for them, and whether what they reported is fixed.
func (v *mineView) asks(rd *reader, row incident.Row, i *incident.Incident) {
	me, in := rd.Person.ID, " --in "+i.Number.String()
	way := func(label, command string, form bool) bot.Button {
		return bot.Button{Label: label, Command: command + in, Form: form}
	}
	for _, o := range i.Offers {
		if o.To != me {
			continue
		}
		seq := " " + strconv.FormatInt(o.Seq, 10)
		accept := way(lang.Text(rd.Lang, "card.button_accept", nil), "handover accept"+seq, false)
		accept.Style = "primary"
		v.Asks = append(v.Asks, askView{
			Row: row, Text: rd.T("mine.offered", "Name", rd.Name(o.From), "Role", bot.RoleName(i, o.Role, rd.Lang)), Until: o.Until,
			Ways: []bot.Button{accept, way(lang.Text(rd.Lang, "card.button_decline", nil), "handover decline"+seq, false)},
		})
	}
	if p, ok := i.Responder(me); ok && p.State == "asked" && i.Open() {
		ack := way(lang.Text(rd.Lang, "card.button_ack", nil), "ack", false)
		ack.Style = "primary"
		v.Asks = append(v.Asks, askView{
			Row: row, Text: calledFor(rd, p.Why), Since: p.At,
			Ways: []bot.Button{ack, way(lang.Text(rd.Lang, "card.button_eta", nil), "eta", true), way(lang.Text(rd.Lang, "card.button_cant", nil), "cant", true)},
		})
	}
	if i.Status == incident.StatusResolved && slices.ContainsFunc(i.Reporters, func(p incident.Reporter) bool { return p.Person == me && p.Answer == "" }) {
		v.Asks = append(v.Asks, askView{
			Row: row, Text: rd.T("mine.is_it_fixed"), Since: i.Resolved,
			Ways: []bot.Button{way(lang.Text(rd.Lang, "card.button_confirm", nil), "confirm", false), way(lang.Text(rd.Lang, "card.button_notfixed", nil), "notfixed", false)},
		})
	}
}

// calledFor says why somebody was asked to come.
func calledFor(rd *reader, why string) string {
	switch why {
	case "help", "manager", "escalation", "unacknowledged":
		return lang.Text(rd.Lang, "bot.ask_"+why, nil)
	}
	return rd.T("mine.called")
}

// waits are hand-overs the reader offered, and people called into what they lead.
func (v *mineView) waits(rd *reader, row incident.Row, i *incident.Incident) {
	for _, o := range i.Offers {
		if o.From == rd.Person.ID {
			v.Waiting = append(v.Waiting, waitView{Row: row, Text: rd.T("mine.waits_handover", "Name", rd.Name(o.To), "Role", bot.RoleName(i, o.Role, rd.Lang)), Until: o.Until})
		}
	}
	if i.Leads() != rd.Person.ID || !i.Open() {
		return
	}
	for _, p := range i.People {
		if p.State == "asked" && p.Person != rd.Person.ID {
			v.Waiting = append(v.Waiting, waitView{Row: row, Text: rd.T("mine.waits_answer", "Name", rd.Name(p.Person)), Since: p.At})
		}
	}
}

// unreadMentions are the newest messages that mention the reader and that they have not read.
func (s *Server) unreadMentions(ctx context.Context, rd *reader) ([]console.Message, error) {
	list, err := s.Console.Mentions(ctx, rd.Viewer, 0, 3*mostMentions)
	if err != nil {
		return nil, err
	}
	marks := map[string]int64{}
	var out []console.Message
	for _, m := range list {
		mark, ok := marks[m.Channel]
		if !ok {
			if mark, err = s.Console.Mark(ctx, rd.Viewer, m.Channel); err != nil {
				return nil, err
			}
			marks[m.Channel] = mark
		}
		if m.ID > mark && m.Author != "" && m.Author != rd.Person.ID && m.Deleted.IsZero() && len(out) < mostMentions {
			out = append(out, m)
		}
	}
	return out, nil
}

// liveMine follows one's own work: it is put together anew when one of the incidents changed, or now and then.
func (s *Server) liveMine(w http.ResponseWriter, r *http.Request, rd *reader) error {
	defer s.board.watch(s)()
	sent, last, at := changed{}, "", time.Time{}
	return s.keep(w, r, s.board.next, calm, func(ctx context.Context, st *stream) (time.Duration, error) {
		now := s.fresh(rd)
		sight, err := s.board.at(ctx)
		if err != nil {
			return 0, err
		}
		v, err := s.board.view(ctx, sight, asked{Mine: true, Newest: true}, now.Viewer, now.Now)
		if err != nil {
			return 0, err
		}
		if v.Have == last && now.Now.Sub(at) < 10*look {
			return 10 * look, nil
		}
		last, at = v.Have, now.Now
		m, err := s.mine(ctx, now)
		if err != nil {
			return 0, err
		}
		return 10 * look, st.sendChanged(ctx, sent, "mine", mineWork(now, m))
	})
}

// mineRoutes are those of one's own work.
func (s *Server) mineRoutes() map[string]answer {
	return map[string]answer{
		"GET /mine":      s.minePage,
		"GET /live/mine": s.liveMine,
	}
}
