package proc

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestWhatAChildUsesIsFoundUnderItsParentAndNotAsNoise(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "(while :; do :; done) & wait") // a child of the child works
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for pid := range tree([]int{cmd.Process.Pid}) {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = cmd.Wait()
	}()
	before := Now([]int{cmd.Process.Pid})
	deadline := time.Now().Add(time.Minute)
	for {
		now := Now([]int{cmd.Process.Pid})
		looped, ours := now.watched-before.watched, now.self-before.self
		if looped >= 50*time.Millisecond && ours >= 20*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("in a minute a loop used %s, and we that wait for it %s", looped, ours)
		}
	}
	u := Now([]int{cmd.Process.Pid}).Since(before)
	if u.Cores <= 0 || u.Self <= 0 || u.Other < 0 {
		t.Errorf("%+v: the loop works, and so do we, waiting for it", u)
	}
}

func TestOneThatSleepsUsesLessThanOneThatWorks(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	before := Fine(os.Getpid())
	for deadline := time.Now().Add(time.Minute); Fine(os.Getpid())-before < 20*time.Millisecond; {
		if time.Now().After(deadline) {
			t.Fatal("we used nothing in a minute of work")
		}
	}
	if idle := Fine(cmd.Process.Pid); idle >= 20*time.Millisecond {
		t.Errorf("a process that sleeps used %s", idle)
	}
	if m := MemoryOf(os.Getpid()); m.Anonymous <= 0 || m.Resident <= m.Anonymous {
		t.Errorf("our memory is %+v", m)
	}
	if m := MemoryOf(1 << 30); m != (Memory{}) {
		t.Errorf("a process that is not there holds %+v", m)
	}
}
