package storage

import (
	"sync/atomic"
	"testing"
	"time"
)

// TestATroubleIsSaidOnceThenSeldomAndThatItIsOver: a disk that is full still has room for a small write now and then.
func TestATroubleIsSaidOnceThenSeldomAndThatItIsOver(t *testing.T) {
	var o outcry
	var of atomic.Pointer[ailment]
	begin := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	said, over := []time.Duration{}, 0
	for at := time.Duration(0); at < 2*time.Hour; at += time.Second {
		if since, say := o.worse(begin.Add(at), "full", &of); say {
			if !since.Equal(begin) {
				t.Errorf("after %v: since %v", at, since)
			}
			said = append(said, at)
		}
		if _, ended := o.better(begin.Add(at+time.Second/2), &of); ended {
			over++
		}
	}
	want := []time.Duration{0, 1, 3, 7, 15, 31, 63}
	if len(said) != len(want) || over != 0 {
		t.Fatalf("said after %v, over %d times", said, over)
	}
	for k := range want {
		if said[k] != want[k]*time.Minute {
			t.Errorf("said after %v", said)
			break
		}
	}
	end := begin.Add(2 * time.Hour)
	if _, say := o.worse(end, "io", &of); !say {
		t.Error("another reason was not said")
	}
	if _, ended := o.better(end.Add(calm-1), &of); ended {
		t.Error("over too soon")
	}
	if since, ended := o.better(end.Add(calm), &of); !ended || !since.Equal(begin) {
		t.Errorf("not over, since %v", since)
	}
	if _, ended := o.better(end.Add(calm), &of); ended {
		t.Error("over twice")
	}
	if since, say := o.worse(end.Add(time.Hour), "full", &of); !say || !since.Equal(end.Add(time.Hour)) {
		t.Errorf("a new one: %v since %v", say, since)
	}
}
