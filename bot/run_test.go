package bot

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// Where the first card stands is written down after the run: a second one in it would be posted beside the first.
func TestARunKeepsAMessageOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		effect := func(id int64, kind incident.EffectKind) incident.Delivery {
			return incident.Delivery{ID: id, Effect: incident.Effect{Number: n, Kind: kind, Realm: "chat"}, Waiting: time.Now()}
		}
		d := effect(9001, incident.SetTopic)
		d.Behind = []incident.Delivery{effect(9002, incident.ShowCard), effect(9003, incident.SetTopic), effect(9004, incident.Announce)}
		settled := x.p.run(t.Context(), context.Background(), d, time.Now())
		if len(settled) != 4 {
			t.Fatalf("%d deliveries came back, want 4", len(settled))
		}
		for k, s := range settled {
			given := s.As == incident.PutOff && s.Untried
			if want := k >= 2; s.ID != 9001+int64(k) || given != want {
				t.Errorf("number %d: %d given back %t (%s), want %t", k, s.ID, given, s.Why, want)
			}
		}
	})
}
