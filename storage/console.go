package storage

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"matoi/bot/console"
	"matoi/incident"
)

const channelColumns = `channel.id, topic, channel.private, direct, channel.number, created`

func scanChannel(r *sql.Rows) (c console.Channel, err error) {
	var created int64
	err = r.Scan(&c.ID, &c.Topic, &c.Private, &c.Direct, (*int64)(&c.Number), &created)
	c.Created = instant(created)
	return c, err
}

// Channels lists the channels that the viewer may see, by name.
func (s *Storage) Channels(ctx context.Context, v incident.Viewer) ([]console.Channel, error) {
	var a args
	where := seen(&a, v)
	found, err := all(ctx, s.reader, `SELECT `+channelColumns+` FROM channel WHERE `+where+` ORDER BY channel.id`, a, scanChannel)
	return found, s.wrap(err, "list channels")
}

// Common lists the channels that the viewer may see and in which no incident is worked, by name. Those of incidents are never
// listed: there are as many as there ever were incidents.
func (s *Storage) Common(ctx context.Context, v incident.Viewer) ([]console.Channel, error) {
	var a args
	query := commonOf(&a, v)
	found, err := all(ctx, s.reader, query, a, scanChannel)
	return found, s.wrap(err, "list channels of people")
}

func commonOf(a *args, v incident.Viewer) string {
	return `SELECT ` + channelColumns + ` FROM channel WHERE channel.number = 0 AND ` + seen(a, v) + ` ORDER BY channel.id`
}

// Rooms gives the channels in which the incidents are worked, of those that the viewer may see.
func (s *Storage) Rooms(ctx context.Context, v incident.Viewer, numbers []incident.Number) (map[incident.Number]string, error) {
	rooms := make(map[incident.Number]string, len(numbers))
	for chunk := range slices.Chunk(numbers, mostKeys) {
		var a args
		query := roomsOf(&a, v, chunk)
		found, err := all(ctx, s.reader, query, a, scanChannel)
		if err != nil {
			return nil, s.wrap(err, "rooms of incidents")
		}
		for _, c := range found {
			rooms[c.Number] = c.ID
		}
	}
	return rooms, nil
}

func roomsOf(a *args, v incident.Viewer, numbers []incident.Number) string {
	packed := make([]int64, len(numbers))
	for k, n := range numbers {
		packed[k] = int64(n)
	}
	return `SELECT ` + channelColumns + ` FROM channel WHERE channel.number IN (` + list(a, padded(packed)) + `) AND channel.number > 0 AND ` + seen(a, v) +
		` ORDER BY channel.id`
}

// MayEnter reports whether the viewer may see the channel; an unknown one may not be seen.
func (s *Storage) MayEnter(ctx context.Context, channel string, v incident.Viewer) (bool, error) {
	var a args
	where := seen(&a, v)
	found, err := all(ctx, s.reader, `SELECT 1 FROM channel WHERE `+where+` AND channel.id = `+a.add(channel), a, one[int])
	return len(found) > 0, s.wrap(err, "ask for a channel")
}

// Channel reads a channel; incident.ErrNotFound for an unknown one.
func (s *Storage) Channel(ctx context.Context, id string) (console.Channel, error) {
	found, err := all(ctx, s.reader, `SELECT `+channelColumns+` FROM channel WHERE id = $1`, []any{id}, scanChannel)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return console.Channel{}, s.wrap(err, "channel")
	}
	return found[0], nil
}

