package slack

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"matoi/lang"
)

// Manifest describes the app to Slack (https://docs.slack.dev/reference/app-manifest): pasted into "Create New App" it makes
// one that fits this adapter, with the scopes and events that are used and no others.
type Manifest struct {
	Metadata  ManifestVersion             `json:"_metadata" yaml:"_metadata"`
	Display   ManifestDisplay             `json:"display_information" yaml:"display_information"`
	Features  ManifestFeatures            `json:"features" yaml:"features"`
	OAuth     ManifestOAuth               `json:"oauth_config" yaml:"oauth_config"`
	Settings  ManifestSettings            `json:"settings" yaml:"settings"`
	Functions map[string]ManifestFunction `json:"functions,omitempty" yaml:"functions,omitempty"`
}

// ManifestVersion is that of the schema: functions need the second.
type ManifestVersion struct {
	Major int `json:"major_version" yaml:"major_version"`
	Minor int `json:"minor_version" yaml:"minor_version"`
}

// ManifestDisplay is how the app presents itself.
type ManifestDisplay struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description" yaml:"description"`
	Color       string `json:"background_color" yaml:"background_color"`
}

// ManifestFeatures are what people see of the app.
type ManifestFeatures struct {
	Home      ManifestHome       `json:"app_home" yaml:"app_home"`
	Bot       ManifestBot        `json:"bot_user" yaml:"bot_user"`
	Shortcuts []ManifestShortcut `json:"shortcuts" yaml:"shortcuts"`
	Commands  []ManifestCommand  `json:"slash_commands" yaml:"slash_commands"`
	Unfurls   []string           `json:"unfurl_domains,omitempty" yaml:"unfurl_domains,omitempty"`
}

// ManifestHome is the app's own page.
type ManifestHome struct {
	Home     bool `json:"home_tab_enabled" yaml:"home_tab_enabled"`
	Messages bool `json:"messages_tab_enabled" yaml:"messages_tab_enabled"`
	ReadOnly bool `json:"messages_tab_read_only_enabled" yaml:"messages_tab_read_only_enabled"`
}

// ManifestBot is the app's user.
type ManifestBot struct {
	Name   string `json:"display_name" yaml:"display_name"`
	Online bool   `json:"always_online" yaml:"always_online"`
}

// ManifestShortcut is an entry of the menu of messages, or of the one of shortcuts.
type ManifestShortcut struct {
	Name        string `json:"name" yaml:"name"`
	Type        string `json:"type" yaml:"type"`
	Callback    string `json:"callback_id" yaml:"callback_id"`
	Description string `json:"description" yaml:"description"`
}

// ManifestCommand is a slash command.
type ManifestCommand struct {
	Command     string `json:"command" yaml:"command"`
	URL         string `json:"url,omitempty" yaml:"url,omitempty"`
	Description string `json:"description" yaml:"description"`
	Hint        string `json:"usage_hint" yaml:"usage_hint"`
	Escape      bool   `json:"should_escape" yaml:"should_escape"`
}

// ManifestOAuth holds what the app asks to be allowed.
type ManifestOAuth struct {
	Scopes struct {
		Bot []string `json:"bot" yaml:"bot"`
	} `json:"scopes" yaml:"scopes"`
}

// ManifestSettings say how the app is reached.
type ManifestSettings struct {
	Events struct {
		URL string   `json:"request_url,omitempty" yaml:"request_url,omitempty"`
		Bot []string `json:"bot_events" yaml:"bot_events"`
	} `json:"event_subscriptions" yaml:"event_subscriptions"`
	Interactivity struct {
		On      bool   `json:"is_enabled" yaml:"is_enabled"`
		URL     string `json:"request_url,omitempty" yaml:"request_url,omitempty"`
		Options string `json:"message_menu_options_url,omitempty" yaml:"message_menu_options_url,omitempty"`
	} `json:"interactivity" yaml:"interactivity"`
	Org      bool   `json:"org_deploy_enabled" yaml:"org_deploy_enabled"`
	Socket   bool   `json:"socket_mode_enabled" yaml:"socket_mode_enabled"`
	Rotation bool   `json:"token_rotation_enabled" yaml:"token_rotation_enabled"`
	Runtime  string `json:"function_runtime,omitempty" yaml:"function_runtime,omitempty"`
}

