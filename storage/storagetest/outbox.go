package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/incident"
)

const lease = time.Minute

// post is an effect of its own, in the lane of the realm.
func post(realm string, seq int64) incident.Effect {
	return incident.Effect{Kind: incident.Post, Realm: realm, Seq: seq}
}

func (h *house) effects(effects ...incident.Effect) incident.Number {
	h.t.Helper()
	return h.recorded(0, incident.Change{Effects: effects}, &incident.Opened{Title: "x"})
}

func (h *house) claim(limit int) []incident.Delivery {
	h.t.Helper()
	return ok[[]incident.Delivery](h.t)(h.Claim(ctx(h.t), h.now(), lease, limit))
}

// told settles a delivery that was told.
func (h *house) told(id int64, r incident.Receipt) error {
	return h.Settle(ctx(h.t), incident.Settled{ID: id, As: incident.Delivered, Receipt: r})
}

func claimOnce(t *testing.T, h *house) {
	const lanes, each = 12, 6
	for range lanes {
		var effects []incident.Effect
		for seq := range int64(each) {
			effects = append(effects, post("console", seq+1))
		}
		h.effects(effects...)
	}
	var mu sync.Mutex
	sent := map[incident.Number][]int64{}
	total := 0
	crowd(8, func(int) {
		for {
			got, err := h.Claim(ctx(t), h.now(), lease, 3)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			for _, d := range got {
				sent[d.Effect.Number] = append(sent[d.Effect.Number], d.Effect.Seq)
				total++
			}
			over := total == lanes*each
			mu.Unlock()
			for _, d := range got {
				if err := h.told(d.ID, incident.Receipt{}); err != nil {
					t.Error(err)
				}
			}
			if over || t.Failed() {
				return
			}
		}
	})
	equal(t, "lanes", len(sent), lanes)
	for n, seqs := range sent {
		if !slices.Equal(seqs, []int64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s was delivered in the order %v", n, seqs)
		}
	}
	_, outbox, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "waiting", outbox, 0)
}

func leaseExpires(t *testing.T, h *house) {
	h.effects(post("console", 1), post("console", 2))
	first := h.claim(10)
	equal(t, "claimed", len(first), 1)
	equal(t, "doubtful", first[0].Doubtful, false)
	equal(t, "while it is held", len(h.claim(10)), 0)
	equal(t, "next", ok[time.Time](t)(h.NextClaim(ctx(t))), h.now().Add(lease))
	h.pass(lease)
	again := h.claim(10)
	equal(t, "claimed", len(again), 1)
	equal(t, "same", again[0].ID, first[0].ID)
	equal(t, "doubtful", again[0].Doubtful, true)
	equal(t, "tries", again[0].Tries, 1)
	must(t, h.Settle(ctx(t), incident.Settled{ID: again[0].ID, As: incident.PutOff, At: h.now().Add(time.Hour), Why: "rate limit"}))
	equal(t, "while it waits", len(h.claim(10)), 0)
	equal(t, "next", ok[time.Time](t)(h.NextClaim(ctx(t))), h.now().Add(time.Hour))
	h.pass(time.Hour)
	again = h.claim(10)
	equal(t, "doubtful stays", again[0].Doubtful, true)
	equal(t, "tries", again[0].Tries, 2)
	must(t, h.told(again[0].ID, incident.Receipt{}))
	must(t, h.told(again[0].ID, incident.Receipt{})) // the one whose lease ran out comes late
	second := h.claim(10)
	equal(t, "then the second", second[0].Effect.Seq, 2)
	equal(t, "untried", second[0].Tries, 0)
	must(t, h.Settle(ctx(t), incident.Settled{ID: second[0].ID, As: incident.GivenUp, Why: "gone"}))
	equal(t, "nothing waits", ok[time.Time](t)(h.NextClaim(ctx(t))), time.Time{})
}

func urgentFirst(t *testing.T, h *house) {
	slow := h.effects(post("console", 1))
	late := post("console", 2)
	late.Urgent = true
	urgent := h.effects(post("console", 1), late)
	got := h.claim(10)
	equal(t, "claimed", len(got), 2)
	equal(t, "first: the lane in which something urgent waits", got[0].Effect.Number, urgent)
	equal(t, "its head", got[0].Effect.Seq, 1)
	equal(t, "then", got[1].Effect.Number, slow)
}

