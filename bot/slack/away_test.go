package slack_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// house is a whole house with both chats, as it is configured with Slack, and with a clock that can be put forward.
type house struct {
	*testing.T
	w        *slacktest.Workspace
	store    *storage.Storage
	desk     *incident.Desk
	bot      *bot.Bot
	slack    *slack.Adapter
	built    *console.Console
	ahead    atomic.Int64 // of the clock
	ann, bob incident.PersonID
	annID    string
	bobID    string
	deeds    int
	stop     func() // the pump
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *house) pass(d time.Duration) { h.ahead.Add(int64(d)) }

func newHouse(t *testing.T, o slacktest.Options) *house {
	t.Helper()
	h := &house{T: t, store: open(t)}
	o.Now = h.now
	h.w = slacktest.New(t, o)
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms, policy.Kept = []string{slack.Realm, console.Realm}, []string{slack.Realm}
	get := func() incident.Policy { return policy }
	h.desk = &incident.Desk{Store: h.store, Policy: get, Now: h.now}
	h.bot = bot.New(bot.Options{Desk: h.desk, Store: h.store, People: h.store, Policy: get, Reporter: h, Now: h.now, Lang: "en", BaseURL: pages})
	h.slack = slack.New(slack.Options{
		Config:  slack.Config{BotToken: bot.NewSecret(h.w.BotToken), SigningSecret: bot.NewSecret(h.w.SigningSecret), APIURL: h.w.APIURL()},
		Handler: h.bot, People: h.store, Rooms: h.store, Now: h.now, Log: slog.New(slog.NewTextHandler(h.Output(), nil)), Lang: "en", BaseURL: pages, HTTP: h.w.HTTP(),
	})
	h.built = console.New(console.Options{Store: h.store, Handler: h.bot, Now: h.now, Name: "/incident"})
	if err := h.built.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.ann, h.annID = h.person("Ann")
	h.bob, h.bobID = h.person("Bob")
	h.start()
	return h
}

// Markdown is the report of this house: all that people wrote.
func (h *house) Markdown(ctx context.Context, n incident.Number, _ lang.Lang) (string, error) {
	events, err := h.store.Timeline(ctx, n, 0, 1000)
	out := "# " + n.String()
	for _, e := range events {
		out += "\n- " + strings.Join(incident.Texts(e.Fact), " ")
	}
	return out, err
}

// Picture is the picture of this house: as many dots as there are entries, and all that people wrote.
func (h *house) Picture(ctx context.Context, n incident.Number, l lang.Lang) (string, error) {
	text, err := h.Markdown(ctx, n, l)
	return "<svg>" + text + "</svg>", err
}

func (h *house) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	pump := bot.NewPump(h.store, h.bot, []bot.Chat{h.slack, h.built}, h.now, slog.New(slog.NewTextHandler(h.Output(), nil)))
	all.Go(func() { _ = pump.Run(ctx) })
	h.stop = sync.OnceFunc(func() {
		cancel()
		all.Wait()
	})
	h.Cleanup(h.stop)
}

func (h *house) person(name string) (incident.PersonID, string) {
	h.Helper()
	u := h.w.Person(slacktest.User{Name: strings.ToLower(name), Real: name})
	p, err := h.store.Meet(h.Context(), incident.Identity{Realm: slack.Realm, ID: u.ID}, name, "")
	if err != nil {
		h.Fatal(err)
	}
	return p.ID, u.ID
}

// until waits for something that is a matter of the process and not of the workspace.
func (h *house) until(what string, is func() bool) {
	h.Helper()
	end, tick := time.NewTimer(90*time.Second), time.NewTicker(10*time.Millisecond)
	defer end.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end.C:
			h.Fatalf("not within 90 seconds: %s", what)
		}
	}
}

// types types a command into a channel of the built-in chat as Ann.
func (h *house) types(channel, text string) {
	h.Helper()
	h.deeds++
	d := console.Deed{By: h.ann, Viewer: incident.Viewer{Person: h.ann}, ID: fmt.Sprint("deed-", h.deeds), Lang: lang.EN}
	got, err := h.built.Say(h.Context(), d, channel, 0, "/incident "+text)
	if err != nil || got.Reply.Refused != nil {
		h.Fatalf("%s: %+v, %v", text, got.Reply.Refused, err)
	}
}

func (h *house) do(n incident.Number, cmd incident.Command) *incident.Incident {
	h.Helper()
	res, err := h.desk.Do(h.Context(), n, cmd, incident.By{Person: h.ann}, incident.Cause{})
	if err != nil {
		h.Fatal(err)
	}
	return res.Incident
}

