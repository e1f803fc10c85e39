package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/bot/console"
	"matoi/incident"
)

// lingering is how long the room of an incident stays in the side bar after its end, for what is still to be said,
// and most how many of them do.
const (
	lingering = 3 * 24 * time.Hour
	mostOver  = 8
)

// roomRow is an incident with its room here. Over: it ended recently.
type roomRow struct {
	Row     incident.Row
	Channel string
	Over    bool
}

// side is what the side bar lists: the rooms of incidents, those that burn first and those that are over last, and
// the other channels.
func (s *Server) side(r *http.Request, rd *reader) ([]console.Channel, []roomRow, error) {
	channels, err := s.Console.List(r.Context(), rd.Viewer)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.roomRows(r, rd, incident.Filter{Statuses: unfinished(), Limit: 200}, false)
	if err != nil {
		return nil, nil, err
	}
	over, err := s.roomRows(r, rd, incident.Filter{Statuses: finished(), Limit: 40}, true)
	if err != nil {
		return nil, nil, err
	}
	return channels, append(list, over...), nil
}

// roomRows are the incidents of a filter that have a room here, in the order in which they stand in the side bar.
func (s *Server) roomRows(r *http.Request, rd *reader, f incident.Filter, over bool) ([]roomRow, error) {
	f.Viewer = rd.Viewer
	rows, err := s.Store.Find(r.Context(), f)
	if err != nil {
		return nil, err
	}
	rooms, err := s.Console.Rooms(r.Context(), rd.Viewer, numbersOf(rows))
	if err != nil {
		return nil, err
	}
	var list []roomRow
	for _, row := range rows {
		if id := rooms[row.Number]; id != "" && (!over || rd.Now.Sub(row.Changed) < lingering) {
			list = append(list, roomRow{Row: row, Channel: id, Over: over})
		}
	}
	if !over {
		slices.SortStableFunc(list, func(a, b roomRow) int { return pressing(a.Row, b.Row) })
		return list, nil
	}
	slices.SortStableFunc(list, func(a, b roomRow) int { return b.Row.Changed.Compare(a.Row.Changed) })
	return list[:min(len(list), mostOver)], nil
}

func numbersOf(rows []incident.Row) []incident.Number {
	out := make([]incident.Number, len(rows))
	for k, row := range rows {
		out[k] = row.Number
	}
	return out
}

// unfinished are the statuses of incidents that are not over.
func unfinished() []incident.Status {
	return slices.DeleteFunc(incident.Statuses(), over)
}

// finished are the others.
func finished() []incident.Status {
	return slices.DeleteFunc(incident.Statuses(), func(st incident.Status) bool { return !over(st) })
}

func over(st incident.Status) bool {
	return st == incident.StatusClosed || st == incident.StatusCancelled || st == incident.StatusMerged
}

// pressing orders by priority, the unknown one last, then the newest first.
func pressing(a, b incident.Row) int {
	return cmp.Or(a.Priority.Compare(b.Priority), cmp.Compare(b.Number, a.Number))
}

// roomsOf are the rooms of the side bar whose incident is over, or is not.
func (v chatView) roomsOf(over bool) []roomRow {
	return slices.DeleteFunc(slices.Clone(v.Rooms), func(r roomRow) bool { return r.Over != over })
}

// channelsOf are the channels of the side bar that are between people, or are not. Matoi's own comes first.
func (v chatView) channelsOf(direct bool) []console.Channel {
	return slices.DeleteFunc(slices.Clone(v.Channels), func(c console.Channel) bool { return c.Direct != direct })
}

// partners are the people of a channel between people beside the reader; none: it is the one in which Matoi speaks.
func (rd *reader) partners(c console.Channel) []incident.PersonID {
	var out []incident.PersonID
	for _, p := range strings.Split(strings.TrimPrefix(c.ID, "@"), ",") {
		if id := incident.PersonID(p); c.Direct && id != rd.Person.ID {
			out = append(out, id)
		}
	}
	return out
}

func channelName(rd *reader, c console.Channel) string {
	if !c.Direct {
		return c.ID
	}
	if with := rd.partners(c); len(with) > 0 {
		return nameList(rd, with)
	}
	return rd.T("web.matoi")
}

func channelTitle(rd *reader, c console.Channel) string {
	if c.Direct {
		return channelName(rd, c)
	}
	return "#" + c.ID
}

// shortNumber is what tells numbers of these days apart: 1121-001.
func shortNumber(n incident.Number) string {
	text := n.String()
	if len(text) < 12 {
		return text
	}
	return text[8:]
}

func incidentURL(n incident.Number) templ.SafeURL { return templ.SafeURL("/incidents/" + n.String()) }

func urlQuery(s string) string { return url.QueryEscape(s) }