func coalesces(t *testing.T, h *house) {
	for _, kind := range []incident.EffectKind{incident.OpenRoom, incident.ShowCard, incident.Announce, incident.Post, incident.Tell, incident.Brief, incident.Invite, incident.SetTopic} {
		e := incident.Effect{Kind: kind, Realm: "console", Person: "p1", Seq: 1}
		n := h.effects(e, e)
		e.Urgent, e.Number = true, n
		h.recorded(n, incident.Change{Effects: []incident.Effect{e}}, &incident.Titled{Title: "y"})
		want := 3
		if kind.Coalesces() {
			want = 1
		}
		var got []incident.Delivery
		for range 4 {
			got = append(got, h.claim(10)...)
			for _, d := range got {
				must(t, h.told(d.ID, incident.Receipt{}))
			}
		}
		equal(t, string(kind), len(got), want)
		if len(got) > 0 {
			equal(t, string(kind)+" urgent", got[0].Effect.Urgent, true)
		}
	}
}

func putOff(t *testing.T, h *house) {
	card := incident.Effect{Kind: incident.ShowCard, Realm: "console", Seq: 1}
	n := h.effects(card)
	first := h.claim(1)[0]
	card.Number, card.Seq = n, 2
	h.recorded(n, incident.Change{Effects: []incident.Effect{card}}, &incident.Titled{Title: "y"}) // while the first is on its way
	must(t, h.Settle(ctx(t), incident.Settled{ID: first.ID, As: incident.PutOff, At: h.now(), Doubtful: true, Why: "timeout"}))
	got := h.claim(10)
	equal(t, "claimed", len(got), 1)
	equal(t, "the first", got[0].ID, first.ID)
	equal(t, "doubtful", got[0].Doubtful, true)
	must(t, h.told(first.ID, incident.Receipt{}))
	equal(t, "left", len(h.claim(10)), 0)
}

// Of what keeps one message equal to the state one is taken at a time, and the oldest stays: its key is the one by which a
// message in doubt is found. Found, it comes again to show the newest state, and is in doubt no more.
func keptOnce(t *testing.T, h *house) {
	for _, kind := range []incident.EffectKind{incident.Announce, incident.ShowCard} {
		e := incident.Effect{Kind: kind, Realm: "console"}
		n := h.effects(e)
		e.Number = n
		take := func(runs ...string) []incident.Delivery {
			return ok[[]incident.Delivery](t)(h.Turn(ctx(t), nil, h.now(), lease, 10, runs...))
		}
		first := take("console")[0]
		h.recorded(n, incident.Change{Effects: []incident.Effect{e}}, &incident.Titled{Title: "y"})
		h.pass(lease) // whoever held it was killed
		again := take("console")
		equal(t, "heads", len(again), 1)
		equal(t, "the first", again[0].ID, first.ID)
		equal(t, "doubtful", again[0].Doubtful, true)
		equal(t, "behind it, to keep the same message", len(again[0].Behind), 0)
		equal(t, "beside it", len(take("console")), 0)
		r := incident.Receipt{Place: incident.Place{Realm: "console", Room: "r", Message: "m"}, Link: "https://example.org/m"}
		must(t, h.Settle(ctx(t), incident.Settled{ID: first.ID, As: incident.PutOff, At: h.now(), Untried: true, Receipt: r, Why: "found"}))
		equal(t, "receipt", ok[incident.Receipt](t)(h.Receipt(ctx(t), n, "console", kind, "")), r)
		found := take("console")
		equal(t, "left", len(found), 1)
		equal(t, "the first still", found[0].ID, first.ID)
		equal(t, "no more in doubt", found[0].Doubtful, false)
		equal(t, "tries", found[0].Tries, 1)
		must(t, h.told(first.ID, r))
		equal(t, "then", len(take("console")), 0)
	}
}

