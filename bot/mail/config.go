package mail

import (
	"net"
	"net/mail"
	"net/netip"
	"strings"

	"matoi/bot"
)

// Config is an SMTP server as an operator writes it under the key mail. Without smtp no mail is sent.
type Config struct {
	// SMTP is the server as host:port, e.g. smtp.example.com:587; on port 465 TLS begins at once.
	SMTP string `yaml:"smtp"`
	// From is the sender: an address, or a name with one ("Matoi <matoi@example.com>").
	From string `yaml:"from"`
	// User logs in at the server, where it asks for that.
	User     string     `yaml:"user"`
	Password bot.Secret `yaml:"password"`
	// StartTLS is required, optional or never. Empty is required, but never where the server is this machine.
	StartTLS string `yaml:"starttls"`
}

// On reports whether mail is to be sent.
func (c Config) On() bool { return c.SMTP != "" }

// The words of StartTLS.
const (
	required = "required"
	optional = "optional"
	never    = "never"
)

// implicitTLS is the port on which TLS begins at once (RFC 8314).
const implicitTLS = "465"

// startTLS is the word in force.
func (c Config) startTLS() string {
	switch host, _, _ := net.SplitHostPort(c.SMTP); {
	case c.StartTLS != "":
		return c.StartTLS
	case loopback(host): // what stays on this machine needs none, and certificates are rarely made for 127.0.0.1
		return never
	}
	return required
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

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
		wrong(c.From != "" || c.User != "" || !c.Password.Empty() || c.StartTLS != "", "smtp", "config.mail_smtp")
		return out
	}
	host, port, err := net.SplitHostPort(c.SMTP)
	wrong(err != nil || host == "" || port == "", "smtp", "config.mail_smtp")
	_, err = mail.ParseAddress(c.From)
	wrong(err != nil, "from", "config.mail_from")
	wrong((c.User == "") != c.Password.Empty(), "user", "config.mail_user")
	switch c.StartTLS {
	case "", required:
	case optional, never:
		wrong(c.User != "" && !loopback(host) && port != implicitTLS, "starttls", "config.mail_plain")
	default:
		wrong(true, "starttls", "config.mail_starttls")
	}
	return out
}
