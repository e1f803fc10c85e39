package bot_test

import (
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// count is how many entries of these kinds stand in the timeline.
func (c *talk) count(n incident.Number, kinds ...string) int {
	c.t.Helper()
	found := 0
	for _, e := range c.events(n) {
		for _, k := range kinds {
			if e.Fact.Kind() == k {
				found++
			}
		}
	}
	return found
}

func TestAFormLeftOpenSaysWhatChangedInsteadOfOverwriting(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P3 決済がタイムアウトする")
	c.says("佐藤", "role im")
	c.forms = true
	form := c.ask(bot.Request{Kind: bot.WantForm, By: c.person("佐藤"), Text: "priority --in " + i.Number.String()}).Form
	c.now = c.now.Add(9 * time.Hour)
	c.says("鈴木", "priority P4 --reason 一部の店舗だけ")
	sent := bot.Request{Kind: bot.Sent, By: c.person("佐藤"), Text: form.Command, Seen: form.Seen, Fields: map[string]string{"priority": "P3", "reason": "まだ続いている"}}
	reply := c.ask(sent)
	if reply.Form == nil || !strings.Contains(reply.Form.Text, "P4") || !strings.Contains(reply.Form.Text, "<@"+string(c.person("鈴木"))+">") {
		t.Fatalf("the second thought is not asked for: %+v", reply)
	}
	if got := c.load(i.Number).Priority; got != incident.P4 {
		t.Fatalf("overwritten with %s", got)
	}
	for _, in := range reply.Form.Inputs {
		if want := sent.Fields[in.Name]; want != "" && in.Value != want {
			t.Errorf("what was typed into %s is gone: %q", in.Name, in.Value)
		}
	}
	sent.Seen, sent.Cause = reply.Form.Seen, "again"
	if reply = c.ask(sent); reply.Form != nil || c.load(i.Number).Priority != incident.P3 {
		t.Fatalf("sent once more it is not taken: %+v", reply)
	}
	before := c.load(i.Number).Version
	c.says("鈴木", "priority P5 --reason もう一度見直し")
	if reply = c.ask(sent); reply.Form != nil || c.load(i.Number).Version != before+1 {
		t.Fatalf("the same form delivered twice asks or acts again: %+v", reply)
	}
}

func TestAFormIsNotHeldUpByWhatDoesNotConcernIt(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 決済がタイムアウトする")
	c.says("佐藤", "role im")
	c.forms = true
	form := c.ask(bot.Request{Kind: bot.WantForm, By: c.person("佐藤"), Text: "update --in " + i.Number.String()}).Form
	c.says("鈴木", "log 再起動した")
	c.says("佐藤", "investigate") // one's own deed is known
	reply := c.ask(bot.Request{Kind: bot.Sent, By: c.person("佐藤"), Text: form.Command, Seen: form.Seen, Fields: map[string]string{"text": "調査中です", "next": "30m", "audience": "stakeholders"}})
	if reply.Form != nil || c.count(i.Number, "published") != 1 {
		t.Fatalf("not published: %+v", reply)
	}
}

func TestTwoPressTheSameButtonAndBothSeeOneDeed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before, press string
		kinds               []string
	}{
		{"take the lead", "", "role im", []string{"role_taken"}},
		{"claim a task", "task ログを集める", "task claim 1", []string{"task_claimed"}},
		{"finish a task", "task ログを集める", "task done 1", []string{"task_done"}},
		{"investigate", "", "investigate", []string{"status_changed"}},
		{"resolve", "", "resolve 設定を戻した", []string{"resolved"}},
		{"restored", "", "restored", []string{"restored"}},
		{"hold", "", "hold --for vendor --reason 回答待ち", []string{"put_on_hold"}},
		{"cancel", "", "cancel 誤報", []string{"cancelled"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTalk(t)
			i := c.opens("佐藤", "open P3 決済がタイムアウトする")
			if tt.before != "" {
				c.says("佐藤", tt.before)
			}
			before := c.count(i.Number, tt.kinds...)
			c.says("鈴木", tt.press)
			reply := c.ask(bot.Request{Kind: bot.Typed, By: c.person("田中"), Text: tt.press})
			if got := c.count(i.Number, tt.kinds...) - before; got != 1 {
				t.Errorf("%d deeds, want one", got)
			}
			if !strings.Contains(reply.Text, "鈴木") {
				t.Errorf("the second is not told who was quicker: %q (%v)", reply.Text, reply.Refused)
			}
		})
	}
}