// ManifestFunction is a custom step of workflows.
type ManifestFunction struct {
	Title       string             `json:"title" yaml:"title"`
	Description string             `json:"description" yaml:"description"`
	In          ManifestParameters `json:"input_parameters" yaml:"input_parameters"`
	Out         ManifestParameters `json:"output_parameters" yaml:"output_parameters"`
}

// ManifestParameters are what a step takes or gives.
type ManifestParameters struct {
	Properties map[string]ManifestParameter `json:"properties" yaml:"properties"`
	Required   []string                     `json:"required" yaml:"required"`
}

// ManifestParameter is one of them.
type ManifestParameter struct {
	Type  string `json:"type" yaml:"type"`
	Title string `json:"title" yaml:"title"`
}

// ManifestOptions say which app is described.
type ManifestOptions struct {
	Name    string   // the command, with its slash
	Aliases []string // each becomes a command of its own
	BaseURL string   // where Slack reaches Matoi, needed over HTTP; and whose links are shown as what they are
	HTTP    bool     // Slack calls Matoi, else Matoi dials Slack (Socket Mode)
	Free    bool     // for a free plan, which has neither custom steps nor user groups
	Lang    lang.Lang
}

// The colour of the app's card in Slack: the vermilion of a matoi.
const appColour = "#c73e1d"

// StepOpen is the custom step that opens an incident, by its callback.
const StepOpen = "open_incident"

// NewManifest describes the app.
func NewManifest(o ManifestOptions) Manifest {
	t := func(id string) string { return lang.Text(o.Lang, id, nil) }
	var at func(path string) string
	if o.HTTP {
		at = func(path string) string { return strings.TrimRight(o.BaseURL, "/") + path }
	} else {
		at = func(string) string { return "" }
	}
	m := Manifest{
		Metadata: ManifestVersion{Major: 2, Minor: 1},
		Display:  ManifestDisplay{Name: "Matoi", Description: t("slack.manifest_what"), Color: appColour},
		Features: ManifestFeatures{
			Home: ManifestHome{Home: true, Messages: true},
			Bot:  ManifestBot{Name: "matoi", Online: true},
			Shortcuts: []ManifestShortcut{
				{t("slack.manifest_log"), "message", "log", t("slack.manifest_log_what")},
				{t("slack.manifest_open"), "message", "open", t("slack.manifest_open_from")},
				{t("slack.manifest_open"), "global", "open", t("slack.manifest_open_what")},
			},
		},
	}
	for _, name := range append([]string{o.Name}, o.Aliases...) {
		m.Features.Commands = append(m.Features.Commands, ManifestCommand{
			Command: name, URL: at("/slack/commands"), Description: t("slack.manifest_command"), Hint: t("slack.manifest_hint"), Escape: true,
		})
	}
	unfurl := unfurlDomain(o.BaseURL)
	if unfurl != "" {
		m.Features.Unfurls = []string{unfurl}
	}
	m.OAuth.Scopes.Bot = scopesOf(unfurl != "", o.Free)
	m.Settings.Events.URL, m.Settings.Events.Bot = at("/slack/events"), eventsOf(unfurl != "", o.Free)
	m.Settings.Interactivity.On, m.Settings.Interactivity.URL, m.Settings.Interactivity.Options = true, at("/slack/interactions"), at("/slack/options")
	m.Settings.Socket = !o.HTTP
	m.Features.Home.ReadOnly = !slices.Contains(m.Settings.Events.Bot, "message.im") // nobody would hear what is written there
	if !o.Free {                                                                     // a step needs an app that is ready for organisations (https://docs.slack.dev/tools/bolt-js/tutorials/custom-steps)
		m.Settings.Org, m.Settings.Runtime = true, "remote"
		m.Functions = map[string]ManifestFunction{StepOpen: stepOpen(t)}
	}
	return m
}

func stepOpen(t func(string) string) ManifestFunction {
	text := func(id string) ManifestParameter { return ManifestParameter{"string", t(id)} }
	return ManifestFunction{
		Title: t("slack.manifest_open"), Description: t("slack.manifest_open_what"),
		In:  ManifestParameters{map[string]ManifestParameter{"title": text("slack.manifest_title")}, []string{"title"}},
		Out: ManifestParameters{map[string]ManifestParameter{"number": text("slack.manifest_number")}, []string{"number"}},
	}
}

