package web

import (
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// furtherView is a stage of a further clock as the page shows it.
type furtherView struct {
	Kind               incident.ClockKind
	Name, Word         string
	State, Since, Rule string
	Due                time.Time
	Waits, Late        bool
}

// shownFurther are all stages of further clocks, in the order in which their clocks began.
func shownFurther(rd *reader, view bot.View, i *incident.Incident) (out []furtherView) {
	for n := range i.Further {
		f := &i.Further[n]
		for k := range f.Stages {
			s := &f.Stages[k]
			v := furtherView{
				Kind: f.Clock(s), Due: s.Due, Waits: s.Open(), State: view.StageState(f, s), Since: view.FurtherState(f),
				Name: rd.T("legal.clock", "Rule", bot.FurtherName(&f.FurtherTerms, rd.Lang), "Stage", bot.StageName(&s.StageTerms, rd.Lang)),
				Rule: bot.PeriodName(&f.FurtherTerms, s.After, s.Roll, rd.Lang),
				Late: s.Open() && !s.Due.After(rd.Now) || s.Late() > 0,
				Word: rd.T("page.duty_filed"),
			}
			if len(s.Filings) == 0 {
				v.Word = rd.T("page.duty_excused")
			}
			if f.Authority != "" {
				v.Rule += " → " + f.Authority
			}
			if note := bot.FurtherNote(&f.FurtherTerms, rd.Lang); note != "" {
				v.Rule += " · " + note
			}
			out = append(out, v)
		}
	}
	return out
}

// duty is the stage of a further clock that is due first, nil where none waits.
func (v incidentView) duty() *furtherView {
	var first *furtherView
	for k := range v.Further {
		if d := &v.Further[k]; d.Waits && (first == nil || d.Due.Before(first.Due)) {
			first = d
		}
	}
	return first
}

// furtherJSON is a further clock in the API.
type furtherJSON struct {
	Rule      string      `json:"rule"`
	Name      string      `json:"name"`
	Version   string      `json:"version"`
	Legal     bool        `json:"legal"`
	Authority string      `json:"authority,omitempty"`
	Note      string      `json:"note,omitempty"`
	Start     string      `json:"start"`
	Since     *time.Time  `json:"since,omitempty"`
	By        string      `json:"by,omitempty"`
	Grounds   string      `json:"grounds,omitempty"`
	Stages    []stageJSON `json:"stages"`
}

type stageJSON struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	After       string       `json:"after"`
	Due         *time.Time   `json:"due,omitempty"`
	State       string       `json:"state"`
	Missed      *time.Time   `json:"missed,omitempty"`
	Filings     []filingJSON `json:"filings,omitempty"`
	NotRequired string       `json:"not_required,omitempty"`
	By          string       `json:"by,omitempty"`
}

type filingJSON struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Receipt string    `json:"receipt"`
	Link    string    `json:"link,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

// furtherOf are the further clocks of an incident in the words of a language.
func furtherOf(i *incident.Incident, l lang.Lang, name func(incident.PersonID) string) (out []furtherJSON) {
	for n := range i.Further {
		f := &i.Further[n]
		j := furtherJSON{
			Rule: f.Rule, Name: bot.FurtherName(&f.FurtherTerms, l), Version: f.Version.String(), Legal: f.Legal, Authority: f.Authority,
			Note: bot.FurtherNote(&f.FurtherTerms, l), Start: string(f.Start), Since: stamp(f.Since), By: name(f.By), Grounds: f.Grounds,
		}
		for k := range f.Stages {
			j.Stages = append(j.Stages, stageOf(f, &f.Stages[k], l, name))
		}
		out = append(out, j)
	}
	return out
}

func stageOf(f *incident.Further, s *incident.Stage, l lang.Lang, name func(incident.PersonID) string) stageJSON {
	j := stageJSON{ID: s.ID, Name: bot.StageName(&s.StageTerms, l), After: s.After.String(), Missed: stamp(s.Missed), State: "waiting"}
	if !f.Since.IsZero() {
		j.Due = stamp(s.Due)
	}
	switch {
	case len(s.Filings) > 0:
		j.State = "filed"
	case !s.Dropped.IsZero():
		j.State, j.NotRequired, j.By = "not_required", s.Why, name(s.By)
	}
	for _, p := range s.Filings {
		j.Filings = append(j.Filings, filingJSON{At: p.At, By: name(p.By), Receipt: p.Receipt, Link: p.Link, Reason: p.Reason})
	}
	return j
}
