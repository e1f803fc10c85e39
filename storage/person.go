package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"matoi/incident"
)

// ErrTaken is returned when an e-mail address already is another person's.
var ErrTaken = errors.New("this e-mail address is another person's")

const personColumns = `id, name, email, lang, zone, manager, auditor, erased`

func scanPerson(r *sql.Rows) (p incident.Person, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Email, &p.Lang, &p.Zone, &p.Manager, &p.Auditor, &p.Erased)
}

func people(ctx context.Context, q querier, where string, a ...any) ([]incident.Person, error) {
	return all(ctx, q, `SELECT `+personColumns+` FROM person `+where, a, scanPerson)
}

// Person reads a person; incident.ErrNotFound for an unknown one. An erased one is known, without a name.
func (s *Storage) Person(ctx context.Context, id incident.PersonID) (incident.Person, error) {
	p, kept, turn := s.people.person(id)
	if kept {
		return p, nil
	}
	found, err := people(s.briefly(ctx), s.reader, `WHERE id = $1`, string(id))
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return incident.Person{}, s.wrap(err, "person %s", id)
	}
	if !s.d.manyWriters {
		s.people.keepPerson(found[0], turn)
	}
	return found[0], nil
}

// People lists everybody who is not erased, by name.
func (s *Storage) People(ctx context.Context) ([]incident.Person, error) {
	found, err := people(ctx, s.reader, `WHERE NOT erased ORDER BY folded, id`)
	return found, s.wrap(err, "list people")
}

// Named finds people as others write them: by the exact name (case, width and spaces evened out), else by e-mail address,
// else by what a chat calls them.
func (s *Storage) Named(ctx context.Context, name string) ([]incident.Person, error) {
	kept, turn := s.people.called(name)
	if len(kept) > 0 {
		return kept, nil
	}
	found, err := s.named(ctx, name)
	if err == nil && !s.d.manyWriters {
		s.people.keepCalled(name, found, turn)
	}
	return found, err
}

func (s *Storage) named(ctx context.Context, name string) ([]incident.Person, error) {
	if foldName(name) == "" {
		return nil, nil
	}
	for _, by := range []struct{ where, value string }{
		{`WHERE folded = $1 ORDER BY id`, foldName(name)},
		{`WHERE email = $1`, foldEmail(name)},
		{`WHERE id IN (SELECT person FROM identity WHERE id = $1) ORDER BY id`, name},
	} {
		found, err := people(ctx, s.reader, by.where, by.value)
		if err != nil || len(found) > 0 {
			return found, s.wrap(err, "find a person")
		}
	}
	return nil, nil
}

// Identities lists as whom the chats know a person.
func (s *Storage) Identities(ctx context.Context, id incident.PersonID) ([]incident.Identity, error) {
	found, err := all(ctx, s.reader, `SELECT realm, id FROM identity WHERE person = $1 ORDER BY realm, id`, []any{string(id)},
		func(r *sql.Rows) (i incident.Identity, err error) { return i, r.Scan(&i.Realm, &i.ID) })
	return found, s.wrap(err, "identities of %s", id)
}

// foldName evens out what keyboards do to a name. It is only looked up, never shown.
func foldName(name string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(name))), " ")
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Meet gives the person whom a chat knows as id: the one met before, else the one with this e-mail address,
// else a new one. A name or an address we did not have is kept. Meeting again changes nothing.
func (s *Storage) Meet(ctx context.Context, id incident.Identity, name, email string) (incident.Person, error) {
	email = foldEmail(email)
	if p, err := met(ctx, s.reader, id); err == nil && (p.Name != "" || name == "") && (p.Email != "" || email == "") {
		return p, nil
	}
	var p incident.Person
	err := s.write(ctx, false, func(t *tx) (err error) {
		p, err = t.meet(id, name, email)
		return err
	})
	return p, s.wrap(err, "meet %s", id.Realm)
}

func met(ctx context.Context, q querier, id incident.Identity) (incident.Person, error) {
	found, err := people(ctx, q, `WHERE id = (SELECT person FROM identity WHERE realm = $1 AND id = $2)`, id.Realm, id.ID)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return incident.Person{}, err
	}
	return found[0], nil
}

func (t *tx) meet(id incident.Identity, name, email string) (incident.Person, error) {
	ctx := context.Background()
	p, err := met(ctx, t.run, id)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return p, t.spoil(err)
	}
	if err == nil {
		return p, t.complete(&p, name, email)
	}
	if email != "" {
		found, err := people(ctx, t.run, `WHERE email = $1`, email)
		if err != nil {
			return p, t.spoil(err)
		}
		if len(found) == 1 {
			p = found[0]
			return p, errors.Join(t.complete(&p, name, ""), t.identify(p.ID, id))
		}
	}
	n, err := t.next(counterPerson, 1)
	if err != nil {
		return p, err
	}
	p = incident.Person{ID: incident.PersonID(fmt.Sprintf("p%d", n)), Name: name, Email: email}
	if err := t.putPerson(p); err != nil {
		return p, err
	}
	return p, t.identify(p.ID, id)
}

