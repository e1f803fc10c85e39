package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// erasure is what is taken out for good: a person, or the text of an entry.
type erasure struct {
	secret string // the word that must then be nowhere
	person incident.PersonID
	number incident.Number
	seq    int64
}

// words are the arguments of the command that takes it out.
func (e erasure) words() []string {
	if e.person != "" {
		return []string{"person", string(e.person)}
	}
	return []string{"entry", e.number.String(), strconv.FormatInt(e.seq, 10)}
}

// secretOf is the word that is written along with a token and stands nowhere else: not in keys of requests either.
func secretOf(token string) string {
	return "y" + strings.ReplaceAll(strings.Trim(token, "z"), "q", "x") + "y"
}

// inErasing takes somebody or a text out for good, and kills the command that does it again and again before it may end. The
// embedded database must not be in use meanwhile; a server on PostgreSQL may go on, and is started anew afterwards.
func (t *torture) inErasing(chance *rand.Rand) error {
	e, found, err := t.choose(chance)
	if err != nil || !found {
		return errors.Join(err, t.atWork(chance))
	}
	beside := t.place.postgres != "" && chance.IntN(2) == 0
	if !beside {
		defer t.troubles.begin()()
		if err := t.killAll("erasing"); err != nil {
			return err
		}
	}
	args := append(append([]string{"erase"}, e.words()...), "--by", "anna", "--why", "torture", "--data", t.place.where())
	if err := t.killing(chance, "erasing", func() *exec.Cmd { return t.child.command(t.ctx, args...) }); err != nil {
		return err
	}
	out, err := t.child.tool(t.ctx, args...)
	if err != nil && !strings.Contains(string(out), "was erased already") { // by one that was killed at its end
		t.fail("%s: %v %s", strings.Join(args, " "), err, out)
	}
	if err == nil || strings.Contains(string(out), "was erased already") {
		t.erased = append(t.erased, e)
	}
	if beside {
		defer t.troubles.begin()()
		err = t.killAll("erasing")
	} else {
		err = t.offTheDisk(e.secret)
	}
	return errors.Join(err, t.handOver(), t.startAll("erasing"))
}

// killing starts a command and kills it, up to three times.
func (t *torture) killing(chance *rand.Rand, name string, command func() *exec.Cmd) error {
	for range chance.IntN(4) {
		cmd := command()
		if err := cmd.Start(); err != nil {
			return err
		}
		time.Sleep(5*time.Millisecond + time.Duration(chance.Int64N(int64(400*time.Millisecond))))
		_ = cmd.Process.Kill() // or it has ended before
		_ = cmd.Wait()
		if !killed(cmd) {
			return nil
		}
		t.note(name)
	}
	return nil
}

// choose finds something that was there at the last look. People are erased in the second half only: until then the store can
// be brought back to a release that had no register of them.
func (t *torture) choose(chance *rand.Rand) (e erasure, found bool, err error) {
	if chance.IntN(2) == 0 && t.killed*2 >= t.kills {
		name, left := t.book.guest()
		if !left {
			return e, false, nil
		}
		s, err := storage.OpenReadOnly(t.ctx, t.place.where())
		if err != nil {
			return e, false, err
		}
		people, err := s.Named(t.ctx, name)
		if err := errors.Join(err, s.Close()); err != nil || len(people) != 1 {
			return e, false, err
		}
		return erasure{secret: name, person: people[0].ID}, true, nil
	}
	if len(t.judge.texts) == 0 {
		return e, false, nil
	}
	e = t.judge.texts[chance.IntN(len(t.judge.texts))]
	t.judge.forget(e.secret)
	return e, true, nil
}

// offTheDisk looks for a word that was erased in the files themselves, of which nothing may be left in unused pages.
func (t *torture) offTheDisk(secret string) error {
	if t.place.postgres != "" {
		return nil
	}
	files, err := filepath.Glob(t.place.file() + "*")
	for _, file := range files {
		raw, e := os.ReadFile(file)
		if err = errors.Join(err, e); bytes.Contains(raw, []byte(secret)) {
			t.fail("%s was erased and still stands in %s", secret, filepath.Base(file))
		}
	}
	return err
}

// gone holds every table against what was erased: it is nowhere, it is said in the record or the register once, and every
// other text is still there.
func (j *judge) gone(ctx context.Context, s *storage.Storage) error {
	register, err := s.Register(ctx)
	if err != nil {
		return err
	}
	times := map[string]int{}
	for _, e := range register {
		if f, ok := e.Fact.(*incident.PersonErased); ok {
			times["person "+string(f.Person)]++
		}
	}
	erased := map[string]bool{}
	for _, e := range j.t.erased {
		erased[e.secret] = true
		what := strings.Join(e.words(), " ")
		if n := times[what] + j.erasures[what]; n != 1 {
			j.t.fail("%s was erased, which is recorded %d times", what, n)
		}
	}
	where, err := j.t.place.secrets(ctx)
	if err != nil {
		return err
	}
	for secret, tables := range where {
		if erased[secret] {
			j.t.fail("%s was erased and stands in %v", secret, tables)
		}
	}
	for _, e := range j.texts {
		if !where[e.secret]["entry"] {
			j.t.fail("%s of %s entry %d was not erased, and is gone", e.secret, e.number, e.seq)
		}
	}
	return nil
}

// erasing notes an entry's text, and which ones a fact says were erased.
func (j *judge) erasing(c *chain, e incident.Event) {
	if f, ok := e.Fact.(*incident.TextErased); ok {
		for _, left := range f.Entries {
			j.erasures[fmt.Sprintf("entry %s %d", c.number, left.Seq)]++
		}
	}
	if secret := secrets.FindString(string(e.Body)); secret != "" {
		j.texts = append(j.texts, erasure{secret: secret, number: c.number, seq: e.Seq})
	}
}

// forget takes what is to be erased from the texts that must be there.
func (j *judge) forget(secret string) {
	rest := j.texts[:0]
	for _, e := range j.texts {
		if e.secret != secret {
			rest = append(rest, e)
		}
	}
	j.texts = rest
}
