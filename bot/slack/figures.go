package slack

import "time"

// Figure is one number for /metrics.
type Figure struct {
	Name, Help string
	Read       func() float64
}

// The names of figures that a doctor reads: when the last event came, in seconds since 1970, 0 for never; and how many
// connections of Socket Mode are open.
const (
	FigureHeard   = "matoi_slack_heard_timestamp_seconds"
	FigureSockets = "matoi_slack_sockets"
)

// Figures are what an operator watches. Those that only grow end in _total.
func (a *Adapter) Figures() []Figure {
	count := func(read func() uint64) func() float64 { return func() float64 { return float64(read()) } }
	micros := func(read func() int64) func() float64 { return func() float64 { return float64(read()) / 1e6 } }
	return []Figure{
		{FigureHeard, "When the last event of Slack’s came; 0 where it has not since the start.", micros(a.heard.Load)},
		{"matoi_slack_answered_timestamp_seconds", "When Slack answered last; 0 where it has not since the start.", micros(a.answered.Load)},
		{FigureSockets, "Open connections of Socket Mode.", func() float64 { return float64(a.figures.sockets.Load()) }},
		{"matoi_slack_elsewhere", "1 where the bot token is for another workspace than the rooms in the record: then nothing is sent.", a.elsewhere},
		{"matoi_slack_received_total", "Payloads of Slack's that were taken.", count(a.figures.received.Load)},
		{"matoi_slack_refused_total", "Requests that were not Slack's.", count(a.figures.refused.Load)},
		{"matoi_slack_limited_total", "Calls that Slack asked to put off.", count(a.figures.limited.Load)},
	}
}

// Heard is when the last event came, zero where none has since the start.
func (a *Adapter) Heard() time.Time {
	if at := a.heard.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return time.Time{}
}
