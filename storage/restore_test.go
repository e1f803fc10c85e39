package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// backedUp is a database in use with a backup of it.
func backedUp(t *testing.T, incidents int) (s *Storage, file string) {
	s = openHere(t)
	for range incidents {
		opened(t, s)
	}
	file = filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	return s, file
}

func restore(t *testing.T, file, folder string, force bool) (Restored, error) {
	t.Helper()
	return Restore(t.Context(), file, folder, force, time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC))
}

func TestABackupComesBackWhole(t *testing.T) {
	_, file := backedUp(t, 5)
	folder := filepath.Join(t.TempDir(), "new")
	r, err := restore(t, file, folder, false)
	if err != nil || r.Incidents != 5 || r.Aside != "" {
		t.Fatalf("restored %+v: %v", r, err)
	}
	s, err := Open(t.Context(), Options{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	opened(t, s)
	n := 0
	if b, err := s.Verify(t.Context(), func(incident.Number) { n++ }); b != nil || err != nil || n != 6 {
		t.Errorf("verify: %v %v, %d incidents", b, err, n)
	}
	left, err := filepath.Glob(filepath.Join(folder, ".restore-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// What was said after the backup has its ids still, in the chats: none is given away again.
func TestARestoredDatabaseGivesAwayNoIDOfADeliveryAgain(t *testing.T) {
	s, file := backedUp(t, 1)
	last := func(s *Storage) (id int64) {
		opened(t, s)
		if err := s.read.QueryRow(`SELECT max(id) FROM outbox`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	before := last(s)
	folder := filepath.Join(t.TempDir(), "new")
	if _, err := restore(t, file, folder, false); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var fresh int64
	opened(t, again)
	if err := again.read.QueryRow(`SELECT min(id) FROM outbox WHERE number = (SELECT max(number) FROM incident)`).Scan(&fresh); err != nil {
		t.Fatal(err)
	}
	if fresh <= before {
		t.Errorf("delivery %d comes after %d, which was given away before the restore", fresh, before)
	}
}

func TestRestoreRefusesWhatIsNoWholeBackup(t *testing.T) {
	live, file := backedUp(t, 20)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	altered := func(change func(b []byte) []byte) string {
		name := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(name, change(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	queried := func(query string) string {
		name := altered(func(b []byte) []byte { return b })
		db, err := sql.Open("sqlite", name)
		if err == nil {
			_, err = db.Exec(query)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		return name
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	if err == nil {
		_, err = db.Exec(`CREATE TABLE incident (x)`)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		file string
		want error
	}{
		"none":             {filepath.Join(t.TempDir(), "none"), os.ErrNotExist},
		"empty":            {altered(func([]byte) []byte { return nil }), ErrNoBackup},
		"a text":           {altered(func([]byte) []byte { return bytes.Repeat([]byte("no database\n"), 100) }), ErrNoBackup},
		"cut off":          {altered(func(b []byte) []byte { return b[:len(b)-5000] }), ErrCorrupt},
		"half":             {altered(func(b []byte) []byte { return b[:len(b)/2] }), ErrCorrupt},
		"added to":         {altered(func(b []byte) []byte { return append(b, 0) }), ErrCorrupt},
		"a page of zeros":  {altered(func(b []byte) []byte { clear(b[4*4096 : 5*4096]); return b }), ErrCorrupt},
		"a newer one's":    {queried(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`), ErrNewer},
		"another's":        {foreign, ErrNoBackup},
		"one still in use": {live.file, ErrNoBackup},
	} {
		folder := filepath.Join(t.TempDir(), "data")
		if _, err := restore(t, x.file, folder, false); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
		if _, err := os.Stat(filepath.Join(folder, sqliteFile)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a database: %v", name, err)
		}
	}
	var broken *incident.Broken
	if _, err := restore(t, queried(`UPDATE entry SET at = at + 1 WHERE seq = 2`), t.TempDir(), false); !errors.As(err, &broken) || broken.Seq != 2 {
		t.Errorf("a record that was tampered with: %v", err)
	}
}

func TestRestoreLeavesWhatIsThereAlone(t *testing.T) {
	s, file := backedUp(t, 2)
	folder := filepath.Dir(s.file)
	n := opened(t, s)
	if _, err := restore(t, file, folder, true); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, file, folder, false); !errors.Is(err, ErrThere) {
		t.Errorf("there: %v", err)
	}
	if _, err := restore(t, s.file, folder, true); !errors.Is(err, ErrNoBackup) {
		t.Errorf("itself: %v", err)
	}
	r, err := restore(t, file, folder, true)
	if err != nil || r.Incidents != 2 {
		t.Fatalf("by force: %+v %v", r, err)
	}
	for place, want := range map[string]bool{folder: false, r.Aside: true} {
		o, err := OpenReadOnly(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Load(t.Context(), n); (err == nil) != want {
			t.Errorf("%s in %s: %v", n, place, err)
		}
		_ = o.Close()
	}
}

// TestRestoreMovesADamagedDatabaseAside: what cannot be opened is kept as it was, its log of writes too.
func TestRestoreMovesADamagedDatabaseAside(t *testing.T) {
	_, file := backedUp(t, 2)
	folder := t.TempDir()
	bad := bytes.Repeat([]byte("damaged "), 1000)
	for _, name := range []string{sqliteFile, sqliteFile + "-wal"} {
		if err := os.WriteFile(filepath.Join(folder, name), bad, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := restore(t, file, folder, true)
	if err != nil || r.Incidents != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	b, err := os.ReadFile(filepath.Join(r.Aside, sqliteFile))
	if err != nil || !bytes.Equal(b, bad) {
		t.Errorf("aside: %d bytes, %v", len(b), err)
	}
	s, err := Open(t.Context(), Options{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

func TestBackupsOfAWritingServerComeBackOneByOne(t *testing.T) {
	s := openHere(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				opened(t, s)
				_, _ = s.PutRaw(context.Background(), alert.Raw{Source: "am", Body: make([]byte, 4000)})
			}
		}
	}()
	dir, before := t.TempDir(), 0
	for _, name := range []string{"1.db", "2.db", "3.db"} {
		file := filepath.Join(dir, name)
		if err := s.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		r, err := restore(t, file, filepath.Join(dir, name+"-data"), false)
		if err != nil || r.Incidents < before {
			t.Errorf("%s: %+v after %d: %v", name, r, before, err)
		}
		before = r.Incidents
	}
	close(stop)
	<-stopped
}
