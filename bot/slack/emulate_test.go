package slack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/incident"
)

// TestSlackOfOthersTakesWhatWeSend plays an incident from its form to its archive, with the scopes that the manifest asks for
// and no others, against an imitation of Slack that is not ours.
func TestSlackOfOthersTakesWhatWeSend(t *testing.T) {
	const token = "xoxb-as-asked"
	e := startEmulator(t, map[string][]string{token: askedFor()})
	g := newGuest(t, e, token, askedFor(), "incidents")
	town := g.room("ann", "public_channel", "town").ID
	i, room := g.opens(town, "Checkout times out")
	g.furnished(i, room)
	g.worked(i, room, town)
	g.erased(i, room)
	g.looked(town)
	g.stepsOver()
	g.putAway(i, room, town)
	g.secret(town)
	g.inThread(town)
	g.seen(i, room)
	g.examined()
	g.leftNothingOut(token)
}

// opens opens an incident with the form, which looks for its like while one types. Slack's answers that the channel was made and
// that the card was posted get lost.
func (g *guest) opens(town, title string) (*incident.Incident, string) {
	g.Helper()
	g.wire.loses("conversations.create", func(args url.Values) bool { return strings.HasPrefix(args.Get("name"), "inc-") })
	g.wire.loses("chat.postMessage", func(args url.Values) bool {
		return strings.HasPrefix(args.Get("channel"), "C") && strings.Contains(args.Get("blocks"), title)
	})
	view := g.form("ann", town, "open")
	g.interact("ann", view, map[string]any{"title": typedInto(title)}, map[string]any{
		"type": "block_actions", "actions": []map[string]any{{"type": "plain_text_input", "action_id": "v", "block_id": "title", "value": title}},
	})
	g.until("the form made again", func() bool { return len(g.wire.of("views.update")) == 1 })
	view = g.wire.of("views.update")[0].View
	answers := map[string]any{"title": typedInto(title), "impact": chosenOf("large"), "urgency": chosenOf("high")}
	if got := g.interact("ann", view, answers, map[string]any{"type": "view_submission"}); !strings.Contains(got, `"clear"`) {
		g.Fatalf("the form: %s", got)
	}
	room := place{}
	g.until("the record of it, with its channel", func() bool {
		i := g.of(title)
		if i == nil {
			return false
		}
		known, _ := i.Room(slack.Realm)
		room.ID = known.ID
		return room.ID != ""
	})
	return g.of(title), room.ID
}

// furnished looks at the channel as somebody who was invited.
func (g *guest) furnished(i *incident.Incident, room string) {
	g.Helper()
	g.until("the opener in the channel", func() bool { return slices.Contains(g.members("ann", room), g.e.users["ann"]) })
	g.until("its topic", func() bool {
		return strings.Contains(g.room("ann", "public_channel", bot.RoomName(i.Number, i.Title)).Topic.Value, i.Number.String())
	})
	var marks struct{ Bookmarks []struct{ Link string } }
	g.until("the bookmarks", func() bool {
		g.e.ask(bySelf+"ann", "bookmarks.list", url.Values{"channel_id": {room}}, &marks)
		return len(marks.Bookmarks) == 2
	})
	if got := marks.Bookmarks[1].Link; got != pages+"/incidents/"+i.Number.String()+"/report" {
		g.Errorf("the second bookmark: %s", got)
	}
	var pins struct {
		Items []struct{ Message posted }
	}
	g.e.ask(bySelf+"ann", "pins.list", url.Values{"channel": {room}}, &pins)
	if cards := g.cards(room); len(cards) != 1 || len(pins.Items) != 1 || pins.Items[0].Message.TS != cards[0].TS {
		g.Errorf("cards %+v, pinned %+v", cards, pins.Items)
	}
	g.until("its announcement", func() bool {
		at := g.room("ann", "public_channel", "incidents")
		return at.ID != "" && slices.ContainsFunc(g.read("ann", at.ID), func(p posted) bool { return strings.Contains(p.Text, i.Title) })
	})
	for _, method := range []string{"conversations.create", "chat.postMessage"} {
		if !slices.ContainsFunc(g.wire.of(method), func(c called) bool { return c.Lost }) {
			g.Errorf("no answer of %s got lost", method)
		}
	}
}

