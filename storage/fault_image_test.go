package storage

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// images is how many torn files are opened, some milliseconds each; MATOI_TEST_IMAGES asks for more.
func images(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MATOI_TEST_IMAGES")
	if text == "" {
		return 80
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The layout of the log of writes, as SQLite documents it: a header, then frames of a header and a page each.
const (
	logHeader = 32
	logFrame  = 24 + 4096
)

// deed is something that was acknowledged, and how long the log of writes was at that moment.
type deed struct {
	end     int64
	request int64           // a request taken in, or
	number  incident.Number // an incident with so many entries
	entries int64
}

// course is the files of a database that was written to, and what was acknowledged when.
type course struct {
	db, log []byte
	copied  []byte // the database after the log was copied into it
	begun   int64  // how long the log was when the database was made
	deeds   []deed
}

// written makes a database, and a log of writes with many transactions in it.
func written(t *testing.T) (c course) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := filepath.Join(dir, sqliteFile+"-wal")
	end := func() int64 {
		st, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}
	c.begun = end()
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(time.UTC) }, Now: time.Now}
	var numbers []incident.Number
	for k := range 120 {
		d := deed{}
		switch {
		case k%3 == 0:
			d.request, err = s.PutRaw(t.Context(), alert.Raw{Source: "am", Received: time.Now(), Body: bytes.Repeat([]byte("x"), rand.IntN(20_000))})
		case k%3 == 1 || len(numbers) == 0:
			d.number = opened(t, s)
			numbers = append(numbers, d.number)
		default:
			d.number = numbers[rand.IntN(len(numbers))]
			_, err = desk.Do(t.Context(), d.number, incident.Note{Text: fmt.Sprint("entry ", k)}, incident.By{Person: "p1"}, incident.Cause{ID: fmt.Sprint("cause-", k)})
		}
		if err != nil {
			t.Fatal(err)
		}
		if d.number != 0 {
			i, err := s.Load(t.Context(), d.number)
			if err != nil {
				t.Fatal(err)
			}
			d.entries = i.Version
		}
		d.end = end()
		c.deeds = append(c.deeds, d)
	}
	for file, to := range map[string]*[]byte{sqliteFile: &c.db, sqliteFile + "-wal": &c.log} {
		if *to, err = os.ReadFile(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	copier, err := sql.Open("sqlite", dsn(filepath.Join(dir, sqliteFile)))
	if err != nil {
		t.Fatal(err)
	}
	defer copier.Close()
	var busy, all, done int
	if err := copier.QueryRowContext(t.Context(), `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &all, &done); err != nil || busy != 0 || done != all {
		t.Fatalf("copied %d of %d pages: %v", done, all, err)
	}
	if c.copied, err = os.ReadFile(filepath.Join(dir, sqliteFile)); err != nil {
		t.Fatal(err)
	}
	return c
}

// What a power cut leaves of the last writes is anything: a log of writes that ends at any byte, with nothing, zeros or rubbish
// behind, and with bytes in it that are others. All that was acknowledged before the spoilt place is there, and of what
// comes after it nothing by halves.
func TestALogOfWritesThatIsTornAnywhereLosesNothingBeforeAndLeavesNoHalves(t *testing.T) {
	c := written(t)
	if int64(len(c.log)) < c.begun+100*logFrame {
		t.Fatalf("the log of writes is %d bytes, from %d on", len(c.log), c.begun)
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("MATOI_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("MATOI_TEST_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	rubbish := func(b []byte) {
		for k := range b {
			b[k] = byte(dice.Uint32())
		}
	}
	for n := range images(t) {
		at := c.begun + dice.Int64N(int64(len(c.log))-c.begun)
		if n%4 == 0 { // at the edge of what was acknowledged, where a mistake would show
			at = min(c.deeds[dice.IntN(len(c.deeds))].end+dice.Int64N(3)-1, int64(len(c.log))-1)
		}
		log := slices.Clone(c.log)
		kinds := []struct {
			name  string
			spoil func()
		}{
			{"cut", func() { log = log[:at] }},
			{"zeros", func() { clear(log[at:]) }},
			{"rubbish", func() { rubbish(log[at:]) }},
			{"a sector of rubbish", func() { rubbish(log[at:min(int(at)+512, len(log))]) }},
			{"a bit", func() { log[at] ^= 1 << dice.IntN(8) }},
			{"the rest of the page only", func() { log = log[:min(int(at)+4096-int(at)%4096, len(log))]; clear(log[at:]) }},
		}
		kind := kinds[dice.IntN(len(kinds))]
		kind.spoil()
		sound := (at-logHeader)/logFrame*logFrame + logHeader // up to here nothing is spoilt
		if !c.holds(t, log, sound) {
			t.Fatalf("image %d: %s at byte %d of %d", n, kind.name, at, len(c.log))
		}
	}
}

// A page of the database itself that is torn while the log is copied into it is written anew from the log.
func TestPagesOfTheDatabaseThatAreTornAreMendedFromTheLog(t *testing.T) {
	c := written(t)
	c.db = c.copied
	dice, torn := rand.New(rand.NewPCG(1, 2)), 0
	pages := map[uint32]bool{} // that the log holds
	for at := c.begun; at < int64(len(c.log)); at += logFrame {
		pages[binary.BigEndian.Uint32(c.log[at:])] = true
	}
	for range 10 {
		for p := range pages {
			if first := int(p-1) * 4096; dice.IntN(2) == 0 && first+4096 <= len(c.db) && p > 1 {
				torn++
				part := c.db[first+dice.IntN(4096) : first+4096]
				for k := range part {
					part[k] = byte(dice.Uint32())
				}
			}
		}
		if !c.holds(t, c.log, int64(len(c.log))) {
			t.Fatal("with torn pages")
		}
	}
	if torn < 100 {
		t.Errorf("only %d pages were torn", torn)
	}
}

// holds opens an image, and tells whether all is there that was acknowledged while the log was not longer than sound.
func (c course) holds(t *testing.T, log []byte, sound int64) bool {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "image")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for file, b := range map[string][]byte{sqliteFile: c.db, sqliteFile + "-wal": log} {
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Errorf("it does not open: %v", err)
		return false
	}
	defer s.Close()
	fine := true
	complain := func(what string, a ...any) {
		t.Errorf(what, a...)
		fine = false
	}
	if b, err := s.Verify(t.Context(), nil); b != nil || err != nil {
		complain("verify: %v %v", b, err)
	}
	raws, err := s.Peek(t.Context(), nil, 10_000)
	if err != nil {
		complain("the inbox: %v", err)
	}
	entries := map[incident.Number]int64{}
	last := 0 // deeds up to here are there: what is torn takes with it all that came later, and no more
	for k, d := range c.deeds {
		there := d.request != 0 && slices.ContainsFunc(raws, func(r alert.Raw) bool { return r.ID == d.request })
		if d.number != 0 {
			if _, known := entries[d.number]; !known {
				if i, err := s.Load(t.Context(), d.number); err == nil {
					entries[d.number] = i.Version
				}
			}
			there = entries[d.number] >= d.entries
		}
		switch {
		case there && last < k:
			complain("deed %d is there, and %d is not", k, last)
		case there:
			last = k + 1
		case d.end <= sound:
			complain("deed %d was acknowledged at byte %d and is lost; nothing is spoilt before byte %d", k, d.end, sound)
		}
	}
	opened(t, s) // and it goes on
	return fine
}