// opened opens an incident and waits until it can be worked in both chats; it gives its rooms.
func (h *house) opened(p incident.Priority) (n incident.Number, there, here incident.Room) {
	h.Helper()
	n = h.do(0, incident.Open{Title: "payments are slow", Priority: p}).Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: h.ann})
	h.calm()
	i, err := h.store.Load(h.Context(), n)
	if err != nil {
		h.Fatal(err)
	}
	there, _ = i.Room(slack.Realm)
	here, _ = i.Room(console.Realm)
	return n, there, here
}

// calm waits until nothing is left to be told.
func (h *house) calm() {
	h.Helper()
	h.until("nothing waits", func() bool {
		_, outbox, err := h.store.Waiting(h.Context())
		return err == nil && outbox == 0
	})
}

// card is the card in a channel of the built-in chat.
func (h *house) card(channel string) bot.Card {
	h.Helper()
	list, err := h.store.Messages(h.Context(), channel, 0, 0, 500)
	if err != nil {
		h.Fatal(err)
	}
	for _, m := range list {
		if m.Card != nil {
			return *m.Card
		}
	}
	return bot.Card{}
}

// keys are the marks of the messages that stand at a place, without those of people.
func keys(all []slacktest.Message) (out []string) {
	for _, m := range all {
		if fields, ok := m.Metadata["event_payload"].(map[string]any); ok {
			out = append(out, fmt.Sprint(fields["key"]))
		}
	}
	return out
}

// While Slack is away work goes on in the built-in chat, whose card says so. When Slack is back, its room reads what it missed
// in one message, the card there is the newest, and whoever was to be told in private is told once.
func TestWhileSlackIsAwayWorkGoesOnAndItCatchesUpAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{})
	n, there, here := h.opened(incident.P2)
	behind := func() bool {
		return slices.ContainsFunc(h.card(here.ID).Fields, func(f bot.Field) bool { return strings.Contains(f.Value, "has heard nothing since") })
	}
	posts, told := len(h.w.Posts(there.ID)), len(h.w.DMs(h.bobID))

	h.w.Down()
	for k := range 12 {
		h.types(here.ID, fmt.Sprintf("log entry %d.", k))
		h.do(n, incident.AddTask{Text: fmt.Sprintf("task %d.", k), Owner: h.bob})
		h.pass(time.Minute)
	}
	h.types(here.ID, "priority P1")
	h.until("the card in the built-in chat says so", behind)
	h.until("work goes on in the built-in chat", func() bool {
		list, err := h.store.Messages(t.Context(), here.ID, 0, 0, 500)
		return err == nil && slices.ContainsFunc(list, func(m console.Message) bool { return strings.Contains(m.Text, "entry 11.") })
	})
	if _, outbox, _ := h.store.Waiting(t.Context()); outbox < 24 || len(h.w.Posts(there.ID)) != posts {
		t.Errorf("%d wait, %d posts", outbox, len(h.w.Posts(there.ID)))
	}

	h.w.Up()
	h.pass(10 * time.Minute)
	h.types(here.ID, "log and Slack is back")
	h.calm()
	h.until("the card says so no more", func() bool { return !behind() })
	room := h.w.Posts(there.ID)
	var missed []string
	for _, m := range room[posts:] {
		missed = append(missed, m.Shown())
	}
	all := strings.Join(missed, "\n")
	if len(missed) > 3 {
		t.Errorf("a flood of %d messages: %q", len(missed), missed)
	}
	at := -1
	for k := range 12 {
		next := strings.Index(all, fmt.Sprintf("entry %d.", k))
		if next <= at || strings.Count(all, fmt.Sprintf("entry %d.", k)) != 1 {
			t.Errorf("entry %d stands at %d after %d:\n%s", k, next, at, all)
		}
		at = next
	}
	if pins := h.w.Pins(there.ID); len(pins) != 1 || !strings.Contains(pins[0].Shown(), "P1") {
		t.Errorf("the cards are %q", shown(pins))
	}
	private := h.w.DMs(h.bobID)[told:]
	if len(private) != 1 || strings.Count(private[0].Shown(), "task 11.") != 1 || !strings.Contains(private[0].Shown(), "task 0.") {
		t.Errorf("Bob was told %d times: %q", len(private), shown(private))
	}
	for _, place := range [][]slacktest.Message{room, h.w.DMs(h.bobID), h.w.DMs(h.annID), h.w.Posts(h.w.Room("incidents"))} {
		if got := keys(place); len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Errorf("something stands twice: %q", got)
		}
	}
	for _, trouble := range h.w.Troubles() {
		t.Error(trouble)
	}
}

