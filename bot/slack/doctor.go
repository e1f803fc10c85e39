package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Finding is what was found out about one thing. Text and Cure are ids of texts; where there is no cure, nothing is wrong.
type Finding struct {
	Text, Cure string
	Args       lang.Args
}

// Bad reports whether something is to be mended.
func (f Finding) Bad() bool { return f.Cure != "" }

// The bounds of the clock: Slack's stamps are refused when they are five minutes off (verify.go), and a clock that is a
// minute off is on its way there.
const skewMost = time.Minute

// answerOf is what an examination reads of an answer of the Web API.
type answerOf struct {
	OK         bool   `json:"ok"`
	Error      string `json:"error"`
	Team       string `json:"team"`
	TeamID     string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
	User       string `json:"user"`
	URL        string `json:"url"`
	Metadata   struct {
		Messages []string `json:"messages"`
		Next     string   `json:"next_cursor"`
	} `json:"response_metadata"`
	Channels []channelOf `json:"channels"`
	Errors   []struct {
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	} `json:"errors"`

	status int
	header http.Header
}

// why is what Slack said was wrong.
func (r answerOf) why() string {
	out := []string{r.Error}
	if r.Error == "" { // no answer of Slack's at all
		out[0] = fmt.Sprintf("HTTP %d", r.status)
	}
	for _, e := range r.Errors {
		out = append(out, strings.TrimSpace(e.Pointer+" "+e.Message))
	}
	return strings.Join(append(out, r.Metadata.Messages...), "; ")
}

// raw calls a method without the budget and without slack-go, which keeps neither the headers nor the errors in an answer.
func (a *Adapter) raw(ctx context.Context, method string, token bot.Secret, args url.Values) (out answerOf, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Config.apiURL()+method, strings.NewReader(args.Encode()))
	if err != nil {
		return out, err
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	out.status, out.header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyMost))
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, fmt.Errorf("HTTP %d, no answer of Slack's", resp.StatusCode)
	}
	return out, nil
}

// Server is what a running server, and the record, tell of the app. Known is false where no server was there to ask.
type Server struct {
	Known   bool
	Heard   time.Time           // when it got the last event, zero for never
	Sockets int                 // connections of Socket Mode that Slack greeted
	Home    *incident.Workspace // in which the rooms of the record are; nil where there is no record, or nothing in it
}

// Examine asks Slack what it thinks of the app, changes nothing and takes nothing from a server that runs. templates are
// messages that are sent, each with its name.
func (a *Adapter) Examine(ctx context.Context, templates map[string]bot.Message, s Server) []Finding {
	began := a.Now()
	who, err := a.raw(ctx, "auth.test", a.Config.BotToken, nil)
	if err != nil {
		return []Finding{{"slack.doctor_away", "slack.cure_away", lang.Args{"Address": a.Config.apiURL(), "Why": plainly(err)}}}
	}
	if !who.OK {
		return []Finding{{"slack.doctor_refused", "slack.cure_token", lang.Args{"Why": who.why()}}}
	}
	found := []Finding{{Text: "slack.doctor_known", Args: lang.Args{"User": who.User, "Team": who.Team, "ID": who.TeamID}}}
	found = append(found, a.belongs(who, s.Home)...)
	found = append(found, a.scopes(who), a.skew(who, began, a.Now()))
	found = append(found, a.doors(ctx, s)...)
	found = append(found, a.desk(ctx, who), a.lastly(s))
	return append(found, a.templates(ctx, templates)...)
}

// belongs compares the token's workspace with the one it should be of: as the configuration says, else as the record does.
func (a *Adapter) belongs(who answerOf, home *incident.Workspace) []Finding {
	now := incident.Workspace{ID: who.TeamID, Org: who.Enterprise, Name: who.Team}
	args := lang.Args{"Now": place(now), "ID": cmp.Or(now.ID, now.Org), "Set": a.Config.Workspace}
	if home != nil {
		args["Was"] = place(*home)
	}
	switch want := a.Config.Workspace; {
	case want != "" && want != now.ID && want != now.Org:
		return []Finding{{"slack.doctor_workspace_set", "slack.cure_workspace_set", args}}
	case home == nil:
		return nil
	case home.Same(now):
		return []Finding{{Text: "slack.doctor_workspace", Args: args}}
	case want != "":
		return []Finding{{Text: "slack.doctor_workspace_moves", Args: args}}
	}
	return []Finding{{"slack.doctor_workspace_other", "slack.cure_workspace_other", args}}
}

