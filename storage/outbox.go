package storage

import (
	"slices"

	"matoi/incident"
)

// coalescing is true for an effect that stands for every later one of its kind until it is claimed. The words are
// those of the index outbox_one; a test holds them against incident.EffectKind.Coalesces.
const coalescing = `state = 'waiting' AND claimed_until = 0 AND kind IN ('show-card', 'announce', 'set-topic')`

// laned is an effect with its lane.
type laned struct {
	incident.Effect
	lane string
}

// putEffects adds what must be told. An urgent one makes those ahead of it in its lane urgent too, since the order
// inside a lane holds.
func (t *tx) putEffects(effects []incident.Effect) error {
	if len(effects) == 0 {
		return nil
	}
	t.touched |= topicOutbox
	now := micro(t.s.now())
	told := merged(effects)
	hurried := map[string]bool{}
	var urgent []string
	for k, e := range slices.Backward(told) {
		if e.Urgent && !hurried[e.lane] {
			hurried[e.lane] = true
			urgent = append(urgent, e.lane)
		}
		told[k].Urgent = hurried[e.lane]
	}
	for chunk := range slices.Chunk(urgent, mostKeys) {
		var a args
		if _, err := t.exec(`UPDATE outbox SET urgent = TRUE WHERE lane IN (`+list(&a, padded(chunk))+`) AND state = 'waiting' AND NOT urgent`, a...); err != nil {
			return err
		}
	}
	a := make(args, 0, len(told)*14)
	for _, e := range told {
		a = append(a, int64(e.Number), e.lane, string(e.Kind), e.Realm, string(e.Person), e.Seq, e.Urgent, now, int64(0), now, int64(0), false, "", "waiting")
	}
	return t.putRows(`INSERT INTO outbox (number, lane, kind, realm, person, seq, urgent, made, tries, next_at, claimed_until, doubtful, why, state) VALUES `,
		14, a, ` ON CONFLICT (lane, kind) WHERE `+coalescing+` DO UPDATE SET seq = excluded.seq, urgent = outbox.urgent OR excluded.urgent`)
}

// merged leaves one effect of a coalescing kind per lane: one statement must not touch a row twice.
func merged(effects []incident.Effect) []laned {
	type key struct {
		lane string
		kind incident.EffectKind
	}
	out := make([]laned, 0, len(effects))
	at := map[key]int{}
	for _, e := range effects {
		l := laned{e, e.Lane()}
		if !e.Kind.Coalesces() {
			out = append(out, l)
			continue
		}
		k, known := at[key{l.lane, e.Kind}]
		if !known {
			at[key{l.lane, e.Kind}] = len(out)
			out = append(out, l)
			continue
		}
		out[k].Seq, out[k].Urgent = e.Seq, out[k].Urgent || e.Urgent
	}
	return out
}
