package slacktest_test

import (
	"strconv"
	"sync"
	"testing"

	"matoi/bot/slack/slacktest"
)

// What is answered is what stood there at the moment of the call, whatever else is called and done meanwhile.
func TestAnswersAreApartFromWhatChangesMeanwhile(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unlimited: true})
	ann := w.Person(slacktest.User{Name: "ann"})
	room := create(t, w, "inc-1")
	mark := ""
	for range 100 { // enough that others come between while they are written
		mark = call(t, w, "bookmarks.add", object{"channel_id": room, "title": "t", "type": "link", "link": "https://example.com/"})["bookmark"].(object)["id"].(string)
		w.Join(w.Person(slacktest.User{Name: "crowd"}).ID, room)
	}
	const rounds = 30
	var all sync.WaitGroup
	for _, do := range []func(k int){
		func(k int) {
			call(t, w, "bookmarks.edit", object{"channel_id": room, "bookmark_id": mark, "title": "t" + strconv.Itoa(k)})
		},
		func(int) { call(t, w, "bookmarks.list", object{"channel_id": room}) },
		func(int) {
			list := call(t, w, "conversations.members", object{"channel": room})["members"].([]any)
			seen := map[any]bool{}
			for _, id := range list {
				if seen[id] {
					t.Errorf("%v is told twice of %v", id, list)
				}
				seen[id] = true
			}
		},
		func(int) { w.Join(ann.ID, room); w.Leave(ann.ID, room) },
	} {
		all.Go(func() {
			for k := range rounds {
				do(k)
			}
		})
	}
	all.Wait()
}
