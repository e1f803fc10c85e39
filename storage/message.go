package storage

import (
	"context"
	"regexp"
	"slices"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
)

// askedWords is how many words a search among messages looks for at most.
const askedWords = 32

// words are the tokens by which a message is found. What is for one person alone or was deleted has none.
func words(m console.Message) []string {
	if m.Only != "" || !m.Deleted.IsZero() {
		return nil
	}
	out := knowledge.Tokens(mentioned.ReplaceAllString(m.Text, " "))
	if m.Card != nil {
		out = append(out, knowledge.Tokens(m.Card.Title+"\n"+m.Card.Text)...)
	}
	for _, f := range m.Files {
		out = append(out, knowledge.Tokens(f.Name)...)
	}
	return distinct(out)
}

// putWords writes the tokens of a message where they differ from those it had.
func (t *tx) putWords(was, m console.Message) error {
	before, after := words(was), words(m)
	if slices.Equal(before, after) {
		return nil
	}
	if was.ID != 0 {
		if _, err := t.exec(`DELETE FROM message_token WHERE message = $1`, m.ID); err != nil {
			return err
		}
	}
	var a args
	for _, token := range after {
		a = append(a, token, m.ID)
	}
	return t.putRows(`INSERT INTO message_token (token, message) VALUES `, 2, a, ` ON CONFLICT (token, message) DO NOTHING`)
}

// mentioned finds people in a stored text.
var mentioned = regexp.MustCompile(`<@(p[0-9]+)>`)

// mentions lists whom a message mentions: its author never. Most mentions of Matoi's only name people; those it means are
// the pings.
func mentions(m console.Message, pings []incident.PersonID) []incident.PersonID {
	if m.Only != "" || !m.Deleted.IsZero() {
		return nil
	}
	out := slices.Clone(pings)
	if m.Author != "" {
		out = nil
		for _, found := range mentioned.FindAllStringSubmatch(m.Text, -1) {
			out = append(out, incident.PersonID(found[1]))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(p incident.PersonID) bool { return p == m.Author })
}

func (t *tx) putMentions(m console.Message, pings []incident.PersonID) error {
	var a args
	for _, p := range mentions(m, pings) {
		a = append(a, string(p), m.Channel, m.ID)
	}
	return t.putRows(`INSERT INTO mention (person, channel, message) VALUES `, 3, a, ` ON CONFLICT (person, channel, message) DO NOTHING`)
}

// mentionAnew follows an edit. A message of Matoi's keeps whom it was meant for.
func (t *tx) mentionAnew(was, m console.Message) error {
	if m.Author == "" && m.Deleted.IsZero() || slices.Equal(mentions(was, nil), mentions(m, nil)) && was.Deleted.Equal(m.Deleted) {
		return nil
	}
	if _, err := t.exec(`DELETE FROM mention WHERE message = $1`, m.ID); err != nil {
		return err
	}
	return t.putMentions(m, nil)
}

// Search lists the messages that q asks for and its viewer may see, the newest first. It follows the rarest of the words
// downwards and looks the others up, so that it reads little even where one of them stands in every message.
func (s *Storage) Search(ctx context.Context, q console.Query) ([]console.Message, error) {
	tokens := knowledge.Tokens(q.Text)
	if tokens = tokens[:min(len(tokens), askedWords)]; len(tokens) == 0 && q.Text != "" {
		return nil, nil
	}
	rarest, err := s.rarest(ctx, tokens)
	if err != nil {
		return nil, s.wrap(err, "search messages")
	}
	var a args
	from, id, where := `message`, `message.id`, ``
	switch {
	case rarest != "":
		from, id = `message_token CROSS JOIN message`, `message_token.message`
		where = `message_token.token = ` + a.add(rarest) + ` AND message.id = message_token.message AND `
	case q.Mentioned != "":
		from, id = `mention CROSS JOIN message`, `mention.message`
		where = `mention.person = ` + a.add(string(q.Mentioned)) + ` AND message.id = mention.message AND `
	}
	for _, token := range tokens {
		if token != rarest {
			where += `EXISTS (SELECT 1 FROM message_token AS other WHERE other.token = ` + a.add(token) + ` AND other.message = ` + id + `) AND `
		}
	}
	if rarest != "" && q.Mentioned != "" {
		where += `EXISTS (SELECT 1 FROM mention WHERE mention.person = ` + a.add(string(q.Mentioned)) + ` AND mention.message = ` + id + `) AND `
	}
	if q.Before > 0 {
		where += id + ` < ` + a.add(q.Before) + ` AND `
	}
	if q.Channel != "" {
		where += `message.channel = ` + a.add(q.Channel) + ` AND `
	}
	if q.Author != "" {
		where += `message.author = ` + a.add(string(q.Author)) + ` AND `
	}
	query := `SELECT ` + messageColumns + ` FROM message WHERE id IN (SELECT ` + id + ` FROM ` + from + `
		WHERE ` + where + `message.only_for = '' AND message.deleted = 0
			AND EXISTS (SELECT 1 FROM channel WHERE channel.id = message.channel AND ` + seen(&a, q.Viewer) + `)
		ORDER BY ` + id + ` DESC LIMIT ` + a.add(max(q.Limit, 1)) + `) ORDER BY id DESC`
	found, err := all(ctx, s.read, query, a, scanMessage)
	return found, s.wrap(err, "search messages")
}

// rarest is the token that stands in the fewest messages, counted no further than it matters.
func (s *Storage) rarest(ctx context.Context, tokens []string) (string, error) {
	if len(tokens) < 2 {
		return first(tokens), nil
	}
	best, least := "", int64(1<<62)
	for _, token := range tokens {
		var n int64
		err := row(ctx, s.reader, `SELECT count(*) FROM (SELECT 1 FROM message_token WHERE token = $1 LIMIT 1000) AS few`, []any{token}, &n)
		if err != nil {
			return "", err
		}
		if n < least {
			best, least = token, n
		}
		if n == 0 {
			break // nothing can be found
		}
	}
	return best, nil
}

func first(tokens []string) string {
	if len(tokens) == 0 {
		return ""
	}
	return tokens[0]
}