// scopes compares what was granted with what is needed. The names of those that are for paid plans only are no fault.
func (a *Adapter) scopes(who answerOf) Finding {
	granted := strings.FieldsFunc(who.header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	var missing []string
	for _, s := range scopesOf(unfurlDomain(a.BaseURL) != "", true) {
		if !slices.Contains(granted, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 {
		return Finding{"slack.doctor_scopes_missing", "slack.cure_scopes", lang.Args{"Scopes": strings.Join(missing, ", ")}}
	}
	return Finding{Text: "slack.doctor_scopes", Args: lang.Args{"N": len(granted)}}
}

// skew compares the clocks, as well as a header of whole seconds allows.
func (a *Adapter) skew(who answerOf, began, ended time.Time) Finding {
	theirs, err := http.ParseTime(who.header.Get("Date"))
	if err != nil {
		return Finding{Text: "slack.doctor_clock_unknown"}
	}
	off := time.Duration(0)
	switch {
	case theirs.Add(time.Second).Before(began):
		off = began.Sub(theirs)
	case theirs.After(ended):
		off = theirs.Sub(ended)
	}
	off = off.Round(time.Second)
	if off >= skewMost {
		return Finding{"slack.doctor_clock_off", "slack.cure_clock", lang.Args{"Off": off.String()}}
	}
	return Finding{Text: "slack.doctor_clock", Args: lang.Args{"Off": off.String()}}
}

// doors looks at the ways in that are configured.
func (a *Adapter) doors(ctx context.Context, s Server) (out []Finding) {
	if !a.Config.AppToken.Empty() {
		out = append(out, a.socketDoor(ctx, s))
	}
	if a.Config.SigningSecret.Empty() {
		return out
	}
	args := lang.Args{"Address": a.BaseURL + "/slack/events"}
	if !strings.HasPrefix(a.BaseURL, "https://") {
		if a.Config.AppToken.Empty() {
			return append(out, Finding{"slack.doctor_http_plain", "slack.cure_http", args})
		}
		return out
	}
	return append(out, Finding{Text: "slack.doctor_http", Args: args})
}

// channelOf is a channel of a list.
type channelOf struct {
	Name     string `json:"name"`
	Member   bool   `json:"is_member"`
	Archived bool   `json:"is_archived"`
}

// desk looks whether we are in the channel of announcements, where there is one.
func (a *Adapter) desk(ctx context.Context, who answerOf) Finding {
	args := lang.Args{"Channel": "#" + a.Config.Announcements}
	ch, err := a.listed(ctx, who, a.Config.Announcements)
	switch {
	case err != nil:
		args["Why"] = plainly(err)
		return Finding{"slack.doctor_channel_unknown", "slack.cure_channel_unknown", args}
	case ch == nil:
		return Finding{Text: "slack.doctor_channel_none", Args: args}
	case ch.Archived:
		return Finding{"slack.doctor_channel_archived", "slack.cure_channel_archived", args}
	case !ch.Member:
		return Finding{"slack.doctor_channel_outside", "slack.cure_channel", args}
	}
	return Finding{Text: "slack.doctor_channel", Args: args}
}

// mostPages bounds the search for a channel: Slack allows twenty pages a minute, of a thousand channels each.
const mostPages = 20

// listed looks through the channels for a name, nil where nobody sees one.
func (a *Adapter) listed(ctx context.Context, who answerOf, name string) (*channelOf, error) {
	args := url.Values{"types": {"public_channel,private_channel"}, "limit": {"1000"}}
	if who.TeamID != "" {
		args.Set("team_id", who.TeamID) // needed where the whole organisation has the app, and true elsewhere
	}
	for range mostPages {
		page, err := a.raw(ctx, "conversations.list", a.Config.BotToken, args)
		if err == nil && !page.OK {
			err = errors.New(page.why())
		}
		if err != nil {
			return nil, err
		}
		for _, ch := range page.Channels {
			if ch.Name == name {
				return &ch, nil
			}
		}
		if page.Metadata.Next == "" {
			return nil, nil
		}
		args.Set("cursor", page.Metadata.Next)
	}
	return nil, errors.New("more than 20,000 channels")
}

// lastly tells when the last event came.
func (a *Adapter) lastly(s Server) Finding {
	switch {
	case !s.Known:
		return Finding{Text: "slack.doctor_heard_unknown"}
	case s.Heard.IsZero():
		return Finding{"slack.doctor_heard_never", "slack.cure_heard", lang.Args{"Command": a.Name}}
	}
	return Finding{Text: "slack.doctor_heard", Args: lang.Args{"Ago": lang.Ago(a.Lang, a.Now().Sub(s.Heard))}}
}

// templates has Slack look at cards without showing them to anybody
// (https://docs.slack.dev/reference/methods/blocks.validate).
func (a *Adapter) templates(ctx context.Context, all map[string]bot.Message) (out []Finding) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := cards{show: a.show(ctx, nil), base: a.BaseURL, lang: all[name].Lang}
		blocks, err := json.Marshal(c.card(all[name])) // slack-go keeps a message's blocks where nobody can read them
		if err != nil {
			return append(out, Finding{"slack.doctor_blocks_bad", "slack.cure_blocks", lang.Args{"Name": name, "Why": err.Error()}})
		}
		got, err := a.raw(ctx, "blocks.validate", a.Config.BotToken, url.Values{"blocks": {string(blocks)}})
		switch {
		case err != nil:
			return append(out, Finding{"slack.doctor_away", "slack.cure_away", lang.Args{"Address": a.Config.apiURL(), "Why": plainly(err)}})
		case got.Error == "unknown_method", got.status == http.StatusNotFound, got.status == http.StatusTooManyRequests:
			return append(out, Finding{Text: "slack.doctor_blocks_unknown", Args: lang.Args{"Why": got.why()}})
		case !got.OK:
			out = append(out, Finding{"slack.doctor_blocks_bad", "slack.cure_blocks", lang.Args{"Name": name, "Why": got.why()}})
		}
	}
	if len(out) == 0 && len(all) > 0 {
		out = append(out, Finding{Text: "slack.doctor_blocks", Args: lang.Args{"N": len(all)}})
	}
	return out
}

// plainly is an error without the address of the call, which says nothing to whoever reads it.
func plainly(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error()
}