func receipts(t *testing.T, h *house) {
	n := h.effects(incident.Effect{Kind: incident.ShowCard, Realm: "console"})
	if _, err := h.Receipt(ctx(t), n, "console", incident.ShowCard, ""); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	want := incident.Receipt{Place: incident.Place{Realm: "console", Room: "r", Thread: "t", Message: "m"}, Link: "https://example.org/m"}
	must(t, h.told(h.claim(1)[0].ID, want))
	equal(t, "receipt", ok[incident.Receipt](t)(h.Receipt(ctx(t), n, "console", incident.ShowCard, "")), want)
	for k, r := range []incident.Receipt{{}, {Place: incident.Place{Realm: "console", Message: "m2"}}} {
		h.recorded(n, incident.Change{Effects: []incident.Effect{{Kind: incident.ShowCard, Realm: "console", Number: n}}}, &incident.Titled{Title: fmt.Sprint(k)})
		must(t, h.told(h.claim(1)[0].ID, r))
		if r != (incident.Receipt{}) {
			want = r
		}
		equal(t, "receipt", ok[incident.Receipt](t)(h.Receipt(ctx(t), n, "console", incident.ShowCard, "")), want)
	}
	if _, err := h.Receipt(ctx(t), n, "console", incident.Question, ""); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("nothing was asked: %v", err)
	}
	var both []incident.Settled
	for k, person := range []incident.PersonID{"", "p1"} {
		kind := incident.Post
		if person != "" {
			kind = incident.Tell
		}
		h.recorded(n, incident.Change{Effects: []incident.Effect{{Kind: kind, Realm: "console", Person: person, Number: n, Seq: int64(k + 4)}}}, &incident.Noted{Text: "x"})
	}
	for k, d := range h.claim(9) {
		both = append(both, incident.Settled{ID: d.ID, As: incident.Delivered, Asks: true, Receipt: incident.Receipt{Place: incident.Place{Realm: "console", Message: fmt.Sprint("q", k)}}})
	}
	must(t, h.Settle(ctx(t), both...))
	for k, person := range []incident.PersonID{"", "p1"} {
		equal(t, "what was asked", ok[incident.Receipt](t)(h.Receipt(ctx(t), n, "console", incident.Question, person)).Place.Message, fmt.Sprint("q", k))
	}
}

// What waits to show a state is needless once it was shown, and never before.
func shownOnce(t *testing.T, h *house) {
	card := incident.Effect{Kind: incident.ShowCard, Realm: "console"}
	n := h.effects(card)
	card.Number = n
	first := h.claim(1)[0]
	h.recorded(n, incident.Change{Effects: []incident.Effect{card}}, &incident.Titled{Title: "y"}) // entry 2, behind the first
	i := ok[*incident.Incident](t)(h.Load(ctx(t), n))
	must(t, h.Settle(ctx(t), incident.Settled{ID: first.ID, As: incident.Delivered, Version: i.Version - 1}))
	second := h.claim(10)
	equal(t, "it showed what was before", len(second), 1)
	h.recorded(n, incident.Change{Effects: []incident.Effect{card}}, &incident.Titled{Title: "z"})
	must(t, h.Settle(ctx(t), incident.Settled{ID: second[0].ID, As: incident.Delivered, Version: i.Version + 1}))
	equal(t, "it showed the newest", len(h.claim(10)), 0)
}

// Settling and claiming are one: what was settled frees its lane for the same turn.
func turns(t *testing.T, h *house) {
	n := h.effects(post("console", 1), post("console", 2), post("other", 3))
	first := h.claim(10)
	equal(t, "claimed", len(first), 2)
	var settled []incident.Settled
	for _, d := range first {
		settled = append(settled, incident.Settled{ID: d.ID, As: incident.Delivered, Receipt: incident.Receipt{Link: d.Effect.Realm}})
	}
	next := ok[[]incident.Delivery](t)(h.Turn(ctx(t), settled, h.now(), lease, 10))
	equal(t, "claimed in the same turn", len(next), 1)
	equal(t, "the next of its lane", next[0].Effect.Seq, 2)
	for _, realm := range []string{"console", "other"} {
		equal(t, "receipt", ok[incident.Receipt](t)(h.Receipt(ctx(t), n, realm, incident.Post, "")).Link, realm)
	}
	put := incident.Settled{ID: next[0].ID, As: incident.PutOff, At: h.now().Add(time.Minute), Untried: true, Why: "waits"}
	equal(t, "put off", len(ok[[]incident.Delivery](t)(h.Turn(ctx(t), []incident.Settled{put}, h.now(), lease, 10))), 0)
	must(t, h.Hurry(ctx(t), "console", h.now()))
	equal(t, "what did not fail is not hurried", len(h.claim(10)), 0)
	h.pass(time.Minute)
	again := h.claim(10)[0]
	equal(t, "untried", again.Tries, 0)
	equal(t, "not doubtful", again.Doubtful, false)
	must(t, h.Settle(ctx(t), incident.Settled{ID: again.ID, As: incident.PutOff, At: h.now().Add(time.Hour), Doubtful: true, Why: "down"}))
	oldest := ok[map[string]time.Time](t)(h.Oldest(ctx(t)))
	equal(t, "oldest", len(oldest), 1)
	late := ok[map[incident.Number]map[string]time.Time](t)(h.Late(ctx(t), h.now()))
	equal(t, "rooms that are behind", len(late), 1)
	equal(t, "since when", late[n]["console"], oldest["console"])
	equal(t, "behind for longer", len(ok[map[incident.Number]map[string]time.Time](t)(h.Late(ctx(t), oldest["console"].Add(-time.Microsecond)))), 0)
	must(t, h.Hurry(ctx(t), "other", h.now()))
	equal(t, "another chat works again", len(h.claim(10)), 0)
	must(t, h.Hurry(ctx(t), "console", h.now()))
	hurried := h.claim(10)
	equal(t, "its own chat works again", len(hurried), 1)
	equal(t, "tries", hurried[0].Tries, 1)
	equal(t, "doubtful", hurried[0].Doubtful, true)
}

