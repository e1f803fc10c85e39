package storage

import (
	"context"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
)

const (
	askedWords = 32     // words that a search among messages looks for at most
	fewWords   = 1000   // rows of message_token that are read and sorted without a second thought
	newest     = 20_000 // messages among which a common beginning is looked for first
)

// Search lists the messages that q asks for and its viewer may see, the newest first. It follows the rarest of the words
// downwards and looks the others up, so that it reads little even where one of them stands in every message. A beginning
// that many words have is looked for among the newest messages first, where it mostly is.
func (s *Storage) Search(ctx context.Context, q console.Query) ([]console.Message, error) {
	terms := knowledge.Query(q.Text)
	if terms = terms[:min(len(terms), askedWords)]; len(terms) == 0 && q.Text != "" {
		return nil, nil
	}
	q.Limit = max(q.Limit, 1)
	found, err := s.search(ctx, q, terms)
	return found, s.wrap(err, "search messages")
}

func (s *Storage) search(ctx context.Context, q console.Query, terms []incident.Term) ([]console.Message, error) {
	lead, n, err := s.rarest(ctx, terms)
	if err != nil || lead >= 0 && n == 0 {
		return nil, err
	}
	switch {
	case lead < 0 || !terms[lead].Prefix || n < fewWords:
		return s.follow(ctx, q, terms, lead, 0)
	case q.Mentioned != "":
		return s.follow(ctx, q, terms, -1, 0)
	}
	top := q.Before
	if top <= 0 {
		if err := row(ctx, s.reader, `SELECT coalesce(max(id), 0) + 1 FROM message`, nil, &top); err != nil {
			return nil, err
		}
	}
	found, err := s.follow(ctx, q, terms, -1, top-newest)
	if err != nil || len(found) == q.Limit || top <= newest {
		return found, err
	}
	return s.follow(ctx, q, terms, lead, 0)
}

func (s *Storage) follow(ctx context.Context, q console.Query, terms []incident.Term, lead int, after int64) ([]console.Message, error) {
	query, a := following(q, terms, lead, after)
	return all(ctx, s.read, query, a, scanMessage)
}

// following is a search along one of its terms (-1: along the mentions, or the messages with an id above after).
func following(q console.Query, terms []incident.Term, lead int, after int64) (string, args) {
	var a args
	from, id, where := `message`, `message.id`, ``
	along := lead >= 0 && !terms[lead].Prefix
	switch {
	case along:
		from, id = `message_token CROSS JOIN message`, `message_token.message`
		where = matching(&a, `message_token.token`, terms[lead]) + ` AND message.id = message_token.message AND `
	case lead >= 0:
		where = `message.id IN (SELECT message_token.message FROM message_token WHERE ` + matching(&a, `message_token.token`, terms[lead]) + `) AND `
	case q.Mentioned != "":
		from, id = `mention CROSS JOIN message`, `mention.message`
		where = `mention.person = ` + a.add(string(q.Mentioned)) + ` AND message.id = mention.message AND `
	case after > 0:
		where = `message.id > ` + a.add(after) + ` AND `
	}
	for k, term := range terms {
		if k != lead {
			where += `EXISTS (SELECT 1 FROM message_token AS other WHERE other.message = ` + id + ` AND ` + matching(&a, `other.token`, term) + `) AND `
		}
	}
	if lead >= 0 && q.Mentioned != "" {
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
	return `SELECT ` + messageColumns + ` FROM message WHERE id IN (SELECT ` + id + ` FROM ` + from + `
		WHERE ` + where + `message.only_for = '' AND message.deleted = 0
			AND EXISTS (SELECT 1 FROM channel WHERE channel.id = message.channel AND ` + seen(&a, q.Viewer) + `)
		ORDER BY ` + id + ` DESC LIMIT ` + a.add(q.Limit) + `) ORDER BY id DESC`, a
}

// rarest is the term of which message_token has the fewest rows and their count, which goes no further than fewWords: where
// all reach that, a whole word is better followed than a beginning. -1 where there is no term.
func (s *Storage) rarest(ctx context.Context, terms []incident.Term) (best int, least int64, err error) {
	best, least = -1, fewWords+1
	whole := func(k int) bool { return k >= 0 && !terms[k].Prefix }
	for k, term := range terms {
		var a args
		var n int64
		query := `SELECT count(*) FROM (SELECT 1 FROM message_token WHERE ` + matching(&a, `token`, term) + ` LIMIT ` + a.add(int64(fewWords)) + `) AS few`
		if err := row(ctx, s.reader, query, a, &n); err != nil {
			return -1, 0, err
		}
		if n < least || n == least && whole(k) && !whole(best) {
			best, least = k, n
		}
		if n == 0 {
			break // nothing can be found
		}
	}
	return best, least, nil
}