// complete adds what we did not know; an address that is another's stays theirs.
func (t *tx) complete(p *incident.Person, name, email string) error {
	was := *p
	if p.Name == "" {
		p.Name = name
	}
	if p.Email == "" && email != "" {
		others, err := people(context.Background(), t.run, `WHERE email = $1`, email)
		if err != nil {
			return t.spoil(err)
		}
		if len(others) == 0 {
			p.Email = email
		}
	}
	if *p == was {
		return nil
	}
	return t.putPerson(*p)
}

func (t *tx) identify(p incident.PersonID, id incident.Identity) error {
	t.after = append(t.after, t.s.people.forget)
	_, err := t.exec(`INSERT INTO identity (realm, id, person) VALUES ($1, $2, $3)`, id.Realm, id.ID, string(p))
	return err
}

func (t *tx) putPerson(p incident.Person) error {
	t.after = append(t.after, t.s.people.forget)
	_, err := t.exec(`INSERT INTO person (id, name, folded, email, lang, zone, manager, auditor, erased) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded, email = excluded.email, lang = excluded.lang,
			zone = excluded.zone, manager = excluded.manager, auditor = excluded.auditor, erased = excluded.erased`,
		string(p.ID), p.Name, foldName(p.Name), p.Email, p.Lang, p.Zone, p.Manager, p.Auditor, p.Erased)
	return err
}

// SavePerson changes a person; incident.ErrNotFound for an unknown one, ErrTaken when the address is another's.
func (s *Storage) SavePerson(ctx context.Context, p incident.Person) error {
	p.Email = foldEmail(p.Email)
	err := s.write(ctx, false, func(t *tx) error {
		same, err := people(context.Background(), t.run, `WHERE id = $1 OR (email <> '' AND email = $2)`, string(p.ID), p.Email)
		if err != nil {
			return t.spoil(err)
		}
		is := func(q incident.Person) bool { return q.ID == p.ID }
		switch {
		case !slices.ContainsFunc(same, is):
			return incident.ErrNotFound
		case len(same) > 1:
			return ErrTaken
		}
		return t.putPerson(p)
	})
	return s.wrap(err, "save person %s", p.ID)
}

// Erase takes away a person's name, address, identities and choices, and reasons of silences and rules that name them, and enters into the register who did it and why. The
// id stands on in the record, whose hashes never covered the name. It is ErrHeld while all is held, or an incident in
// which the person has part; a Refusal for one erased before.
func (s *Storage) Erase(ctx context.Context, id incident.PersonID, by incident.By, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return incident.Refuse("erase_reason")
	}
	named, err := s.naming(ctx, id)
	if err != nil {
		return s.wrap(err, "find what names %s", id)
	}
	err = s.write(ctx, false, func(t *tx) error {
		var erased bool
		var name, email string
		if err := t.get(`SELECT erased, name, email FROM person WHERE id = $1`, []any{string(id)}, &erased, &name, &email); err != nil {
			return err
		}
		if erased {
			return incident.Refuse("erase_person_again")
		}
		if err := t.forgetRosters(name, email); err != nil {
			return err
		}
		if err := t.freeOfHolds(id); err != nil {
			return err
		}
		if err := t.eraseReasons(name, email); err != nil {
			return err
		}
		for _, table := range []string{"identity", "preference", "read_mark", "contact", "page", "page_part", "answer", "digest"} {
			if _, err := t.exec(`DELETE FROM `+table+` WHERE person = $1`, string(id)); err != nil {
				return err
			}
		}
		if err := t.putPerson(incident.Person{ID: id, Erased: true}); err != nil {
			return err
		}
		if err := t.unname(named, id); err != nil {
			return err
		}
		return t.enter(&incident.PersonErased{Person: id, Reason: strings.TrimSpace(reason)}, by, t.s.now())
	})
	if _, refused := errors.AsType[*incident.Refusal](err); refused {
		return err
	}
	return s.wrap(err, "erase person %s", id)
}

// freeOfHolds refuses a person who has part in what a legal hold protects.
func (t *tx) freeOfHolds(id incident.PersonID) error {
	holds, err := t.holds()
	if err != nil || len(holds) == 0 {
		return err
	}
	if holds.All() {
		return ErrHeld
	}
	for _, n := range holds {
		has := false
		if err := t.get(`SELECT EXISTS (SELECT 1 FROM part WHERE number = $1 AND person = $2)`, []any{int64(n), string(id)}, &has); err != nil {
			return err
		}
		if has {
			return fmt.Errorf("%w (%s)", ErrHeld, n)
		}
	}
	return nil
}
