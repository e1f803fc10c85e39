package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// silenceBody is a silence as the API takes it.
type silenceBody struct {
	As      string              `json:"as"`
	Channel string              `json:"channel"`
	Kind    string              `json:"kind"`
	Match   map[string][]string `json:"match"`
	From    string              `json:"from"`
	Until   string              `json:"until"`
	For     string              `json:"for"`
	Reason  string              `json:"reason"`
}

// apiSilence is one as the API shows it.
type apiSilence struct {
	Number   int64               `json:"number,omitempty"`
	Name     string              `json:"name,omitempty"` // of the configuration's
	Kind     string              `json:"kind"`
	State    string              `json:"state"`
	Match    map[string][]string `json:"match"`
	Incident string              `json:"incident,omitempty"`
	From     *time.Time          `json:"from,omitempty"`
	Until    *time.Time          `json:"until,omitempty"`
	Weekly   *apiWeekly          `json:"weekly,omitempty"`
	Reason   string              `json:"reason,omitempty"`
	By       string              `json:"by,omitempty"`
	Ended    *time.Time          `json:"ended,omitempty"`
	Hidden   int                 `json:"hidden"`
	Firing   int                 `json:"firing"`
}

type apiWeekly struct {
	Days  []string `json:"days"`
	From  string   `json:"from"`
	Until string   `json:"until"`
	Zone  string   `json:"zone"`
}

// silences lists those in force and to come; those that are over for a week with ?over=true.
func (a *api) silences(w http.ResponseWriter, r *http.Request, _ Caller) *Problem {
	out := []apiSilence{}
	if a.Silences != nil {
		since := a.Now()
		if r.URL.Query().Get("over") == "true" {
			since = since.Add(-silencePast)
		}
		list, err := a.Silences.Silences(r.Context(), since)
		if err != nil {
			return breakage(a.Log, r, err)
		}
		for _, one := range list {
			shown, err := a.silenceJSON(r.Context(), one)
			if err != nil {
				return breakage(a.Log, r, err)
			}
			out = append(out, shown)
		}
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"silences": out})
	return nil
}

// silence shows one.
func (a *api) silence(w http.ResponseWriter, r *http.Request, _ Caller) *Problem {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || a.Silences == nil {
		return problem(http.StatusNotFound, "silence_unknown", map[string]any{"Number": clip(r.PathValue("number"), 40)})
	}
	return a.sendSilence(w, r, n, http.StatusOK)
}

func (a *api) sendSilence(w http.ResponseWriter, r *http.Request, n int64, status int) *Problem {
	one, err := a.Silences.Silence(r.Context(), n)
	if errors.Is(err, incident.ErrNotFound) {
		return problem(http.StatusNotFound, "silence_unknown", map[string]any{"Number": strconv.FormatInt(n, 10)})
	}
	if err != nil {
		return breakage(a.Log, r, err)
	}
	shown, err := a.silenceJSON(r.Context(), one)
	if err != nil {
		return breakage(a.Log, r, err)
	}
	writeJSON(w, status, "application/json", shown)
	return nil
}

// setSilence sets one, as whoever acts would have typed it.
func (a *api) setSilence(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	var body silenceBody
	if p := readJSON(w, r, a.BodyBound, &body); p != nil {
		return p
	}
	verb := silenceVerb
	if body.Kind == bot.ForWork {
		verb = maintenanceVerb
	}
	var which []string
	for name, patterns := range body.Match {
		for _, one := range patterns {
			which = append(which, name+`="`+strings.ReplaceAll(one, `"`, ".")+`"`) // a quote would end it; in an expression a dot fits it
		}
	}
	if len(which) == 0 { // the verb alone would list them
		return problem(http.StatusUnprocessableEntity, "silence_what", nil)
	}
	slices.Sort(which)
	span := body.For
	if span == "" {
		if span = body.Until; body.From != "" {
			span = body.From + " to " + body.Until
		}
	}
	fields := map[string]string{"which": strings.Join(which, " "), "span": span, "reason": body.Reason}
	text := commandBody{As: body.As, Channel: body.Channel, Text: strings.Join([]string{verb, fields["which"], span, body.Reason}, "\x00")}
	reply, p := a.silenceDeed(r, c, text, verb, fields)
	if p != nil {
		return p
	}
	return a.sendSilence(w, r, reply.Silence, http.StatusCreated)
}

// endSilence ends one before its time.
func (a *api) endSilence(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return problem(http.StatusNotFound, "silence_unknown", map[string]any{"Number": clip(r.PathValue("number"), 40)})
	}
	text := silenceVerb + " end " + strconv.FormatInt(n, 10)
	_, p := a.silenceDeed(r, c, commandBody{As: r.URL.Query().Get("as"), Text: text}, text, nil)
	if p != nil {
		return p
	}
	return a.sendSilence(w, r, n, http.StatusOK)
}

// silenceDeed runs the verb for whoever acts.
func (a *api) silenceDeed(r *http.Request, c Caller, body commandBody, text string, fields map[string]string) (bot.Reply, *Problem) {
	by, p := a.actor(r, c, body.As)
	if p != nil {
		return bot.Reply{}, p
	}
	cause, p := causeOf(r, c, by, body)
	if p != nil {
		return bot.Reply{}, p
	}
	place := incident.Place{}
	if body.Channel != "" {
		if place, p = a.place(r, c, by, body.Channel); p != nil {
			return bot.Reply{}, p
		}
	}
	reply, err := a.Bot.Handle(r.Context(), bot.Request{
		Kind: bot.Sent, Cause: cause, By: by, Place: place, Text: text, Fields: fields, Lang: a.language(r), NoForms: true,
	})
	switch {
	case err != nil:
		a.count(reply.Verb, "broken")
		return reply, breakage(a.Log, r, err)
	case reply.Refused != nil:
		a.count(reply.Verb, "refused")
		return reply, refused(reply.Refused, reply.Text, reply.Errors)
	}
	a.count(reply.Verb, "done")
	return reply, nil
}

func (a *api) silenceJSON(ctx context.Context, s bot.Silence) (apiSilence, error) {
	now := a.Now()
	out := apiSilence{
		Number: s.Number, Name: s.Name, Kind: s.Kind, State: "coming", Match: s.Match, From: stamp(s.From), Until: stamp(s.Until), Reason: s.Why,
		By: string(s.By), Ended: stamp(s.Ended),
	}
	since := s.From
	if span, on := s.At(now); on {
		out.State, since = "in_force", span.From
	} else if s.Over(now) {
		out.State = "over"
	}
	if s.Incident != 0 { // what its alerts are called may be nobody's business
		out.Incident, out.Match = s.Incident.String(), nil
	}
	if w := s.Weekly; w != nil {
		clock := func(m int) string { return time.Date(2000, 1, 1, m/60, m%60, 0, 0, time.UTC).Format("15:04") }
		out.Weekly = &apiWeekly{From: clock(w.From), Until: clock(w.To), Zone: w.Zone}
		for _, d := range w.Days {
			out.Weekly.Days = append(out.Weekly.Days, strings.ToLower(d.String()[:3]))
		}
	}
	h, err := a.Silences.Hidden(ctx, s.Key(), since)
	out.Hidden, out.Firing = h.Alerts, h.Firing
	return out, err
}
