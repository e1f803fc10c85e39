package storage

import (
	"context"
	"database/sql"
	"slices"

	"matoi/incident"
	"matoi/incident/calendar"
)

// DigestPreference is the name of the preference in which people choose their digest: off, or the time of day at which it comes.
const DigestPreference = "digest"

// DigestTime is when digests come: a zone that people live in, "" for the organisation's, and what they chose, "" for nothing.
type DigestTime struct{ Zone, Choice string }

// DigestTimes lists the times that there are, each once.
func (s *Storage) DigestTimes(ctx context.Context) ([]DigestTime, error) {
	found, err := all(ctx, s.reader, `SELECT DISTINCT person.zone, coalesce(preference.value, '') FROM person
		LEFT JOIN preference ON preference.person = person.id AND preference.name = $1 WHERE NOT person.erased`, []any{DigestPreference},
		func(r *sql.Rows) (d DigestTime, err error) { return d, r.Scan(&d.Zone, &d.Choice) })
	return found, s.wrap(err, "find when digests come")
}

// DigestReaders lists for whom something may wait who get their digest at a time: they have part in an incident that is not over, or
// own a measure that waits, or see to a legal duty.
func (s *Storage) DigestReaders(ctx context.Context, at DigestTime) ([]incident.PersonID, error) {
	const part = `SELECT person FROM part WHERE number IN (SELECT number FROM incident WHERE status NOT IN ('closed', 'cancelled', 'merged'))
		UNION SELECT person FROM part WHERE role IN ('` + string(incident.AsMeasure) + `', '` + string(incident.AsLegal) + `')`
	found, err := all(ctx, s.reader, `SELECT person.id FROM person LEFT JOIN preference ON preference.person = person.id AND preference.name = $1
		WHERE NOT person.erased AND person.zone = $2 AND coalesce(preference.value, '') = $3 AND person.id IN (`+part+`) ORDER BY person.id`,
		[]any{DigestPreference, at.Zone, at.Choice}, one[string])
	out := make([]incident.PersonID, len(found))
	for k, id := range found {
		out[k] = incident.PersonID(id)
	}
	return out, s.wrap(err, "find for whom something waits")
}

// digestsKept is how many days it is remembered who got a digest: clocks are not set back further.
const digestsKept = 40

// digestBatch is how many are made in one transaction: few enough that a command does not wait for long.
const digestBatch = 100

// MakeDigests puts the digest of a day into the outbox for each of the people who has none of that day, through the realm in which
// people are told first, and tells how many that were.
func (s *Storage) MakeDigests(ctx context.Context, day calendar.Date, realm string, people []incident.PersonID) (made int, err error) {
	for chunk := range slices.Chunk(people, digestBatch) {
		n := 0
		err := s.write(ctx, true, func(t *tx) error {
			n = 0
			var effects []incident.Effect
			for _, p := range chunk {
				added, err := t.exec(`INSERT INTO digest (person, day, made) VALUES ($1, $2, $3) ON CONFLICT (person, day) DO NOTHING`, string(p), int64(day), micro(t.s.now()))
				if err != nil {
					return err
				}
				if added == 0 {
					continue
				}
				n++
				effects = append(effects, incident.Effect{Kind: incident.Brief, Realm: realm, Person: p, Seq: int64(day)})
			}
			if _, err := t.exec(`DELETE FROM digest WHERE day < $1`, int64(day)-digestsKept); err != nil {
				return err
			}
			return t.putEffects(effects)
		})
		if err != nil {
			return made, s.wrap(err, "make %d digests", len(chunk))
		}
		made += n
	}
	return made, nil
}
