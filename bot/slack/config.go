package slack

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"matoi/bot"
	"matoi/lang"
)

// Config is a workspace as an operator writes it under the key slack. Without a bot token there is no Slack.
type Config struct {
	// Name tells workspaces apart where there are several: small letters, digits and hyphens, at most 20. One of them may go
	// without; its name is part of what the record says of its channels and people, so that it is not changed later.
	Name string `yaml:"name"`
	// BotToken is the installed app's bot token, xoxb-….
	BotToken bot.Secret `yaml:"bot_token"`
	// AppToken is the app-level token, xapp-…, with connections:write: with it Matoi dials Slack (Socket Mode) and needs
	// no address that Slack can reach.
	AppToken bot.Secret `yaml:"app_token"`
	// SigningSecret proves that a request over HTTP is Slack's; without it the paths below /slack/ are closed.
	SigningSecret bot.Secret `yaml:"signing_secret"`
	// Workspace is the id of the workspace (T…), or of the organisation (E…), in which the app is. Empty is the one that it was in
	// first: a token of another is refused until it is named here, which moves Matoi there.
	Workspace string `yaml:"workspace"`
	// APIURL is where the Web API is, https://slack.com/api/ where empty.
	APIURL string `yaml:"api_url"`
	// Announcements is the channel of announcements, by name; it is made where there is none.
	Announcements string `yaml:"announcements"`
	// ArchiveAfter is how long people can still talk in the channel of an incident that is over, before it is archived; 0 or
	// never leaves it as it is.
	ArchiveAfter Rest `yaml:"archive_after"`
	// Rooms says which incidents have a channel here, are announced and told of: all, or only those declared here (declared).
	Rooms string `yaml:"rooms"`
}

// Declared is the word for a workspace in which only what was declared there is worked.
const Declared = "declared"

// DefaultConfig is a workspace of which nothing was written yet.
func DefaultConfig() Config {
	return Config{Announcements: "incidents", ArchiveAfter: Rest(10 * time.Minute), Rooms: "all"}
}

// Realm names the workspace in places.
func (c Config) Realm() string { return RealmOf(c.Name) }

// Rest is a length of time as people write it (10m, 8h, 3d); 0 and never are for ever.
type Rest time.Duration

// never is how people write that nothing ends.
const never = "never"

// UnmarshalText reads one; its error is a Misspelt.
func (r *Rest) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if text == "0" || strings.EqualFold(text, never) {
		*r = 0
		return nil
	}
	d, rest, ok := lang.ParseDuration(text)
	if !ok || rest != "" || d < 0 {
		return Misspelt(text)
	}
	*r = Rest(d)
	return nil
}

// Misspelt is what was written where a length of time belongs.
type Misspelt string

// Error words it in English.
func (m Misspelt) Error() string {
	return lang.Text(lang.EN, "config.length", lang.Args{"Word": string(m)})
}

// On reports whether Slack is to be used.
func (c Config) On() bool { return !c.BotToken.Empty() }

// The prefixes of tokens, by which one put into the other's place is noticed
// (https://docs.slack.dev/authentication/tokens).
const (
	botPrefix = "xoxb-"
	appPrefix = "xapp-"
)

// workspaceID is the form of the ids of workspaces and organisations.
var workspaceID = regexp.MustCompile(`^[TE][A-Z0-9]+$`)

// Mistake is a key with what is wrong with it, as the id of a text.
type Mistake struct{ Key, ID string }

// workspaceName is the form of the names that operators give.
var workspaceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)

// Mistakes tells what is wrong.
func (c Config) Mistakes() (out []Mistake) {
	wrong := func(bad bool, key, id string) {
		if bad {
			out = append(out, Mistake{key, id})
		}
	}
	wrong(c.Name != "" && !workspaceName.MatchString(c.Name), "name", "config.slack_name")
	wrong(c.Rooms != "" && c.Rooms != "all" && c.Rooms != Declared, "rooms", "config.slack_rooms")
	if !c.On() {
		wrong(!c.AppToken.Empty() || !c.SigningSecret.Empty(), "bot_token", "config.slack_bot_token")
		return out
	}
	real := c.APIURL == ""
	wrong(real && !strings.HasPrefix(c.BotToken.Reveal(), botPrefix), "bot_token", "config.slack_bot_token")
	wrong(real && !c.AppToken.Empty() && !strings.HasPrefix(c.AppToken.Reveal(), appPrefix), "app_token", "config.slack_app_token")
	wrong(c.AppToken.Empty() && c.SigningSecret.Empty(), "app_token", "config.slack_deaf")
	wrong(c.Workspace != "" && !workspaceID.MatchString(c.Workspace), "workspace", "config.slack_workspace")
	if !real {
		u, err := url.Parse(c.APIURL)
		wrong(err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http", "api_url", "config.base_url")
	}
	return out
}

// apiURL ends with a slash, as slack-go wants it.
func (c Config) apiURL() string {
	if c.APIURL == "" {
		return "https://slack.com/api/"
	}
	return strings.TrimRight(c.APIURL, "/") + "/"
}
