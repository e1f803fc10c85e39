package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Silences is what pages and the API need of the orders to keep alerts quiet.
type Silences interface {
	bot.Silences
	// HiddenAlerts lists what one has hidden since an instant, the last seen first.
	HiddenAlerts(ctx context.Context, key string, since time.Time, l lang.Lang, limit int) ([]Alert, error)
}

// The verbs behind the page's buttons, and what the page is told when they changed something.
const (
	silenceVerb     = "silence"
	maintenanceVerb = "maintenance"
	silencesChanged = "silences-changed"
)

// What the page shows.
const (
	silencePast = 7 * 24 * time.Hour // how long those that are over stay
	hiddenShown = 20
	mostPast    = 50
)

// silencesView are the silences in force, to come and over.
type silencesView struct {
	Now, Coming, Past []silenceView
	Off               bool // none can be kept
}

// silenceView is one of them with what it hides.
type silenceView struct {
	bot.Silence
	When    string
	Sees    bool // the reader may see the incident that it was made for
	Ends    bool // it can be ended
	Hidden  bot.Hidden
	Alerts  []Alert
	InForce bool
}

func (s *Server) silencesView(ctx context.Context, rd *reader) (v silencesView, err error) {
	if s.Silences == nil {
		return silencesView{Off: true}, nil
	}
	all, err := s.Silences.Silences(ctx, rd.Now.Add(-silencePast))
	if err != nil {
		return v, err
	}
	words := s.Bot.View(ctx, rd.Lang, rd.Zone)
	words.Now = rd.Now
	for _, one := range all {
		shown := silenceView{Silence: one, When: words.SilenceTime(one)}
		span, on := one.At(rd.Now)
		since := one.From
		if shown.InForce = on; on {
			since = span.From
		} else if last, ended := one.Last(rd.Now); ended {
			since = last.From
		}
		shown.Ends = one.Number != 0 && !one.Over(rd.Now)
		if one.Incident != 0 {
			i, err := s.Store.Load(ctx, one.Incident)
			shown.Sees = err == nil && incident.MaySee(i, rd.Viewer)
		}
		if shown.Hidden, err = s.Silences.Hidden(ctx, one.Key(), since); err != nil {
			return v, err
		}
		if shown.Hidden.Alerts > 0 {
			if shown.Alerts, err = s.Silences.HiddenAlerts(ctx, one.Key(), since, rd.Lang, hiddenShown); err != nil {
				return v, err
			}
			if shown.Alerts, err = s.notHidden(ctx, rd, shown.Alerts); err != nil {
				return v, err
			}
		}
		switch {
		case on:
			v.Now = append(v.Now, shown)
		case one.Over(rd.Now):
			v.Past = append([]silenceView{shown}, v.Past...)
		default:
			v.Coming = append(v.Coming, shown)
		}
	}
	v.Past = v.Past[:min(len(v.Past), mostPast)]
	return v, nil
}

// notHidden leaves out the alerts of incidents that the reader may not see.
func (s *Server) notHidden(ctx context.Context, rd *reader, list []Alert) (out []Alert, err error) {
	sees := map[incident.Number]bool{0: true}
	for _, a := range list {
		if _, asked := sees[a.Number]; !asked {
			i, err := s.Store.Load(ctx, a.Number)
			if err != nil && !isMissing(err) {
				return nil, err
			}
			sees[a.Number] = err == nil && incident.MaySee(i, rd.Viewer)
		}
		if sees[a.Number] {
			out = append(out, a)
		}
	}
	return out, nil
}

func (s *Server) silencesPage(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.silencesView(r.Context(), rd)
	if err != nil {
		return err
	}
	return render(w, r, silencesScreen(rd, v))
}

// silencesPart is the lists by themselves, after one changed.
func (s *Server) silencesPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	v, err := s.silencesView(r.Context(), rd)
	if err != nil {
		return err
	}
	return render(w, r, silencesLists(rd, v))
}

// silencePress is what a button sends: the verb that one would type.
func silencePress(command string, form bool) string {
	return vals("place", "page", "command", command, "form", form)
}

func silenceEnd(v silenceView) string {
	return silenceVerb + " end " + strconv.FormatInt(v.Number, 10)
}

// silenceName is its number, or its name in the configuration.
func silenceName(v silenceView) string {
	if v.Name != "" {
		return v.Name
	}
	return "#" + strconv.FormatInt(v.Number, 10)
}

// hiddenWords says what one hides, or hid.
func hiddenWords(rd *reader, v silenceView) string {
	switch {
	case v.Hidden.Alerts == 0:
		return rd.T("silence.hides_nothing")
	case v.InForce && v.Hidden.Firing > 0:
		return rd.T("silence.hides_firing", "N", v.Hidden.Alerts, "Firing", v.Hidden.Firing)
	}
	return rd.T("silence.hides", "N", v.Hidden.Alerts)
}

func (s *Server) silenceRoutes() map[string]answer {
	return map[string]answer{"GET /alerts/silences": s.silencesPage, "GET /part/silences": s.silencesPart}
}
