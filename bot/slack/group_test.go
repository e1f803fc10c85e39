package slack_test

import (
	"slices"
	"testing"

	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

func TestThoseWhoLeadAreOneGroup(t *testing.T) {
	for name, o := range map[string]slacktest.Options{
		"workspace": {Unlimited: true}, "organisation": {Unlimited: true, Enterprise: "E0000000001", OrgInstall: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, o)
			s.w.Fail(slacktest.Fault{Method: "usergroups.create", Lost: true})
			if err := s.a.Muster(t.Context(), []incident.PersonID{s.ann}); err == nil || isPermanent(err) {
				t.Fatalf("a lost answer: %v", err)
			}
			for _, c := range []struct {
				managers []incident.PersonID
				want     []string
			}{
				{[]incident.PersonID{s.ann}, []string{s.annID}},
				{[]incident.PersonID{s.bob, s.ann, "p99"}, []string{s.annID, s.bobID}},
				{[]incident.PersonID{s.ann, s.bob}, []string{s.annID, s.bobID}},
				{nil, []string{s.annID, s.bobID}},
				{[]incident.PersonID{s.bob}, []string{s.bobID}},
			} {
				if err := s.a.Muster(t.Context(), c.managers); err != nil {
					t.Fatal(err)
				}
				if got := s.w.GroupUsers("incident-managers"); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(c.want))) {
					t.Errorf("%v: the group is %q, want %q", c.managers, got, c.want)
				}
			}
			if n := len(s.w.Calls("usergroups.users.update")); n != 4 {
				t.Errorf("the group was written %d times", n)
			}
		})
	}
}

func TestWithoutGroupsNobodyIsMusteredNorAskedForLong(t *testing.T) {
	for name, o := range map[string]slacktest.Options{
		"plan": {Unlimited: true, Free: true}, "policy": {Unlimited: true, Policies: map[string]bool{"usergroups": true}}, "scope": {Unlimited: true, Scopes: []string{"users:read"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, o)
			for _, who := range []incident.PersonID{s.ann, s.bob} {
				if err := s.a.Muster(t.Context(), []incident.PersonID{who}); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(s.w.Calls("usergroups.list")) + len(s.w.Calls("usergroups.create")); n > 2 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}