// cards are the messages of ours in a channel that have a title and buttons.
func (g *guest) cards(room string) []posted {
	g.Helper()
	return slices.DeleteFunc(g.read("ann", room), func(p posted) bool {
		return p.User != botUser || !slices.ContainsFunc(p.Blocks, func(b json.RawMessage) bool { return strings.Contains(string(b), `"actions"`) })
	})
}

// worked has people work in the channel.
func (g *guest) worked(i *incident.Incident, room, town string) {
	g.Helper()
	// A role, with its duties in a direct message of which the answer gets lost; and one for somebody whom we know by an address.
	private := func(args url.Values) bool { return strings.HasPrefix(args.Get("channel"), "D") }
	g.wire.loses("chat.postMessage", private)
	g.command("ann", room, "role im")
	g.until("a look for what may have been told", func() bool {
		return slices.ContainsFunc(g.wire.of("conversations.history"), func(c called) bool { return c.OK && private(c.Args) })
	})
	g.knows("Carol")
	g.command("ann", room, "role scribe @Carol")
	g.until("Carol in the channel", func() bool { return slices.Contains(g.members("ann", room), g.e.users["carol"]) })
	g.until("her duties", func() bool { return len(g.direct("carol")) > 0 })
	once := map[any]bool{}
	for _, p := range g.direct("ann") {
		if key := p.Metadata.Payload["key"]; key == nil || once[key] {
			g.Errorf("told without a key, or twice: %+v", p)
		}
		once[p.Metadata.Payload["key"]] = true
	}
	// We are taken out of the channel, and go back to set its topic. The card is edited in its place.
	was := g.cards(room)[0]
	g.e.ask(bySelf+"ann", "conversations.kick", url.Values{"channel": {room}, "user": {botUser}}, nil)
	g.command("ann", room, "title Checkout is down")
	g.until("the new topic", func() bool {
		return strings.Contains(g.room("ann", "public_channel", bot.RoomName(i.Number, i.Title)).Topic.Value, "Checkout is down")
	})
	g.until("the new card", func() bool { return strings.Contains(g.cards(room)[0].Text, "Checkout is down") })
	if now := g.cards(room)[0]; now.TS != was.TS || now.Edited == nil || now.Metadata.Payload["key"] == nil {
		g.Errorf("the card was %+v and is %+v", was, now)
	}
	// What somebody says is written down by a sign, and a question in a thread is answered there for one person.
	g.e.ask(bySelf+"bob", "conversations.join", url.Values{"channel": {room}}, nil)
	var said struct{ TS string }
	g.e.ask(bySelf+"bob", "chat.postMessage", url.Values{"channel": {room}, "text": {"the pool is <https://db.example|empty> &amp; grows"}}, &said)
	g.event(map[string]any{"type": "reaction_added", "user": g.e.users["ann"], "reaction": "pushpin", "item": map[string]any{"type": "message", "channel": room, "ts": said.TS}})
	g.until("it in the record", func() bool { return g.has(i.Number, "noted") })
	g.event(map[string]any{"type": "app_mention", "user": g.e.users["bob"], "channel": room, "ts": said.TS, "thread_ts": said.TS, "text": "<@" + botUser + "> who"})
	g.event(map[string]any{"type": "app_mention", "user": g.e.users["ann"], "channel": town, "ts": "1700000000.000100", "text": "<@" + botUser + "> me"})
	g.until("an answer for one person in the thread", func() bool {
		return slices.ContainsFunc(g.wire.of("chat.postEphemeral"), func(c called) bool {
			return c.OK && c.Args.Get("thread_ts") == said.TS && c.Args.Get("user") == g.e.users["bob"]
		})
	})
	g.until("one elsewhere", func() bool {
		return slices.ContainsFunc(g.wire.of("chat.postEphemeral"), func(c called) bool { return c.OK && c.Args.Get("channel") == town })
	})
}

// knows has the house know somebody from elsewhere, with an address.
func (g *guest) knows(name string) {
	g.Helper()
	at := incident.Identity{Realm: "console", ID: strings.ToLower(name)}
	if _, err := g.store.Meet(g.Context(), at, name, strings.ToLower(name)+"@example.com"); err != nil {
		g.Fatal(err)
	}
}

