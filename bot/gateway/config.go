package gateway

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"matoi/bot"
)

// Config is a gateway as an operator writes it under the key gateways.
type Config struct {
	// Name is what people call this way in their lists, e.g. sms or phone: small letters, digits and hyphens, at most 20.
	Name string `yaml:"name"`
	// URL is where pages are posted; https, except to this machine.
	URL string `yaml:"url"`
	// Secrets sign what is posted, and prove that what comes back is the gateway's; at least 16 characters each, or whsec_… as
	// Standard Webhooks writes them. The first is the newest; all are good, so that one can be replaced at leisure.
	Secrets []bot.Secret `yaml:"secrets"`
}

// Realm names the gateway in ways and states.
func (c Config) Realm() string { return bot.GatewayRealm + c.Name }

// Mistake is a key with what is wrong with it, as the id of a text.
type Mistake struct{ Key, ID string }

var gatewayName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)

// shortestSecret is the least a secret may have, as a token.
const shortestSecret = 16

// Mistakes tells what is wrong.
func (c Config) Mistakes() (out []Mistake) {
	wrong := func(bad bool, key, id string) {
		if bad {
			out = append(out, Mistake{key, id})
		}
	}
	wrong(!gatewayName.MatchString(c.Name) || c.Name == bot.ChatRealm || c.Name == bot.MailRealm, "name", "config.gateway_name")
	u, err := url.Parse(c.URL)
	wrong(err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())), "url", "config.gateway_url")
	short := len(c.Secrets) == 0
	for _, s := range c.Secrets {
		_, ok := keyOf(s)
		short = short || !ok
	}
	wrong(short, "secrets", "config.gateway_secrets")
	return out
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
