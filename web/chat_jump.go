package web

import (
	"net/http"
	"slices"
	"strings"

	"matoi/bot/console"
	"matoi/incident"
)

// mostJumps is how many places the switcher offers at once.
const mostJumps = 14

// goal is a place one can go to: a room, a channel, people, an incident's page.
type goal struct {
	Kind   string // room, channel, direct, person, incident: the first of equals comes first
	To     string // the address; empty for a person, whose channel is made when they are chosen
	Person incident.PersonID
	Name   string
	Hint   string
	Words  string // what else it is found by
	Row    incident.Row
	Place  console.Channel
	Unread int
	rank   int
}

// jumpPart proposes where to go; ?open gives the whole dialog.
func (s *Server) jumpPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	all, err := s.jumps(r, rd)
	if err != nil {
		return err
	}
	list := ranked(all, r.FormValue("text"))
	if r.FormValue("open") != "" {
		return render(w, r, jumpDialog(rd, list))
	}
	return render(w, r, jumpList(rd, list))
}

// jumps are all the places there are for this reader.
func (s *Server) jumps(r *http.Request, rd *reader) ([]goal, error) {
	channels, err := s.Console.List(r.Context(), rd.Viewer)
	if err != nil {
		return nil, err
	}
	marks, err := s.Console.Unread(r.Context(), rd.Viewer)
	if err != nil {
		return nil, err
	}
	unread := map[string]int{}
	for _, u := range marks {
		unread[u.Channel] = max(u.Count, u.Mentions)
	}
	rows, err := s.Store.Find(r.Context(), incident.Filter{Viewer: rd.Viewer, Limit: 300})
	if err != nil {
		return nil, err
	}
	rooms, err := s.Console.Rooms(r.Context(), rd.Viewer, numbersOf(rows))
	if err != nil {
		return nil, err
	}
	people, err := s.reachable(r, rd)
	if err != nil {
		return nil, err
	}
	var all []goal
	slices.SortStableFunc(rows, func(a, b incident.Row) int { return pressing(a, b) })
	for _, row := range rows {
		name := shortNumber(row.Number) + " " + row.Title
		words := row.Number.String() + " " + strings.Join(row.Services, " ") + " " + row.Priority.String()
		if id := rooms[row.Number]; id != "" && !over(row.Status) {
			all = append(all, goal{Kind: "room", To: string(channelURL(id)), Name: name, Hint: rd.Status(row.Status), Words: words, Row: row, Unread: unread[id]})
		}
		all = append(all, goal{Kind: "incident", To: string(incidentURL(row.Number)), Name: name, Hint: rd.T("web.incident_page"), Words: words, Row: row})
	}
	known := map[incident.PersonID]bool{}
	for _, c := range channels {
		j := goal{Kind: "channel", To: string(channelURL(c.ID)), Name: channelName(rd, c), Hint: rd.Plain(c.Topic), Words: c.Topic, Place: c, Unread: unread[c.ID]}
		if c.Direct {
			j.Kind = "direct"
			if with := rd.partners(c); len(with) == 1 {
				known[with[0]] = true
			}
		}
		all = append(all, j)
	}
	for _, p := range people {
		if !known[p.ID] {
			all = append(all, goal{Kind: "person", Person: p.ID, Name: p.Name, Hint: p.Email, Words: p.Email})
		}
	}
	return all, nil
}

// ranked are the places that hold all words of a text, the nearest first; without a text those where something waits
// and those that burn.
func ranked(all []goal, text string) []goal {
	order := map[string]int{"room": 0, "channel": 1, "direct": 2, "person": 3, "incident": 4}
	words := strings.Fields(kana(text))
	var out []goal
	for _, j := range all {
		name := kana(j.Name)
		whole := name + " " + kana(j.Words)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(whole, strings.TrimLeft(w, "#@")) }) {
			continue
		}
		switch {
		case len(words) == 0 && (j.Kind == "person" || j.Kind == "incident"):
			continue
		case len(words) == 0 && j.Unread > 0:
			j.rank = 0
		case len(words) > 0 && strings.HasPrefix(name, strings.TrimLeft(words[0], "#@")):
			j.rank = 1
		case len(words) > 0 && strings.Contains(" "+name, " "+strings.TrimLeft(words[0], "#@")):
			j.rank = 2
		default:
			j.rank = 3
		}
		out = append(out, j)
	}
	slices.SortStableFunc(out, func(a, b goal) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return order[a.Kind] - order[b.Kind]
	})
	return out[:min(len(out), mostJumps)]
}

// kana makes a name comparable as it is typed: even, and katakana like hiragana.
func kana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - 'ァ' + 'ぁ'
		}
		return r
	}, even(strings.TrimSpace(s)))
}
