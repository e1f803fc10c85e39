package slack

import (
	"encoding/json"
	"errors"
	"strings"
)

// What Slack sends is read into shapes of our own, which hold what is used and nothing else: a block of a kind that is newer
// than this program, or one that is malformed, must not make a whole message unreadable.

// decode reads a payload; a field of another form than expected stays empty, and the rest is read.
func decode(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if _, misfit := errors.AsType[*json.UnmarshalTypeError](err); misfit {
		return nil
	}
	return err
}

// note is a message as Slack tells of it.
type note struct {
	Subtype     string            `json:"subtype"`
	TS          string            `json:"ts"`
	Thread      string            `json:"thread_ts"`
	User        string            `json:"user"`
	BotID       string            `json:"bot_id"`
	Username    string            `json:"username"`
	Text        string            `json:"text"`
	Blocks      []json.RawMessage `json:"blocks"`
	Attachments []struct {
		Fallback string `json:"fallback"`
		Title    string `json:"title"`
		Text     string `json:"text"`
	} `json:"attachments"`
	Files      []attached `json:"files"`
	BotProfile struct {
		Name string `json:"name"`
	} `json:"bot_profile"`
	Edited struct {
		User string `json:"user"`
		TS   string `json:"ts"`
	} `json:"edited"`
}

// attached is a file of a message. One that was deleted, or that we may not see, has nothing but an id.
type attached struct {
	Name   string `json:"name"`
	Link   string `json:"permalink"`
	Type   string `json:"mimetype"`
	Size   int64  `json:"size"`
	Width  int    `json:"original_w"`
	Height int    `json:"original_h"`
}

// words is what a message says: bots often write attachments, or blocks, without a text.
func (n note) words() string {
	if strings.TrimSpace(n.Text) != "" {
		return n.Text
	}
	var lines []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			lines = append(lines, s)
		}
	}
	for _, b := range n.Blocks {
		var any any
		if json.Unmarshal(b, &any) == nil {
			spoken(any, add)
		}
	}
	for _, a := range n.Attachments {
		if a.Title == "" && a.Text == "" {
			add(a.Fallback)
			continue
		}
		add(a.Title)
		add(a.Text)
	}
	return strings.Join(lines, "\n")
}

// spoken finds the texts in a block of any kind.
func spoken(v any, add func(string)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			spoken(e, add)
		}
	case map[string]any:
		if s, is := v["text"].(string); is {
			add(s)
			return
		}
		for _, in := range []string{"text", "fields", "elements"} {
			spoken(v[in], add)
		}
	}
}

// by is the name of an author who is no person.
func (n note) by() string {
	if n.Username != "" {
		return n.Username
	}
	return n.BotProfile.Name
}

// named is anything of which the id counts; Slack sends null where there is none.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// interacted is what somebody did with a mouse (https://docs.slack.dev/reference/interaction-payloads).
type interacted struct {
	Type       string `json:"type"`
	Team       named  `json:"team"`
	Enterprise named  `json:"enterprise"`
	User       struct {
		named
		Username string `json:"username"`
	} `json:"user"`
	Channel   named `json:"channel"`
	Container struct {
		Channel string `json:"channel_id"`
		Message string `json:"message_ts"`
		Thread  string `json:"thread_ts"`
	} `json:"container"`
	Message     note    `json:"message"`
	Callback    string  `json:"callback_id"`
	Trigger     string  `json:"trigger_id"`
	ResponseURL string  `json:"response_url"`
	Actions     []acted `json:"actions"`
	View        shown   `json:"view"`
	Action      string  `json:"action_id"` // of a menu that asks for its options
	Typed       string  `json:"value"`     // into it
}

// acted is one button that was pressed, or one menu that was used.
type acted struct {
	ID    string `json:"action_id"`
	Type  string `json:"type"`
	Value string `json:"value"`
	At    string `json:"action_ts"` // of this press: a second one, however soon, has another
	Text  struct {
		Text string `json:"text"`
	} `json:"text"`
	Chosen chosen `json:"selected_option"`
}

type chosen struct {
	Value string `json:"value"`
}

// shown is a view as it stood when somebody did something in it.
type shown struct {
	ID       string `json:"id"`
	Hash     string `json:"hash"`
	Type     string `json:"type"`
	Callback string `json:"callback_id"`
	Metadata string `json:"private_metadata"`
	Root     string `json:"root_view_id"`     // the lowest of those that are stacked
	Previous string `json:"previous_view_id"` // the one below, "" for none
	// Installed is the workspace of the app, also where a person of another organisation sends the view.
	Installed string `json:"app_installed_team_id"`
	Blocks    []struct {
		Type string `json:"type"`
		ID   string `json:"block_id"`
	} `json:"blocks"`
	State struct {
		Values map[string]map[string]filled `json:"values"`
	} `json:"state"`
}

// filled is one input as it was filled in.
type filled struct {
	Value string   `json:"value"`
	User  string   `json:"selected_user"`
	One   chosen   `json:"selected_option"`
	Many  []chosen `json:"selected_options"`
}

// team is the workspace whose app is meant.
func (i interacted) team() string {
	if i.View.Installed != "" {
		return i.View.Installed
	}
	return i.Team.ID
}

// room is the channel in which it was done, "" in a view.
func (i interacted) room() string {
	if i.Channel.ID != "" {
		return i.Channel.ID
	}
	return i.Container.Channel
}

// name is what the payload calls the person.
func (i interacted) name() string {
	if i.User.Name != "" {
		return i.User.Name
	}
	return i.User.Username
}
