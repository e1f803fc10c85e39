package storage

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"matoi/incident"
)

// oldStore unpacks a database of an older Matoi.
func oldStore(t *testing.T) (file string) {
	t.Helper()
	f, err := os.Open("../cmd/matoi/testdata/stores/00001.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), sqliteFile)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnOlderDatabaseIsVerifiedByACopyAndLeftAlone(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	file := oldStore(t)
	backup := filepath.Join(t.TempDir(), "old backup.db")
	before, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(backup, before, 0o400)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{filepath.Dir(file), backup} {
		if _, err := OpenReadOnly(t.Context(), place); !errors.Is(err, ErrOlder) {
			t.Errorf("%s was read as if it were current: %v", place, err)
		}
		s, copied, err := OpenToVerify(t.Context(), place)
		if err != nil || !copied {
			t.Fatalf("%s: copied %v, %v", place, copied, err)
		}
		found := 0
		if b, err := s.Verify(t.Context(), func(incident.Number) { found++ }); b != nil || err != nil || found != 5 {
			t.Errorf("%s: %d incidents, %v %v", place, found, b, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
	for _, name := range []string{file, backup} {
		if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	old, err := OpenAsIs(t.Context(), filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "b.db")
	if err := errors.Join(old.Backup(t.Context(), copied), old.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := restore(t, copied, filepath.Join(t.TempDir(), "data"), false)
	if err != nil || r.Incidents != 5 {
		t.Errorf("a backup made before the update: %+v %v", r, err)
	}
}

func TestAnOlderDatabaseThatWasTamperedWithIsFound(t *testing.T) {
	file := oldStore(t)
	run := func(query string) {
		t.Helper()
		db, err := sql.Open("sqlite", file)
		if err == nil {
			_, err = db.Exec(query)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for query, code := range map[string]string{
		`UPDATE incident SET title = title || 'x' WHERE number = 20261122000002`:                                               "column",
		`UPDATE entry SET at = at + 1 WHERE number = 20261122000001 AND seq = 1`:                                               "hash",
		`UPDATE counter SET n = n + 1 WHERE day > 0`:                                                                           "given",
		`DELETE FROM entry WHERE number = 20261122000004 AND seq = (SELECT max(seq) FROM entry WHERE number = 20261122000004)`: "end_missing",
	} {
		file = oldStore(t)
		run(query)
		s, _, err := OpenToVerify(t.Context(), filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := s.Verify(t.Context(), nil); b == nil || err != nil || b.Code != code {
			t.Errorf("%s: %v %v, want %s", query, b, err, code)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestARefusedRestoreLeavesNothing(t *testing.T) {
	_, file := backedUp(t, 1)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	clear(bad[4*4096 : 5*4096])
	for name, content := range map[string][]byte{"damaged": bad, "cut off": good[:len(good)-5000], "no database": []byte("x")} {
		file := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		above := t.TempDir()
		for _, folder := range []string{filepath.Join(above, "new", "data"), above} {
			if _, err := restore(t, file, folder, false); err == nil {
				t.Errorf("%s was restored", name)
			}
			if left, err := os.ReadDir(above); err != nil || len(left) > 0 {
				t.Errorf("%s into %s left %v %v", name, folder, left, err)
			}
		}
	}
	kept := t.TempDir()
	if _, err := restore(t, file, kept, false); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, file, kept, true); err == nil {
		t.Error("a damaged one was put in the place of a good one")
	}
	s, err := Open(t.Context(), Options{Path: kept})
	if err != nil {
		t.Fatalf("the good one: %v", err)
	}
	_ = s.Close()
}
