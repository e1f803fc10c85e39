package stock

import (
	"time"

	"matoi/incident"
)

// Options say what a store is filled with.
type Options struct {
	Open, Closed int // incidents
	Entries      int // of all timelines together; not fewer than the incidents need
	Alerts       int // rows of alerts, of incidents and of none
	People       int // 200 where 0
	// Due is the time before which no deadline is armed, in milliseconds; what would have an earlier one is restored, and
	// due within half a day behind it. Zero leaves deadlines as they are, many of them past.
	Due time.Time
	// AtOnce arms every open incident at Due itself, with something to record then.
	AtOnce bool
	Now    time.Time // to which the years lead
	Seed   uint64
	Policy incident.Policy // its Version as the server has it, or the first start arms everything anew
	// Progress hears how many incidents are in; may be nil.
	Progress func(done int)
}

// Shipped is the policy of a server without a configuration, but that nobody asks whether what is silent still goes on: a store
// that was filled is silent.
func Shipped() (incident.Policy, error) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		return incident.Policy{}, err
	}
	p := incident.DefaultPolicy(zone)
	for of := range p.Chase.Stale {
		p.Chase.Stale[of] = incident.Length{}
	}
	p.Version = p.Fingerprint()
	return p, nil
}