// unfurlDomain is the domain whose links Slack tells us of: that of our pages where it is a public name, for Slack takes
// neither addresses nor names without a dot.
func unfurlDomain(base string) string {
	u, err := url.Parse(base)
	if err != nil || net.ParseIP(u.Hostname()) != nil || !strings.Contains(u.Hostname(), ".") {
		return ""
	}
	return u.Hostname()
}

// need is a scope with what needs it: methods that are called, or events (https://docs.slack.dev/reference/scopes).
type need struct {
	scope  string
	by     []string
	unfurl bool // only where links are shown as what they are
	paid   bool // only on paid plans
}

// needs are the scopes that are asked for, in the order of their names. manifest_test.go holds them to what is called.
func needs() []need {
	rooms := []string{"conversations.create", "conversations.invite", "conversations.kick", "conversations.setTopic", "conversations.rename", "conversations.archive", "conversations.unarchive"}
	look := []string{"conversations.list", "conversations.info", "member_left_channel"}
	read := []string{"conversations.history", "conversations.replies"}
	return []need{
		{scope: "app_mentions:read", by: []string{"app_mention"}},
		{scope: "bookmarks:read", by: []string{"bookmarks.list"}},
		{scope: "bookmarks:write", by: []string{"bookmarks.add"}},
		{scope: "canvases:write", by: []string{"conversations.canvases.create", "canvases.edit", "canvases.delete"}},
		{scope: "channels:history", by: append(read[:2:2], "message.channels")},
		{scope: "channels:join", by: []string{"conversations.join"}},
		{scope: "channels:manage", by: rooms},
		{scope: "channels:read", by: append(look[:3:3], "channel_rename")},
		{scope: "chat:write", by: []string{"chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"}},
		{scope: "chat:write.public", by: []string{"chat.postMessage"}},
		{scope: "commands", by: []string{"/"}},
		{scope: "files:read", by: []string{"files.info"}},
		{scope: "files:write", by: []string{"files.getUploadURLExternal", "files.completeUploadExternal", "files.delete"}},
		{scope: "groups:history", by: append(read[:2:2], "message.groups")},
		{scope: "groups:read", by: append(look[:3:3], "group_rename")},
		{scope: "groups:write", by: rooms},
		{scope: "im:history", by: []string{"conversations.history", "message.im"}},
		{scope: "im:write", by: []string{"conversations.open"}},
		{scope: "links:read", by: []string{"link_shared"}, unfurl: true},
		{scope: "links:write", by: []string{"chat.unfurl"}, unfurl: true},
		{scope: "pins:write", by: []string{"pins.add"}},
		{scope: "reactions:read", by: []string{"reaction_added", "reaction_removed"}},
		{scope: "usergroups:read", by: []string{"usergroups.list"}, paid: true},
		{scope: "usergroups:write", by: []string{"usergroups.create", "usergroups.users.update"}, paid: true},
		{scope: "users:read", by: []string{"users.info", "users.list", "user_change"}},
		{scope: "users:read.email", by: []string{"users.info", "users.lookupByEmail"}},
	}
}

// subscription is an event that is listened to.
type subscription struct {
	name         string
	unfurl, paid bool
}

// subscriptions are the events that are listened to (https://docs.slack.dev/reference/events).
func subscriptions() []subscription {
	return []subscription{
		{name: "app_home_opened"},
		{name: "app_mention"},
		{name: "app_uninstalled"},
		{name: "channel_archive"},
		{name: "channel_deleted"},
		{name: "channel_left"},
		{name: "channel_rename"},
		{name: "entity_details_requested", unfurl: true},
		{name: "function_executed", paid: true},
		{name: "group_archive"},
		{name: "group_left"},
		{name: "group_rename"},
		{name: "link_shared", unfurl: true},
		{name: "member_joined_channel"},
		{name: "member_left_channel"},
		{name: "message.channels"},
		{name: "message.groups"},
		{name: "message.im"},
		{name: "reaction_added"},
		{name: "reaction_removed"},
		{name: "tokens_revoked"},
		{name: "user_change"},
	}
}

// scopesOf are the scopes that an installation needs.
func scopesOf(unfurl, free bool) (out []string) {
	for _, n := range needs() {
		if (unfurl || !n.unfurl) && !(free && n.paid) {
			out = append(out, n.scope)
		}
	}
	return out
}

func eventsOf(unfurl, free bool) (out []string) {
	for _, s := range subscriptions() {
		if (unfurl || !s.unfurl) && !(free && s.paid) {
			out = append(out, s.name)
		}
	}
	slices.Sort(out)
	return out
}
