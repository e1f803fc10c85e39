package slack

import (
	"errors"
	"fmt"
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

// Check tells what is wrong, each key by its name.
func (c Config) Check() error {
	if !c.On() {
		if !c.AppToken.Empty() || !c.SigningSecret.Empty() {
			return errors.New("bot_token: is needed with app_token or signing_secret")
		}
		return nil
	}
	var wrong []error
	if !strings.HasPrefix(c.BotToken.Reveal(), botPrefix) && c.APIURL == "" {
		wrong = append(wrong, fmt.Errorf("bot_token: must begin with %s", botPrefix))
	}
	if !c.AppToken.Empty() && !strings.HasPrefix(c.AppToken.Reveal(), appPrefix) && c.APIURL == "" {
		wrong = append(wrong, fmt.Errorf("app_token: must begin with %s", appPrefix))
	}
	if c.AppToken.Empty() && c.SigningSecret.Empty() {
		wrong = append(wrong, errors.New("app_token or signing_secret: one is needed, or nothing comes from Slack"))
	}
	if c.APIURL != "" {
		if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			wrong = append(wrong, errors.New("api_url: must be an http or https address"))
		}
	}
	return errors.Join(wrong...)
}

// apiURL ends with a slash, as slack-go wants it.
func (c Config) apiURL() string {
	if c.APIURL == "" {
		return "https://slack.com/api/"
	}
	return strings.TrimRight(c.APIURL, "/") + "/"
}
