package storage

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// The bounds of one transaction, for whose end those who type wait: so many messages, some at a time, and no more begun after
// half of this time.
const (
	mostPosts = 16
	somePosts = 8
	postTime  = 3 * time.Millisecond
)

// PutMessages adds and changes messages of Matoi's own, in this order and with few statements for all of them. What can't be
// done to one (incident.ErrNotFound for an unknown channel, thread or message, whatever its change says) stands with it and
// keeps nobody else back. After an error of the whole call some may be there and others not: a Key is added only once.
func (s *Storage) PutMessages(ctx context.Context, list []console.Put) ([]console.Done, error) {
	out := make([]console.Done, 0, len(list))
	ready, err := readied(list)
	if err != nil {
		return nil, s.wrap(err, "put messages")
	}
	for len(out) < len(list) {
		left := ready[len(out):]
		left = left[:min(len(left), mostPosts)]
		var done []console.Done
		err := s.write(ctx, true, func(t *tx) error {
			done = nil
			began := time.Now()
			for part := range slices.Chunk(left, somePosts) {
				some, err := t.putMessages(part)
				if err != nil {
					return err
				}
				if done = append(done, some...); time.Since(began) > postTime/2 {
					break
				}
			}
			return nil
		})
		if err != nil {
			return out, s.wrap(err, "put messages")
		}
		out = append(out, done...)
	}
	return out, nil
}

// readyPut is a message with what can be made of it before its turn on the writer.
type readyPut struct {
	console.Put
	row       args // without ID and Rev, which it has first
	words     []string
	mentioned []incident.PersonID
}

func readied(list []console.Put) ([]readyPut, error) {
	ready := make([]readyPut, len(list))
	for k, put := range list {
		ready[k] = readyPut{Put: put}
		if put.Change != nil {
			continue
		}
		row, err := messageArgs(put.Message)
		if err != nil {
			return nil, err
		}
		ready[k].row, ready[k].words, ready[k].mentioned = row, words(put.Message), mentions(put.Message, put.Message.Pings)
	}
	return ready, nil
}

// putting is a list of messages on its way.
type putting struct {
	list    []readyPut
	done    []console.Done
	fresh   []int            // those to be added
	same    map[int]int      // those whose Key an earlier one of the list has
	replies map[int64]int64  // per thread
	where   map[int64]string // threads and messages to be changed: the channel in which they stand
}

func (t *tx) putMessages(list []readyPut) ([]console.Done, error) {
	p := putting{list: list, done: make([]console.Done, len(list)), same: map[int]int{}, replies: map[int64]int64{}}
	for _, step := range []func(*putting) error{t.lookUp, t.addFresh, t.changeOld} {
		if err := step(&p); err != nil {
			return nil, err
		}
	}
	for k, of := range p.same {
		p.done[k] = p.done[of]
	}
	return p.done, nil
}

// lookUp finds out what of the list is there already, and what can't be added. The messages that will change are locked in
// the order of their ids, before the counter is.
func (t *tx) lookUp(p *putting) error {
	var keys, channels []string
	var ids []int64
	first := map[string]int{}
	for k, put := range p.list {
		m := put.Message
		switch at, twice := first[m.Key]; {
		case put.Change != nil:
			ids = append(ids, m.ID)
		case twice && m.Key != "":
			p.same[k] = at
		default:
			first[m.Key] = k
			p.fresh, keys, channels = append(p.fresh, k), append(keys, m.Key), append(channels, m.Channel)
			if m.Thread != 0 {
				ids = append(ids, m.Thread)
			}
		}
	}
	present, err := t.withKeys(keys)
	if err != nil {
		return err
	}
	known, err := t.known(channels)
	if err != nil {
		return err
	}
	if p.where, err = t.standing(ids); err != nil {
		return err
	}
	p.fresh = slices.DeleteFunc(p.fresh, func(k int) bool {
		m := p.list[k].Message
		if there, ok := present[m.Key]; ok {
			p.done[k].Message = there
			return true
		}
		if !known[m.Channel] || m.Thread != 0 && p.where[m.Thread] != m.Channel {
			p.done[k].Err = incident.ErrNotFound
			return true
		}
		return false
	})
	return nil
}

