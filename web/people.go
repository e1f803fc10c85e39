package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"matoi/bot"
	"matoi/incident"
)

// mostPeople is how many people a page shows; searching finds the others.
const mostPeople = 200

// personView is a person as the page of people shows them: how they are reached, and what they hold now.
type personView struct {
	incident.Person
	Here   bool
	OnCall int // their place among those on call, from 1; 0 for none
	Chats  []string
	Zone   *time.Location
	Holds  []heldView
	Ways   *waysView   // how they are reached, for themselves alone
	Digest *digestView // likewise
}

// mailbox and mailHost are an address in two, which breaks between them where it does not fit.
func (p personView) mailbox() string { return p.Email[:len(p.Email)-len(p.mailHost())] }

func (p personView) mailHost() string {
	if at := strings.LastIndexByte(p.Email, '@'); at > 0 {
		return p.Email[at:]
	}
	return ""
}

// peopleView is the people that were asked for.
type peopleView struct {
	Text string
	List []personView
	Left int // that do not fit
	All  int
}

func (v peopleView) live() string {
	q := url.Values{}
	if v.Text != "" {
		q.Set("q", v.Text)
	}
	return withQuery("/live/people", q)
}

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.people(r, rd)
	if err != nil {
		return err
	}
	return render(w, r, peopleScreen(rd, v))
}

func (s *Server) people(r *http.Request, rd *reader) (peopleView, error) {
	v := peopleView{Text: strings.Join(strings.Fields(clip(r.FormValue("q"), 100)), " ")}
	list, err := s.everybody(r)
	if err != nil {
		return v, err
	}
	v.All = len(list)
	list = slices.DeleteFunc(list, func(p incident.Person) bool { return !answersTo(p, v.Text) })
	call := s.onCall(r.Context(), rd)
	slices.SortStableFunc(list, func(a, b incident.Person) int {
		x, y := call[a.ID], call[b.ID]
		switch {
		case x == y:
			return 0
		case x == 0 || y != 0 && y < x:
			return 1
		}
		return -1
	})
	v.Left = max(0, len(list)-mostPeople)
	held, err := s.heldNow(r.Context(), rd)
	if err != nil {
		return v, err
	}
	for _, p := range list[:len(list)-v.Left] {
		one, err := s.person(r.Context(), rd, p, call, held)
		if err != nil {
			return v, err
		}
		v.List = append(v.List, one)
	}
	return v, nil
}

// person gathers what is shown of one.
func (s *Server) person(ctx context.Context, rd *reader, p incident.Person, call map[incident.PersonID]int, held map[incident.PersonID][]heldView) (personView, error) {
	v := personView{Person: p, Here: s.presence.here(p.ID), OnCall: call[p.ID], Holds: held[p.ID], Zone: s.Zone}
	if z, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		v.Zone = z
	}
	identities, err := s.Store.Identities(ctx, p.ID)
	if err != nil {
		return v, err
	}
	for _, i := range identities {
		if name := chatName(rd, i.Realm); !slices.Contains(v.Chats, name) {
			v.Chats = append(v.Chats, name)
		}
	}
	return v, nil
}

// chatName is a chat as people call it, from the realm's name.
func chatName(rd *reader, realm string) string { return bot.ChatName(realm, rd.Lang) }

// roomName is what a link to a room is called: where there are several, with its chat.
func roomName(rd *reader, i *incident.Incident, room incident.Room) string {
	if len(i.Rooms) < 2 {
		return rd.T("web.room")
	}
	return rd.T("web.room") + " · " + chatName(rd, room.Realm)
}

// here reports whether somebody has a page open now.
func (p *presence) here(who incident.PersonID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told[who]
}

// onCall gives the place of those who are asked first.
func (s *Server) onCall(ctx context.Context, rd *reader) map[incident.PersonID]int {
	out := map[incident.PersonID]int{}
	for n, id := range s.Bot.View(ctx, rd.Lang, rd.Zone).Policy.OnDuty(rd.Now) {
		if out[id] == 0 {
			out[id] = n + 1
		}
	}
	return out
}

