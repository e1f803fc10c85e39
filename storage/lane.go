package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"matoi/bot/alert"
)

// Lanes that are no source's: rows of their own, and packs of versions that put several sources into one.
const (
	laneSingle = " "
	laneMixed  = ""
)

// lanesThatWait names those in which anything waits. It goes from one source to the next along the index, past all that they hold.
const lanesThatWait = `WITH RECURSIVE lane (name) AS (SELECT min(source) FROM pack
	UNION ALL SELECT (SELECT min(pack.source) FROM pack WHERE pack.source > lane.name) FROM lane WHERE lane.name IS NOT NULL)
	SELECT name FROM lane WHERE name IS NOT NULL UNION ALL SELECT ' ' WHERE EXISTS (SELECT 1 FROM raw)`

// peekBytes is how much of bodies Peek hands out at most, but for the last pack.
const peekBytes = 8 << 20

// leastTurn is how many requests a lane gives at its turn, if it has them: where many wait not all have their turn in one look,
// for packs cut into small pieces would be read and written again and again.
const leastTurn = 32

// Peek reads waiting requests, the lanes in turns: each gives its oldest ones, as many as its share of most and of some
// megabytes, but one at least. It cuts no pack but one that is more than a share. What it gives is in the order of arrival.
func (s *Storage) Peek(ctx context.Context, round *alert.Round, most int) (found []alert.Raw, err error) {
	lanes, err := all(ctx, s.reader, lanesThatWait, nil, one[string])
	if err != nil {
		return nil, s.wrap(err, "read the inbox")
	}
	if round == nil {
		round = &alert.Round{}
	}
	round.Sort(lanes)
	room := int64(peekBytes)
	several := len(lanes) > 1
	for len(lanes) > 0 && len(found) < most && room > 0 {
		lane, left := lanes[0], len(lanes)
		share := min(max((most-len(found))/left, leastTurn), most-len(found))
		some, more, err := s.peekLane(ctx, lane, round.After(lane), share, room/int64(left))
		if err != nil {
			return nil, s.wrap(err, "read the inbox")
		}
		if lanes = lanes[1:]; more || len(some) > share { // what others leave of their shares is for whoever has more
			lanes = append(lanes, lane)
		}
		some = some[:min(len(some), share)]
		for n := range some {
			some[n].Lane = lane
			room -= rawSize(&some[n])
		}
		if len(some) > 0 {
			round.Give(lane, some[len(some)-1].ID)
			found = append(found, some...)
		}
	}
	if several {
		slices.SortFunc(found, func(a, b alert.Raw) int { return cmp.Compare(a.ID, b.ID) })
	}
	if s.writer != nil {
		oldest := int64(0)
		for _, r := range found {
			if at := micro(r.Received); oldest == 0 || at < oldest {
				oldest = at
			}
		}
		s.writer.oldest.Store(oldest)
	}
	return found, nil
}

// peekLane reads the requests of a lane after an id: about so many and about so many bytes, whole packs, one at least. There may
// be more.
func (s *Storage) peekLane(ctx context.Context, lane string, after int64, most int, room int64) (found []alert.Raw, more bool, err error) {
	if lane == laneSingle {
		return s.peekSingle(ctx, after, most, room)
	}
	size := int64(0)
	_, err = all(ctx, s.reader, peekPacks, []any{lane, after, most}, func(r *sql.Rows) (none struct{}, err error) {
		var body []byte
		p, err := scanPack(r, &body)
		if err != nil {
			return none, err
		}
		if len(found) > 0 && (len(found)+int(p.requests) > most || size+p.size > room) {
			return none, errEnough
		}
		p.body = body
		raws, err := p.unpack()
		size += p.size
		found = append(found, raws[countUpTo(raws, after):]...)
		return none, err
	})
	if errors.Is(err, errEnough) {
		return found, true, nil
	}
	return found, len(found) >= most, err
}

const peekPacks = `SELECT ` + packColumns + `, body FROM pack WHERE source = $1 AND id > $2 ORDER BY id LIMIT $3`

// countUpTo counts the requests up to an id.
func countUpTo(raws []alert.Raw, after int64) int {
	n, _ := slices.BinarySearchFunc(raws, after+1, func(r alert.Raw, id int64) int { return cmp.Compare(r.ID, id) })
	return n
}

// peekSingle reads the requests that wait as rows of their own. They were put back by WorkAgain, or taken in before there were
// packs.
func (s *Storage) peekSingle(ctx context.Context, after int64, most int, room int64) (found []alert.Raw, more bool, err error) {
	_, err = all(ctx, s.reader, `SELECT id, source, received, header, body FROM raw WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, most},
		func(r *sql.Rows) (none struct{}, err error) {
			if room < 0 {
				return none, errEnough
			}
			var raw alert.Raw
			var received int64
			err = r.Scan(&raw.ID, &raw.Source, &received, &raw.Header, &raw.Body)
			raw.Received = instant(received)
			room -= rawSize(&raw)
			found = append(found, raw)
			return none, err
		})
	if errors.Is(err, errEnough) {
		return found, true, nil
	}
	return found, len(found) >= most, err
}

var errEnough = errors.New("enough")
