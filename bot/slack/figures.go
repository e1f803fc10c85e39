package slack

import "time"

// Figure is one number for /metrics.
type Figure struct {
	Name, Help string
	Labels     map[string]string // nil where there is one workspace
	Read       func() float64
}

// The names of figures that a doctor reads: when the last event came, in seconds since 1970, 0 for never; and how many
// connections of Socket Mode are open.
const (
	FigureHeard   = "matoi_slack_heard_timestamp_seconds"
	FigureSockets = "matoi_slack_sockets"
)

// FigureRealm is the label that says of which workspace a figure is, where there are several.
const FigureRealm = "realm"

// Figures are those of all workspaces.
func (w Workspaces) Figures() (out []Figure) {
	for _, a := range w {
		for _, f := range a.Figures() {
			if len(w) > 1 {
				f.Labels = map[string]string{FigureRealm: a.Realm()}
			}
			out = append(out, f)
		}
	}
	return out
}

// Figures are what an operator watches. Those that only grow end in _total.
func (a *Adapter) Figures() []Figure {
	count := func(read func() uint64) func() float64 { return func() float64 { return float64(read()) } }
	micros := func(read func() int64) func() float64 { return func() float64 { return float64(read()) / 1e6 } }
	return []Figure{
		{Name: FigureHeard, Help: "When the last event of Slack’s came; 0 where it has not since the start.", Read: micros(a.heard.Load)},
		{Name: "matoi_slack_answered_timestamp_seconds", Help: "When Slack answered last; 0 where it has not since the start.", Read: micros(a.answered.Load)},
		{Name: FigureSockets, Help: "Open connections of Socket Mode.", Read: func() float64 { return float64(a.figures.sockets.Load()) }},
		{Name: "matoi_slack_elsewhere", Help: "1 where the bot token is for another workspace than the rooms in the record: then nothing is sent.", Read: a.elsewhere},
		{Name: "matoi_slack_token_refused", Help: "1 where Slack does not take the bot token any more: then nothing reaches Slack.", Read: a.tokenRefused},
		{Name: "matoi_slack_received_total", Help: "Payloads of Slack's that were taken.", Read: count(a.figures.received.Load)},
		{Name: "matoi_slack_refused_total", Help: "Requests that were not Slack's.", Read: count(a.figures.refused.Load)},
		{Name: "matoi_slack_limited_total", Help: "Calls that Slack asked to put off.", Read: count(a.figures.limited.Load)},
	}
}

func (a *Adapter) tokenRefused() float64 {
	if a.figures.denied.Load() {
		return 1
	}
	return 0
}

// Heard is when the last event came, zero where none has since the start.
func (a *Adapter) Heard() time.Time {
	if at := a.heard.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return time.Time{}
}
