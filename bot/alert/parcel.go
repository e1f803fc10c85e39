package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// parcel is a request with all that can be made of it without the database: decoding and rules must not take the
// single writer's time.
type parcel struct {
	raw      Raw
	delivery Delivery
	outcomes []Outcome      // of delivery.Alerts, in the same order
	signs    []sign         // of life, that it gives
	failed   *Reason        // why nothing could be made of it
	idle     bool           // nothing needed to be made of it: it is kept nowhere
	again    int            // how often it was put back after a part of it had been worked off
	said     map[saying]int // where it says each of these last, if it was

	piece bool // of a request that is worked off in several, beginning with the alert from; more follow
	from  int
	more  bool
}

// headers reads the kept headers of requests, once where one request has the same as the one before.
type headers struct {
	raw    []byte
	header http.Header
}

func (h *headers) of(raw []byte) http.Header {
	if h.header != nil && bytes.Equal(raw, h.raw) {
		return h.header
	}
	header := http.Header{}
	if err := json.Unmarshal(raw, &header); err != nil {
		header = nil // headers only ever help
	}
	h.raw, h.header = raw, header
	return header
}

// unpack decodes a request and asks the rules. A decoder that panics fails this request only.
func unpack(raw Raw, c Config, h *headers) (p parcel) {
	p.raw = raw
	defer func() {
		if broken := recover(); broken != nil {
			p.fail(because("alert.error_broken", "Detail", line(fmt.Sprint(broken), maxName)))
		}
	}()
	if raw.Source == HeartbeatSource {
		p.hear(c)
		return p
	}
	source, known := c.Source(raw.Source)
	if !known {
		p.fail(because("alert.error_unknown_source", "Source", line(raw.Source, maxName)))
		return p
	}
	p.live(source)
	header := h.of(raw.Header)
	p.comeAgain(putBack(header))
	d, err := source.Decode(header, raw.Body, p.raw.Received)
	if u := (*Undecoded)(nil); errors.As(err, &u) {
		p.fail(u.Reason)
		p.idle = u.Idle
		return p
	}
	p.delivery = d
	p.listen()
	p.outcomes = make([]Outcome, len(d.Alerts))
	for i := range d.Alerts {
		c.named(&d.Alerts[i])
	}
	for i, a := range d.Alerts {
		if o, beats := p.beat(source, a); beats {
			p.outcomes[i] = o
			continue
		}
		p.outcomes[i] = c.For(a, p.raw.Received)
	}
	return p
}

// fail notes why nothing can be made of the request.
func (p *parcel) fail(why Reason) { p.delivery, p.outcomes, p.failed = Delivery{}, nil, &why }

// portion is how many of the parcels one transaction meets, so that it has to do with no more than so many alerts; a
// request is never cut, and one at least is met.
func portion(parcels []parcel, most int) int {
	alerts := 0
	for n, p := range parcels {
		if alerts += max(len(p.delivery.Alerts), 1); alerts > most && n > 0 {
			return n
		}
	}
	return len(parcels)
}

// pace is how long an alert takes of a transaction, as the last ones were: transactions are kept short, for people wait
// while one runs.
type pace struct{ each time.Duration }

// alerts is how many a transaction should meet whose requests have waited so long.
func (p *pace) alerts(age time.Duration) int {
	const least, most = 8, 512
	if p.each == 0 {
		return most / least
	}
	may := batchTime
	if age > grownOld {
		may = lateTime
	}
	return int(min(max(may/p.each, least), most))
}

// took notes how long a transaction had to do with parcels. What is slower than before counts at once, what is faster
// slowly.
func (p *pace) took(parcels []parcel, d time.Duration) {
	alerts := 0
	for _, one := range parcels {
		alerts += max(len(one.delivery.Alerts), 1)
	}
	each := max(d/time.Duration(alerts), time.Microsecond)
	if p.each == 0 || each > p.each && alerts >= 8 {
		p.each = each
		return
	}
	p.each += (each - p.each) / 8
}