// direct is what we told somebody in private.
func (g *guest) direct(who string) []posted {
	g.Helper()
	var found struct{ Channels []struct{ ID, User string } }
	g.e.ask(bySelf+who, "conversations.list", url.Values{"types": {"im"}, "limit": {"1000"}}, &found)
	for _, c := range found.Channels {
		if c.User == botUser {
			return g.read(who, c.ID)
		}
	}
	return nil
}

// erased takes a text out of the record, which stands in the channel, too.
func (g *guest) erased(i *incident.Incident, room string) {
	g.Helper()
	stands := func() bool {
		return slices.ContainsFunc(g.read("ann", room), func(p posted) bool { return strings.Contains(p.Text, "Mallory") })
	}
	g.command("ann", room, "update restarted by Mallory")
	g.until("the update in the channel", stands)
	all := g.facts(i.Number, "published")
	if err := g.store.EraseEntries(g.Context(), i.Number, []int64{all[len(all)-1].Seq}, incident.By{}, "a name"); err != nil {
		g.Fatal(err)
	}
	g.until("it taken out of the channel", func() bool { return !stands() })
}

// looked opens the form for what is open already, and looks at that from there: a page on top of the form.
func (g *guest) looked(town string) {
	g.Helper()
	var form struct {
		ID     string
		Blocks []struct {
			Type     string
			Elements []map[string]any
		}
	}
	view := g.form("ann", town, "open Checkout is down")
	if err := json.Unmarshal(view, &form); err != nil {
		g.Fatal(err)
	}
	for _, b := range form.Blocks {
		if b.Type != "actions" {
			continue
		}
		g.until("a page on top of the form", func() bool {
			g.interact("ann", view, nil, map[string]any{"type": "block_actions", "actions": b.Elements[:1], "trigger_id": g.triggerIn("ann", form.ID)})
			return slices.ContainsFunc(g.wire.of("views.push"), func(c called) bool { return c.OK })
		})
		return
	}
	g.Fatalf("nothing to press in %s", view)
}

// stepsOver opens a room whose name people have, twice: the second time ours is found again.
func (g *guest) stepsOver() {
	g.Helper()
	const name = "inc-20261121-999-search"
	g.e.ask(bySelf+"ann", "conversations.create", url.Values{"name": {name}}, nil)
	var rooms [2]incident.Room
	for n := range rooms {
		g.until("a room", func() bool {
			var err error
			rooms[n], err = g.a.OpenRoom(g.Context(), bot.RoomSpec{Number: 20261121000999, Name: name})
			return err == nil
		})
	}
	if rooms[0].Name != name+"-2" || rooms[1] != rooms[0] {
		g.Errorf("opened %+v", rooms)
	}
}

// putAway ends the incident, whose report becomes a file where there are no canvases, has it come back, and ends it again.
func (g *guest) putAway(i *incident.Incident, room, town string) {
	g.Helper()
	g.command("ann", room, "resolve restarted")
	g.command("ann", room, "close")
	g.until("the report and its picture", func() bool { return len(g.files(room)) == 2 })
	name, first := i.Number.String(), g.files(room)
	if !strings.Contains(first[name+".md"], "報告書") || !strings.HasPrefix(first[name+".svg"], "<svg") {
		g.Errorf("the files: %q", first)
	}
	channel := bot.RoomName(i.Number, i.Title)
	archived := func() bool { return g.room("ann", "public_channel", channel).Archived }
	if archived() {
		g.Error("archived while people still talk")
	}
	g.calm()
	g.ahead.Add(int64(g.a.Rests() + time.Minute))
	g.command("bob", town, "open P4 A slow printer") // the outbox is looked at when something comes
	g.until("the channel archived", archived)
	g.command("ann", town, "reopen it is back --in "+i.Number.String())
	g.until("the channel back", func() bool { return !archived() })
	g.command("ann", room, "resolve restarted again")
	g.command("ann", room, "close")
	g.until("a report that takes the place of the first", func() bool {
		now := g.files(room)
		return len(now) == 2 && len(now[name+".md"]) > len(first[name+".md"])
	})
	g.until("the first one gone", func() bool {
		return slices.ContainsFunc(g.wire.of("files.delete"), func(c called) bool { return c.OK })
	})
}

// calm waits until all was said, but for what comes much later: the archive.
func (g *guest) calm() {
	g.Helper()
	g.until("nothing more to say", func() bool {
		next, err := g.store.NextClaim(g.Context())
		return err == nil && next.After(g.now().Add(2*time.Minute))
	})
}