func shown(all []slacktest.Message) (out []string) {
	for _, m := range all {
		out = append(out, m.Shown())
	}
	return out
}

// What is erased from the record goes from Slack as well: from the room, from what people were told in private, from the canvas
// and from the files; what it does not concern stays as it is.
func TestWhatIsErasedGoesFromSlackAsWell(t *testing.T) {
	t.Parallel()
	const secret = "customer Yamada called"
	for name, o := range map[string]slacktest.Options{
		"canvas": {Unlimited: true}, "file": {Unlimited: true, Policies: map[string]bool{"canvas": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, o)
			n, there, here := h.opened(incident.P2)
			h.types(here.ID, "log "+secret)
			h.types(here.ID, "log nothing of it")
			h.do(n, incident.AddTask{Text: secret, Owner: h.bob})
			h.do(n, incident.Resolve{Text: "restarted"})
			h.do(n, incident.Close{})
			h.calm()
			i, err := h.store.Load(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			events, err := h.store.Timeline(t.Context(), n, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			var seqs []int64
			for _, e := range events {
				if slices.Contains(incident.Texts(e.Fact), secret) {
					seqs = append(seqs, e.Seq)
				}
			}
			stands := func() (where []string) {
				for place, all := range map[string][]slacktest.Message{
					"room": h.w.Messages(there.ID), "Ann": h.w.DMs(h.annID), "Bob": h.w.DMs(h.bobID), "announcements": h.w.Messages(h.w.Room("incidents")),
				} {
					for _, m := range all {
						if strings.Contains(m.Shown()+m.Text, secret) {
							where = append(where, place)
						}
						for _, f := range h.w.Files(m) {
							if strings.Contains(string(f.Data), secret) {
								where = append(where, f.Name)
							}
						}
					}
				}
				if strings.Contains(h.w.Canvas(there.ID), secret) {
					where = append(where, "canvas")
				}
				slices.Sort(where)
				return slices.Compact(where)
			}
			want := []string{i.Number.String() + ".svg", "Bob", "canvas", "room"}
			if name == "file" {
				want = []string{"Bob", i.Number.String() + ".md", i.Number.String() + ".svg", "room"}
			}
			slices.Sort(want)
			if got := stands(); !slices.Equal(got, want) {
				t.Fatalf("before it stands in %q, want %q", got, want)
			}
			before := len(h.w.Messages(there.ID))
			if err := h.store.EraseEntries(t.Context(), n, seqs, incident.By{Person: h.ann}, "the customer asked"); err != nil {
				t.Fatal(err)
			}
			h.calm()
			if got := stands(); len(got) > 0 {
				t.Errorf("it still stands in %q", got)
			}
			all := strings.Join(h.w.Texts(there.ID), "\n")
			if !strings.Contains(all, incident.Blank) || !strings.Contains(all, "nothing of it") || len(h.w.Messages(there.ID)) < before {
				t.Errorf("the room reads:\n%s", all)
			}
			if report := h.w.Canvas(there.ID) + strings.Join(files(h.w, there.ID), "\n"); !strings.Contains(report, incident.Blank+"\n") && !strings.Contains(report, "nothing of it") {
				t.Errorf("the report reads:\n%s", report)
			}
			if i, err = h.store.Load(t.Context(), n); err != nil || len(i.Doubts) > 0 {
				t.Errorf("the record doubts %q, %v", i.Doubts, err)
			}
		})
	}
}

// A channel that was archived takes no changes: that something stands there is said in the record.
func TestWhatCannotBeTakenBackIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{Unlimited: true})
	n, there, here := h.opened(incident.P2)
	h.types(here.ID, "log customer Yamada called")
	h.calm()
	h.w.Archive(h.annID, there.ID)
	events, err := h.store.Timeline(t.Context(), n, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := slices.IndexFunc(events, func(e incident.Event) bool { return slices.Contains(incident.Texts(e.Fact), "customer Yamada called") })
	if err := h.store.EraseEntries(t.Context(), n, []int64{int64(said) + 1}, incident.By{Person: h.ann}, "the customer asked"); err != nil {
		t.Fatal(err)
	}
	h.until("the record says so", func() bool {
		i, err := h.store.Load(t.Context(), n)
		return err == nil && slices.ContainsFunc(i.Doubts, func(d string) bool { return strings.HasPrefix(d, string(incident.Unsay)+" slack: ") })
	})
}
