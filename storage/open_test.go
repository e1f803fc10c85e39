package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

func TestASecondProcessIsTurnedAway(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: dir}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second one: %v", err)
	}
	if _, err := first.Meet(t.Context(), incident.Identity{Realm: "console", ID: "a"}, "A", ""); err != nil {
		t.Errorf("the first one was harmed: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatalf("after it closed: %v", err)
	}
	_ = again.Close()
}

// made makes a folder with a closed database in it and returns the file.
func made(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if _, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: bytes.Repeat([]byte("x"), 500)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, sqliteFile)
}

func TestDataThatIsNotOursToTouchIsLeftAlone(t *testing.T) {
	vandal := func(query string) func(t *testing.T, file string) {
		return func(t *testing.T, file string) {
			db, err := sql.Open("sqlite", file)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(query); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
				t.Fatal(err)
			}
		}
	}
	overwrite := func(at int64, n int) func(t *testing.T, file string) {
		return func(t *testing.T, file string) {
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, n), at); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, x := range []struct {
		name  string
		spoil func(t *testing.T, file string)
		want  error
		read  error // of OpenReadOnly
	}{
		{"written by a newer Matoi", vandal(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`), ErrNewer, ErrNewer},
		{"another kind of file", overwrite(0, 100), ErrCorrupt, ErrCorrupt},
		{"emptied", func(t *testing.T, file string) {
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt, ErrCorrupt},
		{"damaged pages", overwrite(40000, 20000), ErrCorrupt, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			dir, file := made(t)
			x.spoil(t, file)
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), Options{Path: dir}); !errors.Is(err, x.want) {
				t.Errorf("opening: %v, want %v", err, x.want)
			}
			if s, err := OpenReadOnly(t.Context(), dir); !errors.Is(err, x.read) {
				t.Errorf("reading: %v, want %v", err, x.read)
			} else if err == nil {
				_ = s.Close()
			}
			after, err := os.ReadFile(file)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestADatabaseThatHadNotBegunIsBegunAnew(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{sqliteFile, lockedFile} { // what an end in the first moment leaves
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	opened(t, s)
	_ = s.Close()
}

func TestReadingNeverMakesADatabase(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReadOnly(t.Context(), dir); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestADatabaseOfSomebodyElseIsNoneOfOurs(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqliteFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE cat (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if _, err := OpenReadOnly(t.Context(), dir); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestAnOlderDatabaseIsNotReadAsIfItWereCurrent(t *testing.T) {
	dir, file := made(t)
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE goose_db_version SET version_id = 0`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if _, err := OpenReadOnly(t.Context(), dir); !errors.Is(err, ErrOlder) {
		t.Errorf("got %v", err)
	}
}

// opened opens an incident with a few entries.
func opened(t *testing.T, s *Storage) incident.Number {
	t.Helper()
	d := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(s.zone) }, Now: s.now}
	r, err := d.Do(t.Context(), 0, incident.Open{Title: "決済がタイムアウトする", Priority: incident.P1}, incident.By{Person: "p1"}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Incident.Number
}

func TestAReaderBesideTheServerSeesItsWritesAndCannotWrite(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 3 {
		n := opened(t, s)
		if _, err := r.Load(t.Context(), n); err != nil {
			t.Errorf("reading %s: %v", n, err)
		}
		if b, err := r.Verify(t.Context(), nil); b != nil || err != nil {
			t.Errorf("verify: %v %v", b, err)
		}
	}
	if _, err := r.Meet(t.Context(), incident.Identity{Realm: "console", ID: "a"}, "A", ""); err == nil {
		t.Error("it wrote")
	}
	if _, err := r.db.ExecContext(t.Context(), `DELETE FROM entry`); err == nil {
		t.Error("its connection wrote")
	}
}

func TestWhatWasAnsweredIsThereAfterAnAbruptEnd(t *testing.T) {
	dir, dead := t.TempDir(), t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := opened(t, s)
	id, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{sqliteFile, sqliteFile + "-wal"} { // what the disk holds at this moment
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dead, f), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenReadOnly(t.Context(), dead)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Verify(t.Context(), nil); b != nil || err != nil {
		t.Errorf("verify before a restart: %v %v", b, err)
	}
	if _, err := r.Load(t.Context(), n); err != nil {
		t.Error(err)
	}
	_ = r.Close()
	again, err := Open(t.Context(), Options{Path: dead})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Load(t.Context(), n); err != nil {
		t.Error(err)
	}
	raws, err := again.Peek(t.Context(), nil, 10)
	if err != nil || len(raws) != 1 || raws[0].ID != id {
		t.Errorf("requests: %v %v", raws, err)
	}
}

func TestABackupWhileWritingIsConsistent(t *testing.T) {
	s := openHere(t)
	for range 5 {
		opened(t, s)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = s.PutRaw(context.Background(), alert.Raw{Source: "am", Body: make([]byte, 4000)})
			}
		}
	}()
	dir := t.TempDir()
	file := filepath.Join(dir, sqliteFile)
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-stopped
	if err := s.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("over a file: %v", err)
	}
	copied, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	found := 0
	if b, err := copied.Verify(t.Context(), func(incident.Number) { found++ }); b != nil || err != nil || found != 5 {
		t.Errorf("verify of the copy: %v %v, %d incidents", b, err, found)
	}
}

// orderOfLanguage is what takes a column of PostgreSQL's to the order that SQLite's have.
var orderOfLanguage = regexp.MustCompile(`(?m)^ALTER TABLE \w+ ALTER COLUMN \w+ TYPE TEXT COLLATE "C";\n`)

func TestBothFoldersMakeTheSameTables(t *testing.T) {
	names := func(folder string) map[string]string {
		files, err := migrations.ReadDir("migrations/" + folder)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, f := range files {
			b, err := migrations.ReadFile("migrations/" + folder + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			out[f.Name()] = strings.NewReplacer(" INTEGER PRIMARY KEY AUTOINCREMENT", " KEY", " BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", " KEY",
				" INTEGER PRIMARY KEY", " KEY", " BIGINT PRIMARY KEY", " KEY", ") WITHOUT ROWID;", ");").Replace(orderOfLanguage.ReplaceAllString(string(b), ""))
		}
		return out
	}
	lite, post := names("sqlite"), names("postgres")
	if len(lite) != len(post) {
		t.Errorf("%d files and %d", len(lite), len(post))
	}
	for name, text := range lite {
		if post[name] != text {
			t.Errorf("%s differs in more than keys and the order of texts", name)
		}
	}
}

func TestWhatADeadProcessHeldComesAgainAtOnce(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	opened(t, s)
	now := time.Now()
	first, err := s.Claim(t.Context(), now, time.Minute, 10)
	if err != nil || len(first) == 0 {
		t.Fatal(first, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), Options{Path: dir}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	again, err := s.Claim(t.Context(), now, time.Minute, 10)
	if err != nil || len(again) != len(first) || again[0].ID != first[0].ID || !again[0].Doubtful {
		t.Errorf("held %+v, after the restart %+v %v", first, again, err)
	}
}
