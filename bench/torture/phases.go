package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// phase is something that the child is killed in.
type phase struct {
	name   string
	weight int // how often, beside the others
	kill   func(t *torture, chance *rand.Rand) error
}

// phases lists all but migrations and prunings, which need a store that nobody uses.
func (p place) phases() []phase {
	all := []phase{
		{"work", 40, (*torture).atWork},
		{"start", 8, (*torture).atStart},
		{"outbox", 22, (*torture).inOutbox},
		{"deadline", 10, (*torture).atDeadline},
		{"reload", 12, (*torture).inReload},
		{"erasing", 6, (*torture).inErasing},
	}
	switch {
	case p.postgres == "":
		all = append(all, phase{"backup", 8, (*torture).inBackup})
	case p.cluster != nil:
		all = append(all, phase{"database", 6, (*torture).inRestart})
		fallthrough
	default:
		all = append(all, phase{"cut", 8, (*torture).inCut})
	}
	return all
}

// atWork kills while everybody works.
func (t *torture) atWork(chance *rand.Rand) error {
	wait(chance, 10*time.Millisecond, 400*time.Millisecond)
	return t.death("work")
}

// atStart kills, and kills again what starts, before or just after it is ready.
func (t *torture) atStart(chance *rand.Rand) error {
	defer t.troubles.begin()()
	err := t.child.kill()
	t.note("start")
	for range 1 + chance.IntN(4) {
		if err != nil || t.killed >= t.kills {
			break
		}
		err = t.child.stillborn(time.Millisecond + time.Duration(chance.Int64N(int64(60*time.Millisecond))))
		t.note("start")
	}
	return errors.Join(err, t.handOver(), t.child.start(t.ctx, "start"))
}

// inOutbox kills while much is to be told: nobody pauses. Either the moment is counted from an answer, for then the room, the
// card and the post it asks for are on their way; or the store is watched until the chat has a message whose delivery is not done.
func (t *torture) inOutbox(chance *rand.Rand) error {
	t.burst.Store(true)
	defer t.burst.Store(false)
	wait(chance, 20*time.Millisecond, 120*time.Millisecond)
	if chance.IntN(2) == 0 {
		if err := t.watch(); err != nil {
			return err
		}
		return t.death("outbox")
	}
	select {
	case <-t.pulse:
	default:
	}
	select {
	case <-t.pulse:
	case <-time.After(5 * time.Second):
	}
	wait(chance, 0, 8*time.Millisecond)
	return t.death("outbox")
}

// atDeadline kills around the instant at which something is due.
func (t *torture) atDeadline(chance *rand.Rand) error {
	s, err := storage.OpenReadOnly(t.ctx, t.place.where())
	if err != nil {
		return err
	}
	next, err := s.NextDue(t.ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	if left := time.Until(next); !next.IsZero() && left < 2*time.Second {
		time.Sleep(max(0, left-3*time.Millisecond))
	}
	wait(chance, 0, 8*time.Millisecond)
	return t.death("deadline")
}

// inBackup kills the server while a backup is made, or the backup itself. A backup that says that it is done must hold all
// that had been answered when it began.
func (t *torture) inBackup(chance *rand.Rand) error {
	wait(chance, 10*time.Millisecond, 80*time.Millisecond)
	file := t.file("backup.db")
	before := t.book.seen()
	backup := exec.Command(t.child.binary, "backup", "--data", t.place.where(), file)
	var says strings.Builder
	backup.Stdout, backup.Stderr = &says, &says
	if err := backup.Start(); err != nil {
		return err
	}
	wait(chance, 0, 60*time.Millisecond)
	own := chance.IntN(3) == 0
	if own {
		_ = backup.Process.Signal(syscall.SIGKILL)
	}
	died := t.death("backup")
	ended := backup.Wait()
	if _, err := os.Stat(file); err != nil {
		if ended == nil {
			t.fail("a backup said that it was done, and there is no file: %s", says.String())
		}
		return died
	}
	t.backups++
	return errors.Join(died, t.restored(file, before), os.Remove(file))
}

// restored checks a backup: a file under the name asked for is always a whole one.
func (t *torture) restored(file string, before map[incident.Number]int64) error {
	if out, err := t.child.tool(t.ctx, "verify", "--data", file); err != nil {
		t.fail("verify of a backup: %v %s", err, out)
		return nil
	}
	s, err := storage.OpenReadOnly(t.ctx, file)
	if err != nil {
		t.fail("a backup can't be opened: %v", err)
		return nil
	}
	defer s.Close()
	for n, version := range before {
		i, err := s.Load(t.ctx, n)
		if err != nil || i.Version < version {
			t.fail("a backup lacks entry %d of %s, which was answered before it began: %v", version, n, err)
			return nil
		}
	}
	return nil
}

// inReload asks for a changed configuration, at times a broken one, and kills while it is taken.
func (t *torture) inReload(chance *rand.Rand) error {
	wait(chance, 10*time.Millisecond, 100*time.Millisecond)
	variant := chance.IntN(1000)
	for k := range 1 + chance.IntN(3) {
		if err := t.configure(variant+k, chance.IntN(3) == 0); err != nil {
			return err
		}
		if err := t.child.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			return fmt.Errorf("hang up: %w", err)
		}
		wait(chance, 0, 20*time.Millisecond)
	}
	defer t.troubles.begin()()
	err := t.child.kill()
	t.note("reload")
	return errors.Join(err, t.configure(variant, false), t.handOver(), t.child.start(t.ctx, "reload"))
}
