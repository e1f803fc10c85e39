package slacktest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// deliver sends what a person waits for, once: commands and interactions are never sent again.
func (w *Workspace) deliver(kind, id string, payload object) Answer {
	d := &Delivery{Kind: kind, ID: id, At: w.Now(), Payload: payload}
	w.mu.Lock()
	w.sent = append(w.sent, d)
	w.mu.Unlock()
	a := w.carry(w.life, d, 0, "")
	a.TriggerID = id
	return a
}

// Command types a slash command into a channel and waits for the answer. What the answer shows stands in
// Answer.Message and among the person's Ephemerals or the channel's Messages.
func (w *Workspace) Command(user, channel, command, text string) Answer {
	w.t.Helper()
	w.mu.Lock()
	u, room := w.person(user), w.place(channel)
	if u == nil || room == nil {
		w.mu.Unlock()
		return Answer{}
	}
	if !slices.Contains(w.Commands, command) {
		w.mu.Unlock()
		return Answer{Failure: w.trouble("%s is not a valid command", command)}
	}
	name := map[string]string{"im": "directmessage", "group": "privategroup", "channel": room.name}[room.kind()]
	trigger := w.trigger(user, "")
	link := w.respondTo("commands", user, room.id, nil)
	payload := object{
		"token": "deprecated", "team_id": w.Team, "team_domain": w.Domain, "channel_id": room.id, "channel_name": name, "user_id": user,
		"user_name": u.Name, "command": command, "text": w.escape(text), "api_app_id": w.AppID, "is_enterprise_install": w.OrgInstall,
		"response_url": link, "trigger_id": trigger,
	}
	if w.Enterprise != "" {
		payload["enterprise_id"], payload["enterprise_name"] = w.Enterprise, "Example Grid"
	}
	w.mu.Unlock()
	a := w.deliver(Commands, trigger, payload)
	a.ResponseURL = link
	if a.Failure != "" {
		w.trouble("%s failed with the error %q", command, a.Failure)
		return a
	}
	a.Message = w.answered(a, user, room.id, command)
	return a
}

// answered shows what stands in the answer to a command: nothing, a plain text, or a message in JSON.
func (w *Workspace) answered(a Answer, user, room, what string) *Message {
	body := strings.TrimSpace(string(a.Body))
	if body == "" || body == "{}" || body == "null" {
		return nil
	}
	o := object{"text": body}
	if strings.HasPrefix(body, "{") {
		if json.Unmarshal([]byte(body), &o) != nil {
			w.trouble("%s was answered with broken JSON", what)
			return nil
		}
	}
	w.mu.Lock()
	m, err := w.respond(&response{user: user, channel: room}, o)
	w.mu.Unlock()
	if err != nil {
		w.trouble("the answer to %s was refused: %v", what, err)
	}
	return m
}

var (
	typedUser    = regexp.MustCompile(`(^|\s)@([\w.-]+)`)
	typedChannel = regexp.MustCompile(`(^|\s)#([\w-]+)`)
)

// escape writes @name and #name as ids, as Slack does for a command with should_escape
// (docs.slack.dev/interactivity/implementing-slash-commands).
func (w *Workspace) escape(text string) string {
	if !w.Escape {
		return text
	}
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	text = typedUser.ReplaceAllStringFunc(text, func(s string) string {
		before, name, _ := strings.Cut(s, "@")
		for _, id := range w.order {
			if w.users[id].Name == name {
				return before + "<@" + id + "|" + name + ">"
			}
		}
		return s
	})
	return typedChannel.ReplaceAllStringFunc(text, func(s string) string {
		before, name, _ := strings.Cut(s, "#")
		if c := w.named(name); c != nil {
			return before + "<#" + c.id + "|" + name + ">"
		}
		return s
	})
}

// place finds a channel by its id or name for the test's own calls.
func (w *Workspace) place(channel string) *channel {
	if c := w.channels[channel]; c != nil {
		return c
	}
	if c := w.named(strings.TrimPrefix(channel, "#")); c != nil {
		return c
	}
	w.t.Fatalf("slacktest: there is no channel %q", channel)
	return nil
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
