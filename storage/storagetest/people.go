package storagetest

import (
	"errors"
	"testing"
	"time"

	"matoi/incident"
	"matoi/storage"
)

func joinedByEMail(t *testing.T, h *house) {
	meet := func(realm, id, name, email string) incident.Person {
		t.Helper()
		return ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: realm, ID: id}, name, email))
	}
	a := meet("slack:T1", "U1", "花子", " Hanako@Example.org ")
	equal(t, "address", a.Email, "hanako@example.org")
	b := meet("console", "hanako", "Hanako", "hanako@example.org")
	equal(t, "joined", b.ID, a.ID)
	equal(t, "the first name stays", b.Name, "花子")
	c := meet("teams", "x", "", "")
	if c.ID == a.ID {
		t.Error("somebody else was joined")
	}
	equal(t, "a later name is kept", meet("teams", "x", "Taro", "taro@example.org").Name, "Taro")
	equal(t, "another's address is not taken", meet("teams", "x", "Taro", "hanako@example.org").ID, c.ID)
	equal(t, "met again", meet("slack:T1", "U1", "other", ""), a)
	equal(t, "identities", len(ok[[]incident.Identity](t)(h.Identities(ctx(t), a.ID))), 2)
	c.Email = "HANAKO@example.org"
	if err := h.SavePerson(ctx(t), c); !errors.Is(err, storage.ErrTaken) {
		t.Errorf("an address of another's: %v", err)
	}
}

func meetingAtOnce(t *testing.T, h *house) {
	got := make([]incident.Person, 8)
	crowd(8, func(k int) {
		id := incident.Identity{Realm: "console", ID: "taro"}
		if k%2 == 1 {
			id = incident.Identity{Realm: "slack:T1", ID: "U1"}
		}
		p, err := h.Meet(ctx(t), id, "Taro", "taro@example.org")
		if err != nil {
			t.Error(err)
		}
		got[k] = p
	})
	for _, p := range got {
		equal(t, "person", p, got[0])
	}
	equal(t, "people", len(ok[[]incident.Person](t)(h.People(ctx(t)))), 1)
}

func named(t *testing.T, h *house) {
	taro := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "taro.y"}, "Tarō  YAMADA", "taro@example.org"))
	ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ken1"}, "Ken", ""))
	ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "ken2"}, "ken", ""))
	for name, want := range map[string]int{
		"tarō yamada": 1, "Ｔarō　yamada": 1, "TARO@example.org": 1, "taro.y": 1, "KEN": 2, "yamada": 0, "": 0, " ": 0, "ke": 0,
	} {
		found := ok[[]incident.Person](t)(h.Named(ctx(t), name))
		equal(t, name, len(found), want)
		if want == 1 && len(found) == 1 {
			equal(t, name, found[0].ID, taro.ID)
		}
	}
	taro.Name, taro.Lang, taro.Zone, taro.Manager, taro.Auditor = "太郎", "ja", "Europe/Paris", true, true
	must(t, h.SavePerson(ctx(t), taro))
	equal(t, "saved", ok[incident.Person](t)(h.Person(ctx(t), taro.ID)), taro)
	equal(t, "by the new name", len(ok[[]incident.Person](t)(h.Named(ctx(t), "太郎"))), 1)
	for _, err := range []error{h.SavePerson(ctx(t), incident.Person{ID: "p99"}), h.Erase(ctx(t), "p99", incident.By{}, "asked for")} {
		if !errors.Is(err, incident.ErrNotFound) {
			t.Errorf("an unknown person: %v", err)
		}
	}
}

func erased(t *testing.T, h *house) {
	id := incident.Identity{Realm: "console", ID: "taro"}
	p := ok[incident.Person](t)(h.Meet(ctx(t), id, "Taro", "taro@example.org"))
	must(t, h.Erase(ctx(t), p.ID, incident.By{}, "asked for"))
	equal(t, "what is left", ok[incident.Person](t)(h.Person(ctx(t), p.ID)), incident.Person{ID: p.ID, Erased: true})
	equal(t, "listed", len(ok[[]incident.Person](t)(h.People(ctx(t)))), 0)
	for _, name := range []string{"Taro", "taro@example.org", "taro"} {
		equal(t, name, len(ok[[]incident.Person](t)(h.Named(ctx(t), name))), 0)
	}
	if again := ok[incident.Person](t)(h.Meet(ctx(t), id, "Taro", "")); again.ID == p.ID {
		t.Error("an erased person came back")
	}
}

// A chat that moved knows nobody by an id of where it was; the people stay, and are found again by their address.
func workspaces(t *testing.T, h *house) {
	if _, err := h.Workspace(ctx(t), "slack"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("before the first time: %v", err)
	}
	is := func(want incident.Workspace) {
		t.Helper()
		equal(t, "workspace", ok[incident.Workspace](t)(h.Workspace(ctx(t), want.Realm)), want)
	}
	first := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	home := incident.Workspace{Realm: "slack", ID: "T1", Org: "E1", Name: "例", User: "U0", Bot: "B0", Site: "https://example.test/", Since: first}
	must(t, h.SaveWorkspace(ctx(t), home))
	must(t, h.SaveWorkspace(ctx(t), incident.Workspace{Realm: "teams", ID: "T1", Since: first}))
	is(home)
	taro := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "slack", ID: "U1"}, "Taro", "taro@example.org"))
	elsewhere := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "teams", ID: "U1"}, "Hanako", ""))

	again := home
	again.ID, again.Name, again.Since = "T2", "another of the organisation", first.Add(time.Hour)
	must(t, h.SaveWorkspace(ctx(t), again))
	again.Since = first
	is(again)
	equal(t, "known within the organisation", len(ok[[]incident.Identity](t)(h.Identities(ctx(t), taro.ID))), 1)

	moved := incident.Workspace{Realm: "slack", ID: "T9", Name: "elsewhere", Since: first.Add(2 * time.Hour)}
	must(t, h.SaveWorkspace(ctx(t), moved))
	is(moved)
	equal(t, "forgotten as whom", len(ok[[]incident.Identity](t)(h.Identities(ctx(t), taro.ID))), 0)
	equal(t, "other chats", len(ok[[]incident.Identity](t)(h.Identities(ctx(t), elsewhere.ID))), 1)
	equal(t, "met again", ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "slack", ID: "U7"}, "Taro", "taro@example.org")).ID, taro.ID)
}