// Where people were told in private is known by chat; what is told in a room is not of it, nor does it wait with a room's words.
func privately(t *testing.T, h *house) {
	to := func(kind incident.EffectKind, realm string, p incident.PersonID) incident.Effect {
		return incident.Effect{Kind: kind, Realm: realm, Person: p, Seq: 1}
	}
	n := h.effects(to(incident.Tell, "console", "p1"), to(incident.Brief, "console", "p1"), to(incident.Brief, "console", "p2"), to(incident.Tell, "other", "p1"), post("console", 1))
	for range 2 { // p1 has a lane of two
		for _, d := range h.claim(10) {
			at := incident.Place{Realm: d.Effect.Realm, Room: "@" + string(d.Effect.Person), Message: strconv.FormatInt(d.ID, 10)}
			if d.Effect.Kind == incident.Post {
				must(t, h.Settle(ctx(t), incident.Settled{ID: d.ID, As: incident.PutOff, At: h.now().Add(time.Hour), Why: "down"}))
				continue
			}
			must(t, h.told(d.ID, incident.Receipt{Place: at}))
		}
	}
	got := ok[[]incident.Place](t)(h.Told(ctx(t), n, "console"))
	slices.SortFunc(got, func(a, b incident.Place) int { return strings.Compare(a.Room, b.Room) })
	equal(t, "places", len(got), 2)
	equal(t, "the first", got[0], incident.Place{Realm: "console", Room: "@p1"})
	equal(t, "the second", got[1], incident.Place{Realm: "console", Room: "@p2"})
	h.effects(to(incident.Tell, "console", "p1"))
	h.pass(time.Minute)
	equal(t, "rooms that are behind", len(ok[map[incident.Number]map[string]time.Time](t)(h.Late(ctx(t), h.now()))), 1)
}

// What a person is to be told is found in all lanes of a chat, the oldest first, with what is in somebody's hand; and what waits to
// be told together is hurried with what failed.
func meant(t *testing.T, h *house) {
	to := func(kind incident.EffectKind, realm string, person incident.PersonID) incident.Effect {
		return incident.Effect{Kind: kind, Realm: realm, Person: person, Seq: 1}
	}
	n := h.effects(to(incident.Tell, "other", "p1"), to(incident.Brief, "other", "p1"), to(incident.Tell, "other", "p2"), to(incident.Tell, "console", "p1"), to(incident.Invite, "other", "p1"))
	second := h.effects(to(incident.Tell, "other", "p1"))
	look := func() []incident.Delivery {
		return ok[[]incident.Delivery](t)(h.Meant(ctx(t), "other", "p1", 10, incident.Tell, incident.Brief))
	}
	got := look()
	equal(t, "meant", len(got), 3)
	equal(t, "the first", got[0].Effect.Kind, incident.Tell)
	equal(t, "the second", got[1].Effect.Kind, incident.Brief)
	equal(t, "another incident", got[2].Effect.Number, second)
	equal(t, "no more than was asked for", len(ok[[]incident.Delivery](t)(h.Meant(ctx(t), "other", "p1", 1, incident.Tell, incident.Brief))), 1)
	for _, d := range ok[[]incident.Delivery](t)(h.Claim(ctx(t), h.now(), lease, 10)) {
		if d.Effect.Number == n {
			continue
		}
		must(t, h.Settle(ctx(t), incident.Settled{ID: d.ID, As: incident.PutOff, At: h.now().Add(time.Hour), Untried: true, Why: "waits"}))
	}
	got = look()
	equal(t, "in somebody's hand", got[0].Taken, true)
	equal(t, "behind it", got[1].Taken, false)
	equal(t, "put off", got[2].Taken, false)
	must(t, h.Hurry(ctx(t), "other", h.now()))
	equal(t, "hurried", len(ok[[]incident.Delivery](t)(h.Claim(ctx(t), h.now(), lease, 10))), 1)
}

