package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// parcel is a request with all that can be made of it without the database: decoding and rules must not take the
// single writer's time.
type parcel struct {
	raw      Raw
	delivery Delivery
	outcomes []Outcome // of delivery.Alerts, in the same order
	failed   *Reason   // why nothing could be made of it
}

// unpack decodes a request and asks the rules. A decoder that panics fails this request only.
func unpack(raw Raw, c Config) (p parcel) {
	p.raw = raw
	defer func() {
		if broken := recover(); broken != nil {
			p.fail(because("alert.error_broken", "Detail", line(fmt.Sprint(broken), maxName)))
		}
	}()
	source, known := c.Source(raw.Source)
	if !known {
		p.fail(because("alert.error_unknown_source", "Source", line(raw.Source, maxName)))
		return p
	}
	header := http.Header{}
	if err := json.Unmarshal(raw.Header, &header); err != nil {
		header = nil // headers only ever help
	}
	d, err := source.Decode(header, raw.Body, raw.Received)
	if u := (*Undecoded)(nil); errors.As(err, &u) {
		p.fail(u.Reason)
		return p
	}
	p.delivery = d
	p.outcomes = make([]Outcome, len(d.Alerts))
	for i, a := range d.Alerts {
		p.outcomes[i] = c.Rules.For(a)
	}
	return p
}

// fail notes why nothing can be made of the request.
func (p *parcel) fail(why Reason) { p.delivery, p.outcomes, p.failed = Delivery{}, nil, &why }

// portions cuts parcels so that no transaction has to meet more than some alerts; a request is never cut.
func portions(parcels []parcel, most int) [][]parcel {
	var out [][]parcel
	start, alerts := 0, 0
	for i, p := range parcels {
		if alerts += len(p.delivery.Alerts); alerts > most && i > start {
			out = append(out, parcels[start:i])
			start, alerts = i, len(p.delivery.Alerts)
		}
	}
	if start < len(parcels) {
		out = append(out, parcels[start:])
	}
	return out
}