// SaveChannel makes a channel or changes the one of this name; made tells which. Created stays as it was.
func (s *Storage) SaveChannel(ctx context.Context, c console.Channel) (made bool, err error) {
	err = s.write(ctx, false, func(t *tx) error {
		t.touched |= topicConsole
		n, err := t.exec(`INSERT INTO channel (id, topic, private, direct, number, created) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
			c.ID, c.Topic, c.Private, c.Direct, int64(c.Number), micro(c.Created))
		if made = n == 1; made || err != nil {
			return err
		}
		_, err = t.exec(`UPDATE channel SET topic = $2, private = $3, direct = $4, number = $5 WHERE id = $1`,
			c.ID, c.Topic, c.Private, c.Direct, int64(c.Number))
		return err
	})
	return made, s.wrap(err, "save channel")
}

// Members lists who is in a channel, in the order of their ids.
func (s *Storage) Members(ctx context.Context, channel string) ([]incident.PersonID, error) {
	found, err := all(ctx, s.reader, `SELECT person FROM member WHERE channel = $1 ORDER BY person`, []any{channel}, one[incident.PersonID])
	return found, s.wrap(err, "members of a channel")
}

// AddMember brings a person into a channel; added is false for who was in it. incident.ErrNotFound for an unknown channel.
func (s *Storage) AddMember(ctx context.Context, channel string, person incident.PersonID) (added bool, err error) {
	err = s.write(ctx, false, func(t *tx) error {
		if err := t.haveChannel(channel); err != nil {
			return err
		}
		t.touched |= topicConsole
		n, err := t.exec(`INSERT INTO member (channel, person) VALUES ($1, $2) ON CONFLICT (channel, person) DO NOTHING`, channel, string(person))
		if added = n == 1; !added || err != nil {
			return err
		}
		return t.startMarks(person, channel) // what was said before they came is not new to them
	})
	return added, s.wrap(err, "add a member")
}

// RemoveMember takes a person out of a channel; removed is false for who was not in it.
func (s *Storage) RemoveMember(ctx context.Context, channel string, person incident.PersonID) (removed bool, err error) {
	err = s.write(ctx, false, func(t *tx) error {
		t.touched |= topicConsole
		n, err := t.exec(`DELETE FROM member WHERE channel = $1 AND person = $2`, channel, string(person))
		removed = n == 1
		return err
	})
	return removed, s.wrap(err, "remove a member")
}

func (t *tx) haveChannel(id string) error {
	return t.get(`SELECT id FROM channel WHERE id = $1`, []any{id}, new(string))
}

const messageColumns = `id, rev, channel, thread, author, only_for, text, card, key, at, edited, deleted, reactions, files, replies`

func scanMessage(r *sql.Rows) (m console.Message, err error) {
	var card, reactions, files string
	var at, edited, deleted int64
	err = r.Scan(&m.ID, &m.Rev, &m.Channel, &m.Thread, &m.Author, &m.Only, &m.Text, &card, &m.Key, &at, &edited, &deleted, &reactions, &files, &m.Replies)
	if err != nil {
		return m, err
	}
	m.At, m.Edited, m.Deleted = instant(at), instant(edited), instant(deleted)
	return m, errors.Join(readJSON(card, &m.Card), readJSON(reactions, &m.Reactions), readJSON(files, &m.Files))
}

func messages(ctx context.Context, q querier, rest string, a ...any) ([]console.Message, error) {
	return all(ctx, q, `SELECT `+messageColumns+` FROM message `+rest, a, scanMessage)
}

func message(ctx context.Context, q querier, where string, a ...any) (console.Message, error) {
	found, err := messages(ctx, q, where, a...)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return console.Message{}, err
	}
	return found[0], nil
}

// AddMessage adds a message, giving it its ID and Rev. A message whose Key is there already is not added again: the
// present one is returned. A reply counts on the message that starts its thread, which gets a new Rev too.
// incident.ErrNotFound for an unknown channel or thread.
func (s *Storage) AddMessage(ctx context.Context, m console.Message) (console.Message, error) {
	var added console.Message
	err := s.write(ctx, false, func(t *tx) (err error) {
		added, err = t.addMessage(m)
		return err
	})
	return added, s.wrap(err, "add a message")
}

// byKey says that the key is not empty, or the index would not be used: it leaves out the messages without one.
const byKey = `WHERE key = $1 AND key <> ''`

func (t *tx) addMessage(m console.Message) (console.Message, error) {
	if m.Key != "" {
		present, err := message(context.Background(), t.run, byKey, m.Key)
		if err == nil || !errors.Is(err, incident.ErrNotFound) {
			return present, err
		}
	}
	if err := t.haveChannel(m.Channel); err != nil {
		return m, err
	}
	if err := t.mayAttach(m); err != nil {
		return m, err
	}
	if m.Thread != 0 {
		if err := t.get(`SELECT id FROM message WHERE id = $1 AND channel = $2`, []any{m.Thread, m.Channel}, new(int64)); err != nil {
			return m, err
		}
		if err := t.countReply(m, 1); err != nil {
			return m, err
		}
	}
	rev, err := t.next(counterRev, 1)
	if err != nil {
		return m, err
	}
	m.ID, m.Rev = rev, rev
	if err := t.putMessage(m, `INSERT INTO message (`+messageColumns+`) VALUES `+values(1, 15)); err != nil {
		return m, err
	}
	pings := m.Pings
	m.Pings = nil
	return m, errors.Join(t.putWords(console.Message{}, m), t.putMentions(m, pings), t.attach(console.Message{}, m))
}

// countReply keeps the number of replies that everybody sees.
func (t *tx) countReply(m console.Message, by int64) error {
	if m.Thread == 0 || m.Only != "" {
		return nil
	}
	rev, err := t.next(counterRev, 1)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE message SET replies = replies + $2, rev = $3 WHERE id = $1`, m.Thread, by, rev)
	return err
}

func (t *tx) putMessage(m console.Message, query string) error {
	a, err := messageArgs(m)
	if err != nil {
		return t.spoil(err)
	}
	t.touched |= topicConsole
	_, err = t.exec(query, a...)
	return err
}

// messageArgs are the values of messageColumns.
func messageArgs(m console.Message) (args, error) {
	cards := 0
	if m.Card != nil {
		cards = 1
	}
	card, err := jsonText(m.Card, cards)
	if err != nil {
		return nil, err
	}
	reactions, err := jsonText(m.Reactions, len(m.Reactions))
	if err != nil {
		return nil, err
	}
	files, err := jsonText(m.Files, len(m.Files))
	if err != nil {
		return nil, err
	}
	return args{
		m.ID, m.Rev, m.Channel, m.Thread, string(m.Author), string(m.Only), m.Text, card, m.Key,
		micro(m.At), micro(m.Edited), micro(m.Deleted), reactions, files, int64(m.Replies),
	}, nil
}

// EditMessage changes a message by a function and gives it a new Rev. Its place, author, key and replies stay. An error
// of change is returned as it is and nothing is written; change may run more than once.
func (s *Storage) EditMessage(ctx context.Context, id int64, change func(m *console.Message) error) (console.Message, error) {
	var edited console.Message
	err := s.write(ctx, false, func(t *tx) (err error) {
		edited, err = t.editMessage(id, change)
		return err
	})
	if err != nil {
		return console.Message{}, s.d.mapped(err)
	}
	return edited, nil
}

func (t *tx) editMessage(id int64, change func(m *console.Message) error) (console.Message, error) {
	was, err := message(context.Background(), t.run, `WHERE id = $1`+t.s.d.forUpdate, id)
	if err != nil {
		if !errors.Is(err, incident.ErrNotFound) {
			err = t.spoil(err)
		}
		return was, err
	}
	m := was
	m.Reactions, m.Files = slices.Clone(was.Reactions), slices.Clone(was.Files)
	if err := change(&m); err != nil {
		return was, err
	}
	m.ID, m.Channel, m.Thread, m.Author, m.Only, m.Key, m.At, m.Replies = was.ID, was.Channel, was.Thread, was.Author, was.Only, was.Key, was.At, was.Replies
	if was.Deleted.IsZero() && !m.Deleted.IsZero() {
		if err := t.countReply(m, -1); err != nil {
			return was, err
		}
	}
	if m.Rev, err = t.next(counterRev, 1); err != nil {
		return was, err
	}
	return m, errors.Join(t.putMessage(m, updateMessage), t.putWords(was, m), t.mentionAnew(was, m), t.attach(was, m))
}

// updateMessage takes the arguments of putMessage; those that never change only say which row it is.
const updateMessage = `UPDATE message SET rev = $2, text = $7, card = $8, edited = $11, deleted = $12, reactions = $13, files = $14
	WHERE id = $1 AND channel = $3 AND thread = $4 AND author = $5 AND only_for = $6 AND key = $9 AND at = $10 AND replies = $15`

// Message reads a message; incident.ErrNotFound for an unknown one.
func (s *Storage) Message(ctx context.Context, id int64) (console.Message, error) {
	m, err := message(ctx, s.reader, `WHERE id = $1`, id)
	if err != nil {
		return m, s.wrap(err, "message %d", id)
	}
	list := []console.Message{m}
	err = s.findRepliers(ctx, list)
	return list[0], err
}

// Messages reads the last limit messages of a channel (thread 0), or the last replies of a thread, that are older than
// the message before (0: the newest); the newest comes last.
func (s *Storage) Messages(ctx context.Context, channel string, thread, before int64, limit int) ([]console.Message, error) {
	if before <= 0 {
		before = 1 << 62
	}
	found, err := messages(ctx, s.reader, `WHERE channel = $1 AND thread = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, channel, thread, before, limit)
	slices.Reverse(found)
	if err != nil {
		return nil, s.wrap(err, "messages of a channel")
	}
	return found, s.findRepliers(ctx, found)
}

// After reads the first limit messages of a channel (thread 0), or replies of a thread, behind the message after.
func (s *Storage) After(ctx context.Context, channel string, thread, after int64, limit int) ([]console.Message, error) {
	found, err := messages(ctx, s.reader, `WHERE channel = $1 AND thread = $2 AND id > $3 ORDER BY id LIMIT $4`, channel, thread, after, limit)
	if err != nil {
		return nil, s.wrap(err, "messages of a channel")
	}
	return found, s.findRepliers(ctx, found)
}

// Since reads what changed above rev, at most limit, in the order of revs: who goes on from the last one's Rev
// misses nothing, since revs become visible in their order.
func (s *Storage) Since(ctx context.Context, rev int64, limit int) ([]console.Message, error) {
	found, err := messages(ctx, s.reader, `WHERE rev > $1 ORDER BY rev LIMIT $2`, rev, limit)
	if err != nil {
		return nil, s.wrap(err, "messages since %d", rev)
	}
	return found, s.findRepliers(ctx, found)
}

// Rev is the highest rev given so far.
func (s *Storage) Rev(ctx context.Context) (int64, error) {
	var rev int64
	err := row(ctx, s.reader, `SELECT coalesce(max(rev), 0) FROM message`, nil, &rev)
	return rev, s.wrap(err, "read the rev")
}