// A realm of runs gets what is due behind a head with it, in order, and nobody gets it twice.
func runs(t *testing.T, h *house) {
	h.effects(post("console", 1), post("console", 2), post("console", 3), post("other", 4), post("other", 5))
	take := func() []incident.Delivery {
		return ok[[]incident.Delivery](t)(h.Turn(ctx(t), nil, h.now(), lease, 10, "console"))
	}
	first := take()
	equal(t, "heads", len(first), 2)
	equal(t, "behind the head of another realm", len(first[1].Behind), 0)
	equal(t, "behind", len(first[0].Behind), 2)
	second, third := first[0].Behind[0], first[0].Behind[1]
	equal(t, "second", second.Effect.Seq, 2)
	equal(t, "third", third.Effect.Seq, 3)
	following := ok[[]incident.Delivery](t)(h.Following(ctx(t), first[1], 10))
	equal(t, "only looked at", len(following), 1)
	equal(t, "what is behind it", following[0].Effect.Seq, 5)
	equal(t, "not doubtful for that", following[0].Doubtful, false)
	equal(t, "no more than was asked for", len(ok[[]incident.Delivery](t)(h.Following(ctx(t), first[0], 1))), 1)
	must(t, h.told(first[0].ID, incident.Receipt{}))
	equal(t, "what is on its way", len(take()), 0)
	later := h.now().Add(time.Second)
	must(t, h.Settle(ctx(t), incident.Settled{ID: second.ID, As: incident.PutOff, At: later, Why: "down"},
		incident.Settled{ID: third.ID, As: incident.PutOff, At: h.now(), Untried: true, Why: "waits"}))
	equal(t, "behind what waits", len(take()), 0)
	h.pass(time.Second)
	again := take()
	equal(t, "again", len(again), 1)
	equal(t, "the second first", again[0].ID, second.ID)
	equal(t, "the third behind it", again[0].Behind[0].ID, third.ID)
	h.pass(lease + time.Second)
	equal(t, "both leases ran out: the second alone, since what is behind it may have gone", len(take()[0].Behind), 0)
}

// A card that waits for the pace of its chat is passed by posts, those already there and later ones, and by nothing else. One
// that was tried is passed by nothing.
func paced(t *testing.T, h *house) {
	effect := func(kind incident.EffectKind, seq int64) incident.Effect {
		return incident.Effect{Kind: kind, Realm: "console", Seq: seq}
	}
	take := func(runs ...string) []incident.Delivery {
		return ok[[]incident.Delivery](t)(h.Turn(ctx(t), nil, h.now(), lease, 10, runs...))
	}
	off := func(id int64, untried bool) {
		must(t, h.Settle(ctx(t), incident.Settled{ID: id, As: incident.PutOff, At: h.now().Add(time.Second), Untried: untried, Why: "pace"}))
	}
	n := h.effects(effect(incident.ShowCard, 0))
	more := func(effects ...incident.Effect) {
		h.recorded(n, incident.Change{Effects: effects}, &incident.Noted{Text: "x"})
	}
	card := take()[0]
	more(post("console", 1))
	equal(t, "what is behind a card under way", len(take()), 0)
	off(card.ID, true)
	more(post("console", 2), effect(incident.OpenRoom, 3), post("console", 4))
	got := take("console")
	equal(t, "heads past the card", len(got), 1)
	equal(t, "the first", got[0].Effect.Seq, 1)
	equal(t, "behind it, up to what is no post", len(got[0].Behind), 1)
	equal(t, "the second", got[0].Behind[0].Effect.Seq, 2)
	must(t, h.told(got[0].ID, incident.Receipt{}))
	must(t, h.told(got[0].Behind[0].ID, incident.Receipt{}))
	equal(t, "a room does not pass a card, nor a post a room", len(take("console")), 0)
	h.pass(time.Second)
	got = take()
	equal(t, "the card in its time", len(got), 1)
	equal(t, "the card", got[0].ID, card.ID)
	must(t, h.told(card.ID, incident.Receipt{}))
	room := take()
	equal(t, "then the room", room[0].Effect.Kind, incident.OpenRoom)
	must(t, h.told(room[0].ID, incident.Receipt{}))
	last := take()
	equal(t, "then the post", last[0].Effect.Seq, 4)
	must(t, h.told(last[0].ID, incident.Receipt{}))

	more(effect(incident.ShowCard, 0))
	off(take()[0].ID, false)
	more(post("console", 5))
	equal(t, "behind a card that failed", len(take("console")), 0)
}