// files are what stands in a channel, by name.
func (g *guest) files(room string) map[string]string {
	g.Helper()
	out := map[string]string{}
	for _, p := range g.read("ann", room) {
		for _, f := range p.Files {
			out[f.Name] = g.download("ann", f.URL)
		}
	}
	return out
}

func (g *guest) download(who, address string) string {
	g.Helper()
	req, err := http.NewRequestWithContext(g.Context(), http.MethodGet, address, nil)
	if err != nil {
		g.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bySelf+who)
	resp, err := g.e.way.RoundTrip(req)
	if err != nil {
		g.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		g.Fatal(err)
	}
	return string(text)
}

// inThread looks at a small incident, which is worked in a thread until it becomes private: then it has a channel of its own.
func (g *guest) inThread(town string) {
	g.Helper()
	var i *incident.Incident
	at := place{}
	g.until("the thread with its card", func() bool {
		if i = g.of("A slow printer"); i == nil {
			return false
		}
		room, _ := i.Room(slack.Realm)
		at = place{ID: room.ID, Name: room.Thread}
		return room.Thread != "" && len(g.thread("bob", at.ID, at.Name)) > 1
	})
	g.command("bob", town, "private --in "+i.Number.String())
	g.until("nothing left in the thread", func() bool { return len(g.thread("bob", at.ID, at.Name)) == 1 })
	g.until("a private channel", func() bool { return g.room("bob", "private_channel", strings.ToLower(i.Number.String())).ID != "" })
	if hidden := g.room("ann", "private_channel", strings.ToLower(i.Number.String())); hidden.ID != "" {
		g.Errorf("Ann sees %+v", hidden)
	}
	g.until("a head that tells nothing", func() bool { return !strings.Contains(g.thread("bob", at.ID, at.Name)[0].Text, "printer") })
}

// seen opens the app's page, and what emulate has nothing of: links, the side pane and a step of a workflow.
func (g *guest) seen(i *incident.Incident, room string) {
	g.Helper()
	address := pages + "/incidents/" + i.Number.String()
	g.event(map[string]any{"type": "app_home_opened", "user": g.e.users["ann"], "tab": "home"})
	g.event(map[string]any{"type": "link_shared", "user": g.e.users["ann"], "channel": room, "message_ts": "1700000000.000200", "unfurl_id": "U1", "source": "conversations_history", "links": []map[string]any{{"url": address}}})
	g.event(map[string]any{"type": "entity_details_requested", "user": g.e.users["ann"], "channel": room, "entity_url": address, "trigger_id": "1.2"})
	g.event(map[string]any{"type": "function_executed", "function_execution_id": "Fx1", "bot_access_token": "xwfp-1", "function": map[string]any{"callback_id": slack.StepOpen}, "inputs": map[string]any{"title": "From a workflow"}})
	g.event(map[string]any{"type": "function_executed", "function_execution_id": "Fx2", "bot_access_token": "xwfp-2", "function": map[string]any{"callback_id": "other"}})
	for _, method := range []string{"views.publish", "chat.unfurl", "entity.presentDetails", "functions.completeSuccess", "functions.completeError"} {
		g.until(method, func() bool { return len(g.wire.of(method)) > 0 })
	}
	g.until("an incident from the workflow", func() bool { return g.of("From a workflow") != nil })
}

// examined has the doctor look at the app: nothing is wrong but what emulate has nothing of.
func (g *guest) examined() {
	g.Helper()
	o := g.made
	o.Now = time.Now
	o.Config.AppToken = bot.NewSecret("xapp-matoi")
	templates := map[string]bot.Message{"card": {Card: &bot.Card{Title: "x", Text: "y"}}}
	var texts []string
	for _, f := range slack.New(o).Examine(g.Context(), templates, slack.Server{}) {
		texts = append(texts, f.Text)
		if f.Bad() && !strings.HasPrefix(f.Text, "slack.doctor_socket") {
			g.Errorf("the doctor finds %+v", f)
		}
	}
	for _, want := range []string{"slack.doctor_known", "slack.doctor_scopes", "slack.doctor_channel", "slack.doctor_blocks_unknown"} {
		if !slices.Contains(texts, want) {
			g.Errorf("the doctor does not say %s: %q", want, texts)
		}
	}
}
