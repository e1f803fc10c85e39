package slack

import (
	"net/url"
	"strings"

	"matoi/bot"
)

// Config is what an operator writes under the key slack. Without a bot token there is no Slack.
type Config struct {
	// BotToken is the installed app's bot token, xoxb-….
	BotToken bot.Secret `yaml:"bot_token"`
	// AppToken is the app-level token, xapp-…, with connections:write: with it Matoi dials Slack (Socket Mode) and needs
	// no address that Slack can reach.
	AppToken bot.Secret `yaml:"app_token"`
	// SigningSecret proves that a request over HTTP is Slack's; without it the paths below /slack/ are closed.
	SigningSecret bot.Secret `yaml:"signing_secret"`
	// APIURL is where the Web API is, https://slack.com/api/ where empty.
	APIURL string `yaml:"api_url"`
	// Announcements is the channel of announcements, by name; it is made where there is none.
	Announcements string `yaml:"announcements"`
}

// On reports whether Slack is to be used.
func (c Config) On() bool { return !c.BotToken.Empty() }

// The prefixes of tokens, by which one put into the other's place is noticed
// (https://docs.slack.dev/authentication/tokens).
const (
	botPrefix = "xoxb-"
	appPrefix = "xapp-"
)

// Mistake is a key with what is wrong with it, as the id of a text.
type Mistake struct{ Key, ID string }

// Mistakes tells what is wrong.
func (c Config) Mistakes() (out []Mistake) {
	wrong := func(bad bool, key, id string) {
		if bad {
			out = append(out, Mistake{key, id})
		}
	}
	if !c.On() {
		wrong(!c.AppToken.Empty() || !c.SigningSecret.Empty(), "bot_token", "config.slack_bot_token")
		return out
	}
	real := c.APIURL == ""
	wrong(real && !strings.HasPrefix(c.BotToken.Reveal(), botPrefix), "bot_token", "config.slack_bot_token")
	wrong(real && !c.AppToken.Empty() && !strings.HasPrefix(c.AppToken.Reveal(), appPrefix), "app_token", "config.slack_app_token")
	wrong(c.AppToken.Empty() && c.SigningSecret.Empty(), "app_token", "config.slack_deaf")
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
