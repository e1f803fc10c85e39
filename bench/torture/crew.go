package main

import (
	"errors"
	"math/rand/v2"
	"time"
)

// death kills the child, counts it, and starts it again.
func (t *torture) death(name string) error {
	defer t.troubles.begin()()
	err := t.child.kill()
	t.note(name)
	if err == nil && name == "outbox" {
		err = t.autopsy()
	}
	if err == nil {
		err = errors.Join(t.handOver(), t.child.start(t.ctx, name))
	}
	return err
}

// handOver spares those that die alone the minute after which a replica would take over what they had in hand; one time in
// four it is waited for, and so is it where others live.
func (t *torture) handOver() error {
	if t.place.postgres == "" || len(t.children) > 1 || t.killed%4 == 0 {
		return nil
	}
	return t.place.handOver(t.ctx, time.Now())
}

// dead is the time before which whoever claimed a delivery is dead, or has had twenty seconds for it.
func (t *torture) dead() time.Time {
	if len(t.children) > 1 {
		return time.Now().Add(-20 * time.Second)
	}
	return t.child.born()
}

// somebody is one of the program, to whom a request goes.
func (t *torture) somebody() *child { return t.children[rand.IntN(len(t.children))] }

// killAll ends every one of the program, and startAll starts them again.
func (t *torture) killAll(name string) (err error) {
	for _, c := range t.children {
		err = errors.Join(err, c.kill())
		t.note(name)
	}
	return err
}

func (t *torture) startAll(after string) (err error) {
	for _, c := range t.children {
		err = errors.Join(err, c.start(t.ctx, after))
	}
	return err
}