// withKeys finds the messages that carry one of the keys.
func (t *tx) withKeys(keys []string) (map[string]console.Message, error) {
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "" })
	if len(keys) == 0 {
		return nil, nil
	}
	var a args
	found, err := messages(context.Background(), t.run, `WHERE key IN (`+list(&a, padded(keys))+`) AND key <> ''`, a...)
	if err != nil {
		return nil, t.spoil(err)
	}
	present := make(map[string]console.Message, len(found))
	for _, m := range found {
		present[m.Key] = m
	}
	return present, nil
}

// known tells which of the channels there are.
func (t *tx) known(channels []string) (map[string]bool, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	var a args
	found, err := all(context.Background(), t.run, `SELECT id FROM channel WHERE id IN (`+list(&a, padded(distinct(channels)))+`)`, a, one[string])
	if err != nil {
		return nil, t.spoil(err)
	}
	known := make(map[string]bool, len(found))
	for _, id := range found {
		known[id] = true
	}
	return known, nil
}

// standing locks messages and tells in which channel each stands.
func (t *tx) standing(ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	var a args
	type spot struct {
		id      int64
		channel string
	}
	found, err := all(context.Background(), t.run, `SELECT id, channel FROM message WHERE id IN (`+list(&a, padded(slices.Compact(ids)))+`) ORDER BY id`+t.s.d.forUpdate, a,
		func(r *sql.Rows) (s spot, err error) { return s, r.Scan(&s.id, &s.channel) })
	if err != nil {
		return nil, t.spoil(err)
	}
	where := make(map[int64]string, len(found))
	for _, s := range found {
		where[s.id] = s.channel
	}
	return where, nil
}

// addFresh adds what is not there yet, and counts the replies of each thread once.
func (t *tx) addFresh(p *putting) error {
	if len(p.fresh) == 0 {
		return nil
	}
	for _, k := range p.fresh {
		if m := p.list[k].Message; m.Thread != 0 && m.Only == "" {
			p.replies[m.Thread]++
		}
	}
	last, err := t.next(counterRev, int64(len(p.fresh)+len(p.replies)))
	if err != nil {
		return err
	}
	rev := last - int64(len(p.fresh)+len(p.replies))
	for _, thread := range slices.Sorted(maps.Keys(p.replies)) {
		rev++
		if _, err := t.exec(`UPDATE message SET replies = replies + $2, rev = $3 WHERE id = $1`, thread, p.replies[thread], rev); err != nil {
			return err
		}
	}
	var rows, tokens, mentioned args
	for _, k := range p.fresh {
		rev++
		put := p.list[k]
		m := put.Message
		m.ID, m.Rev = rev, rev
		rows = append(append(rows, m.ID, m.Rev), put.row[2:]...)
		for _, token := range put.words {
			tokens = append(tokens, token, m.ID)
		}
		for _, person := range put.mentioned {
			mentioned = append(mentioned, string(person), m.Channel, m.ID)
		}
		m.Pings = nil
		p.done[k].Message = m
	}
	t.touched |= topicConsole
	return errors.Join(
		t.putRows(`INSERT INTO message (`+messageColumns+`) VALUES `, 15, rows, ""),
		t.putRows(`INSERT INTO message_token (token, message) VALUES `, 2, tokens, ` ON CONFLICT (token, message) DO NOTHING`),
		t.putRows(`INSERT INTO mention (person, channel, message) VALUES `, 3, mentioned, ` ON CONFLICT (person, channel, message) DO NOTHING`))
}

// changeOld changes what is to be changed.
func (t *tx) changeOld(p *putting) error {
	for k, put := range p.list {
		if put.Change == nil {
			continue
		}
		m, err := t.editMessage(put.Message.ID, put.Change)
		if t.spoilt != nil {
			return err
		}
		p.done[k] = console.Done{Message: m, Err: err}
	}
	return nil
}