// heldNow is who holds what in the incidents that the reader may see and that are not over.
func (s *Server) heldNow(ctx context.Context, rd *reader) (map[incident.PersonID][]heldView, error) {
	at, err := s.board.fresh(ctx)
	if err != nil {
		return nil, err
	}
	may, err := s.board.visible(ctx, at, rd.Viewer)
	if err != nil {
		return nil, err
	}
	out := map[incident.PersonID][]heldView{}
	add := func(who incident.PersonID, row incident.Row, role string) {
		if who == "" {
			return
		}
		list := out[who]
		if n := len(list); n > 0 && list[n-1].Row.Number == row.Number {
			list[n-1].Roles = append(list[n-1].Roles, role)
			return
		}
		out[who] = append(list, heldView{row, []string{role}})
	}
	for _, row := range at.rows {
		if row.Private && !rd.Viewer.All && !may[row.Number] {
			continue
		}
		if row.Acting {
			add(row.Manager, row, rd.T("mine.acting"))
		}
		for _, h := range row.Holders {
			add(h.Person, row, rd.Role(row.Number, h.Role))
		}
		add(row.Assignee, row, rd.T("mine.assignee"))
	}
	return out, nil
}

// answersTo reports whether a person answers to all words.
func answersTo(p incident.Person, text string) bool {
	whole := strings.ToLower(norm.NFKC.String(p.Name + " " + p.Email))
	for word := range strings.FieldsSeq(strings.ToLower(norm.NFKC.String(text))) {
		if !strings.Contains(whole, word) {
			return false
		}
	}
	return true
}

func (s *Server) everybody(r *http.Request) ([]incident.Person, error) {
	list, err := s.Store.People(r.Context())
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p incident.Person) bool { return p.Erased || p.Name == "" })
	slices.SortStableFunc(list, func(a, b incident.Person) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// livePeople follows who is there and who holds what.
func (s *Server) livePeople(w http.ResponseWriter, r *http.Request, rd *reader) error {
	defer s.board.watch(s)()
	sent := changed{}
	return s.keep(w, r, s.board.next, 8*calm, func(ctx context.Context, st *stream) (time.Duration, error) {
		now := s.fresh(rd)
		v, err := s.people(r, now)
		if err != nil {
			return 0, err
		}
		return 3 * look, st.sendChanged(ctx, sent, "people-list", peopleList(now, v))
	})
}

// lately is something that a person did.
type lately struct {
	Row  incident.Row
	Seq  int64
	At   time.Time
	Text string
}

// The bounds of what somebody did lately: it is looked for in so many incidents, in so many of their last entries.
const (
	latelyIncidents = 10
	latelyEntries   = 100
	mostLately      = 20
)

func (s *Server) personPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	p, err := s.Store.Person(r.Context(), incident.PersonID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if p.Erased || p.Name == "" {
		return incident.ErrNotFound
	}
	held, err := s.heldNow(r.Context(), rd)
	if err != nil {
		return err
	}
	v, err := s.person(r.Context(), rd, p, s.onCall(r.Context(), rd), held)
	if err != nil {
		return err
	}
	if v.Digest, err = s.digestOf(r.Context(), rd, p); err != nil {
		return err
	}
	if v.Ways, err = s.waysOf(r.Context(), rd, p); err != nil {
		return err
	}
	did, err := s.didLately(r.Context(), rd, p.ID)
	if err != nil {
		return err
	}
	return render(w, r, personScreen(rd, v, did))
}

// didLately looks through the newest incidents in which somebody has part for what they did.
func (s *Server) didLately(ctx context.Context, rd *reader, who incident.PersonID) ([]lately, error) {
	rows, err := s.Store.Find(ctx, incident.Filter{Viewer: rd.Viewer, Mine: who, Limit: latelyIncidents})
	if err != nil {
		return nil, err
	}
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	var out []lately
	for _, row := range rows {
		i, err := s.Store.Load(ctx, row.Number)
		if err != nil {
			return nil, err
		}
		if !incident.MaySee(i, rd.Viewer) {
			continue
		}
		events, err := s.Store.Timeline(ctx, row.Number, max(0, i.Version-latelyEntries), latelyEntries)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if e.By == who {
				out = append(out, lately{row, e.Seq, e.At, clip(view.Say(e, i), 200)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b lately) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostLately)], nil
}

func (s *Server) peopleRoutes() map[string]answer {
	return map[string]answer{
		"GET /people":      s.peoplePage,
		"GET /people/{id}": s.personPage,
		"GET /live/people": s.livePeople,
	}
}
