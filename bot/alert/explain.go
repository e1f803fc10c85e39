package alert

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"matoi/lang"
)

// Explanation is what Matoi would make of a request: the answer of `matoi alert explain`.
type Explanation struct {
	Alerts      []Explained `json:"alerts"`
	GroupKey    string      `json:"group_key,omitempty"`
	GroupStatus string      `json:"group_status,omitempty"`
	Truncated   int         `json:"truncated"`
	DeliveryID  string      `json:"delivery_id,omitempty"`
	// Heartbeats are those that the request gives a sign of life for.
	Heartbeats []string `json:"heartbeats,omitempty"`
	// Unread counts the entries that can't be read beside the alerts.
	Unread int `json:"unread,omitempty"`
	// Error says why nothing could be decoded, or why the request stays visible although something was.
	Error  string  `json:"error,omitempty"`
	Reason *Reason `json:"reason,omitempty"`
}

// Explained is one alert of a request with the rule that applies and what it does.
type Explained struct {
	Alert
	Group    string `json:"group"`
	Rule     string `json:"rule"`
	Do       string `json:"do"`
	Priority string `json:"priority,omitempty"`
	Impact   string `json:"impact,omitempty"`
	// Escalation is begun when the incident opens.
	Escalation string `json:"escalation,omitempty"`
	// Until is when an alert that waits for some time opens, if it came now and fires until then; or when what keeps it quiet ends.
	Until  time.Time `json:"until,omitzero"`
	Why    string    `json:"why"`
	Reason Reason    `json:"reason"`
}

// Explain decodes a request that comes from a source now and judges it as the worker would, without keeping or sending anything, and
// without asking for a secret. Its reasons are in their stored form until In puts them in a language.
func (c *Config) Explain(source string, header http.Header, body []byte, now time.Time) Explanation {
	kept, err := json.Marshal(header)
	if err != nil {
		kept = nil // can't happen: texts only
	}
	p := unpack(Raw{Source: source, Received: now, Header: kept, Body: body}, *c, &headers{})
	d := p.delivery
	e := Explanation{
		Alerts: []Explained{}, GroupKey: d.GroupKey, GroupStatus: d.GroupStatus, Truncated: d.Truncated, DeliveryID: d.DeliveryID,
		Unread: d.Unread.Count,
	}
	for _, sign := range p.signs {
		e.Heartbeats = append(e.Heartbeats, sign.name)
	}
	if e.Reason = cmp.Or(p.failed, p.rest()); e.Reason != nil {
		e.Error = e.Reason.String()
	}
	for i, a := range d.Alerts {
		o := p.outcomes[i]
		one := Explained{
			Alert: a, Group: cmp.Or(o.Group, GroupKey(a)), Rule: o.Rule, Do: o.Do, Priority: o.Priority, Impact: o.Impact, Why: o.Why.String(),
			Reason: o.Why, Escalation: o.Escalation, Until: o.Until,
		}
		if o.Do == Follow { // it opens nothing
			one.Priority, one.Impact, one.Escalation = "", "", ""
		}
		if o.Do == Wait && o.Waits.For != 0 {
			one.Until = now.Add(time.Duration(o.Waits.For)).UTC().Truncate(time.Second)
		}
		e.Alerts = append(e.Alerts, one)
	}
	return e
}

// In gives the explanation with its reasons worded in a language.
func (e Explanation) In(l lang.Lang) Explanation {
	alerts := make([]Explained, len(e.Alerts))
	for i, a := range e.Alerts {
		a.Why = a.Reason.Text(l)
		alerts[i] = a
	}
	if e.Alerts = alerts; e.Reason != nil {
		e.Error = e.Reason.Text(l)
	}
	return e
}
