package storage

import (
	"context"

	"matoi/incident"
)

// Preference reads what a person chose under a name, "" when they chose nothing.
func (s *Storage) Preference(ctx context.Context, person incident.PersonID, name string) (string, error) {
	found, err := all(ctx, s.reader, `SELECT value FROM preference WHERE person = $1 AND name = $2`, []any{string(person), name}, one[string])
	if err != nil || len(found) == 0 {
		return "", s.wrap(err, "preference %s", name)
	}
	return found[0], nil
}

// SetPreference keeps what a person chose under a name; an empty value forgets it.
func (s *Storage) SetPreference(ctx context.Context, person incident.PersonID, name, value string) error {
	err := s.write(ctx, false, func(t *tx) error {
		if value == "" {
			_, err := t.exec(`DELETE FROM preference WHERE person = $1 AND name = $2`, string(person), name)
			return err
		}
		_, err := t.exec(`INSERT INTO preference (person, name, value) VALUES ($1, $2, $3)
			ON CONFLICT (person, name) DO UPDATE SET value = excluded.value`, string(person), name, value)
		return err
	})
	return s.wrap(err, "set preference %s", name)
}
