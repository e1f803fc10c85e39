package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/norm"

	"matoi/bot"
	"matoi/incident"
)

// What the pages of services show.
const (
	serviceHistory = 20
	serviceAlerts  = 20
	servicesMost   = 500
	nearOpen       = 5 // incidents of a service that another one depends on
)

// servicesView is the catalogue as it was asked for.
type servicesView struct {
	Text   string
	List   []bot.ServiceNow
	Known  bool // there is a catalogue at all
	Left   int
	Pulses []pulseView
	bot    bot.View
}

// pulseView is a heartbeat with the incident of its silence, where the reader may see it.
type pulseView struct {
	bot.Pulse
	State string // in words
	Every string
	Open  incident.Number
}

// serviceView is one service.
type serviceView struct {
	bot.ServiceNow
	About   string
	History []incident.Row
	Alerts  []Alert
	Pulses  []pulseView
}

func (s *Server) servicesPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v := servicesView{Text: strings.Join(strings.Fields(clip(r.FormValue("q"), 100)), " "), bot: s.Bot.View(r.Context(), rd.Lang, rd.Zone)}
	list, err := s.Bot.ServicesNow(r.Context(), rd.Viewer)
	if err != nil {
		return err
	}
	v.Known = len(list) > 0
	v.List = slices.DeleteFunc(list, func(one bot.ServiceNow) bool { return !serviceFits(one, v.Text) })
	if v.Left = len(v.List) - servicesMost; v.Left > 0 {
		v.List = v.List[:servicesMost]
	}
	if v.Pulses, err = s.pulsesOf(r, rd, v.bot); err != nil {
		return err
	}
	return render(w, r, servicesScreen(rd, v))
}

// serviceFits reports whether all words stand in what is known of a service.
func serviceFits(s bot.ServiceNow, text string) bool {
	parts := slices.Concat([]string{s.Name, s.Team, s.System, s.Description}, s.Owners, s.Aliases)
	whole := strings.ToLower(norm.NFKC.String(strings.Join(parts, " ")))
	for word := range strings.FieldsSeq(strings.ToLower(norm.NFKC.String(text))) {
		if !strings.Contains(whole, word) {
			return false
		}
	}
	return true
}

// pulsesOf are the heartbeats, what is not well first.
func (s *Server) pulsesOf(r *http.Request, rd *reader, v bot.View) ([]pulseView, error) {
	if s.Pulses == nil {
		return nil, nil
	}
	list, err := s.Pulses.Pulses(r.Context())
	if err != nil {
		return nil, err
	}
	var out []pulseView
	for _, p := range list {
		one := pulseView{Pulse: p, State: v.PulseState(p), Every: v.PulseEvery(p)}
		if !p.Well() && p.Number != 0 {
			i, err := s.Store.Load(r.Context(), p.Number)
			if err != nil && !isMissing(err) {
				return nil, err
			}
			if err == nil && incident.MaySee(i, rd.Viewer) {
				one.Open = p.Number
			}
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b pulseView) int {
		switch {
		case a.Well() == b.Well():
			return 0
		case b.Well():
			return -1
		}
		return 1
	})
	return out, nil
}

func (s *Server) servicePage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	list, err := s.Bot.ServicesNow(r.Context(), rd.Viewer, r.PathValue("name"))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return incident.ErrNotFound
	}
	words := s.Bot.View(r.Context(), rd.Lang, rd.Zone)
	v := serviceView{ServiceNow: list[0], About: words.ServiceAbout(list[0].ServiceOf)}
	if v.History, err = s.Store.Find(r.Context(), incident.Filter{Viewer: rd.Viewer, Service: v.Name, Limit: serviceHistory}); err != nil {
		return err
	}
	if v.Alerts, err = s.alertsOn(r, rd, v); err != nil {
		return err
	}
	pulses, err := s.pulsesOf(r, rd, words)
	if err != nil {
		return err
	}
	v.Pulses = slices.DeleteFunc(pulses, func(p pulseView) bool { return !strings.EqualFold(p.Service, v.Name) })
	return render(w, r, serviceScreen(rd, v))
}

// alertsOn are the last alerts that name a service: those of what is open on it and of its last incidents, those that joined what is
// open on a service it depends on, and those that opened nothing.
func (s *Server) alertsOn(r *http.Request, rd *reader, v serviceView) ([]Alert, error) {
	const own, others = 6, 3 // incidents that are looked at
	if s.Alerts == nil {
		return nil, nil
	}
	var all []Alert
	var rows []incident.Row
	look := func(list []incident.Row, most int) {
		for _, row := range list[:min(len(list), most)] {
			if !slices.ContainsFunc(rows, func(r incident.Row) bool { return r.Number == row.Number }) {
				rows = append(rows, row)
			}
		}
	}
	look(v.Open, own)
	look(v.History, others)
	for _, n := range v.Needs {
		look(n.Open, others)
	}
	const most = 12
	for _, row := range rows[:min(len(rows), most)] {
		some, err := s.Alerts.Of(r.Context(), row.Number, rd.Lang, serviceAlerts)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	named := func(a Alert) bool { return strings.EqualFold(a.Service, v.Name) }
	idle, err := s.Alerts.Idle(r.Context(), rd.Lang, IdleAsk{Lets: named, Limit: serviceAlerts})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(append(all, idle.List...), func(a Alert) bool { return !named(a) })
	slices.SortStableFunc(all, func(a, b Alert) int { return b.Last.Compare(a.Last) })
	return all[:min(len(all), serviceAlerts)], nil
}

func serviceURL(name string) templ.SafeURL {
	return templ.SafeURL("/services/" + url.PathEscape(name)) //nolint:gosec // escaped, and of this site
}

func (s *Server) serviceRoutes() map[string]answer {
	return map[string]answer{
		"GET /services":           s.servicesPage,
		"GET /services/{name...}": s.servicePage,
	}
}
