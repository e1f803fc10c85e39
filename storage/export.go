package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"matoi/incident"
)

// exported is one line of an export: exactly one of Person, Incident and Private is set.
type exported struct {
	Person   *incident.Person   `json:"person,omitempty"`
	Incident *incident.Incident `json:"incident,omitempty"`
	Private  *hidden            `json:"private,omitempty"`
	Entries  []exportedEntry    `json:"entries,omitempty"`
}

// hidden is an incident that the viewer may not see.
type hidden struct {
	Number incident.Number `json:"number"`
}

// exportedEntry holds what the chain needs, so that a reader can check it. Body is the stored text byte for byte.
type exportedEntry struct {
	Seq    int64     `json:"seq"`
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"`
	Body   string    `json:"body"`
	Salt   []byte    `json:"salt"`
	Digest []byte    `json:"digest"`
	Hash   []byte    `json:"hash"`
}

// Export writes everybody and every incident with its entries as lines of JSON.
func (s *Storage) Export(ctx context.Context, w io.Writer) error {
	return s.ExportFor(ctx, incident.Viewer{All: true}, w)
}

// ExportFor is Export of what the viewer may see. Of other incidents it says that there is the number, no more.
func (s *Storage) ExportFor(ctx context.Context, v incident.Viewer, w io.Writer) error {
	line := json.NewEncoder(w)
	everybody, err := people(ctx, s.reader, `ORDER BY id`)
	if err != nil {
		return s.wrap(err, "export people")
	}
	for _, p := range everybody {
		if err := line.Encode(exported{Person: &p}); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	numbers, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident ORDER BY number`, nil, one[int64]))
	if err != nil {
		return s.wrap(err, "export incidents")
	}
	var a args
	seen, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident WHERE `+visible(&a, v)+` ORDER BY number`, a, one[int64]))
	if err != nil {
		return s.wrap(err, "export incidents")
	}
	for _, n := range numbers {
		e := exported{Private: &hidden{Number: n}}
		if _, ok := slices.BinarySearch(seen, n); ok {
			e, err = s.exportOne(ctx, n)
		}
		if err != nil {
			return s.wrap(err, "export %s", n)
		}
		if err := line.Encode(e); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}

// exportOne folds the entries it writes, so that a line agrees with itself while the server goes on.
func (s *Storage) exportOne(ctx context.Context, n incident.Number) (exported, error) {
	events, err := entries(ctx, s.reader, n, 0, 0, 0)
	if err != nil {
		return exported{}, err
	}
	e := exported{Incident: incident.Fold(n, events)}
	for _, v := range events {
		e.Entries = append(e.Entries, exportedEntry{Seq: v.Seq, Kind: v.Fact.Kind(), At: v.At, Body: string(v.Body), Salt: v.Salt, Digest: v.Digest, Hash: v.Hash})
	}
	return e, nil
}
