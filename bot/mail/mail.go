package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"time"

	smtp "github.com/wneessen/go-mail"

	"matoi/bot"
)

// Options is what a Pager is made of.
type Options struct {
	Config Config // without Mistakes
	// TLS is what the server's certificate is checked by; nil: by the machine's authorities and the host's name.
	TLS *tls.Config
	// Patience is how long each step of a delivery may take, 15 s where 0.
	Patience time.Duration
}

// Pager sends pages as mails. Each mail has a connection of its own: there are few, and one that was idle for hours is gone
// when it is needed.
type Pager struct {
	Options
	from mail.Address
}

var _ bot.Pager = (*Pager)(nil)

// New makes a Pager.
func New(o Options) *Pager {
	if o.Patience == 0 {
		o.Patience = 15 * time.Second
	}
	p := &Pager{Options: o}
	if a, err := mail.ParseAddress(o.Config.From); err == nil {
		p.from = *a
	}
	return p
}

// Realm names it.
func (p *Pager) Realm() string { return bot.MailRealm }

// Page sends a page to an address; ref is what the server said when it took it. What the server refuses for good (5xx) is
// Permanent, and what broke after the whole mail was written is a Doubt.
func (p *Pager) Page(ctx context.Context, to string, page bot.Page) (ref string, err error) {
	if err := page.Sound(); err != nil {
		return "", err
	}
	m, err := p.compose(to, page)
	if err != nil {
		return "", &bot.Permanent{Err: err}
	}
	err = p.connected(ctx, func(c *smtp.Client) error { return c.Send(m) })
	if m.IsDelivered() { // whatever became of the farewell
		return m.ServerResponse(), nil
	}
	return "", fault(err)
}

// Examine talks to the server as far as a login, and sends nothing.
func (p *Pager) Examine(ctx context.Context) error {
	return p.connected(ctx, func(*smtp.Client) error { return nil })
}

// connected does something on a connection that is ready, and closes it whatever happens. When the context ends, the
// connection does.
func (p *Pager) connected(ctx context.Context, do func(*smtp.Client) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var under net.Conn
	c, err := p.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := p.dial(ctx, network, address)
		under = conn
		return conn, err
	})
	if err != nil {
		return &bot.Permanent{Err: err}
	}
	defer func() {
		if under != nil {
			_ = under.Close()
		}
	}()
	if err := c.DialWithContext(ctx); err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = under.Close() })()
	if err := do(c); err != nil {
		return err
	}
	_ = c.Close() // a farewell that is not answered changes nothing
	return nil
}

// dial connects, with TLS from the beginning where the port says so.
func (p *Pager) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	host, port, _ := net.SplitHostPort(address)
	if port != implicitTLS {
		return d.DialContext(ctx, network, address)
	}
	return (&tls.Dialer{NetDialer: &d, Config: p.tls(host)}).DialContext(ctx, network, address)
}

func (p *Pager) tls(host string) *tls.Config {
	c := p.TLS.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	return c
}

func (p *Pager) client(dial smtp.DialContextFunc) (*smtp.Client, error) {
	host, typed, err := net.SplitHostPort(p.Config.SMTP)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(typed)
	if err != nil {
		return nil, err
	}
	o := []smtp.Option{
		smtp.WithPort(port), smtp.WithTimeout(p.Patience), smtp.WithDialContextFunc(dial), smtp.WithTLSConfig(p.tls(host)), smtp.WithoutNoop(),
	}
	switch p.Config.startTLS() {
	case required:
		o = append(o, smtp.WithTLSPolicy(smtp.TLSMandatory))
	case optional:
		o = append(o, smtp.WithTLSPolicy(smtp.TLSOpportunistic))
	case never:
		o = append(o, smtp.WithTLSPolicy(smtp.NoTLS))
	}
	if typed == implicitTLS {
		o = append(o, smtp.WithTLSPolicy(smtp.NoTLS)) // it is there already
	}
	if p.Config.User != "" {
		o = append(o, smtp.WithUsername(p.Config.User), smtp.WithPassword(p.Config.Password.Reveal()),
			smtp.WithOpportunisticSMTPAuth(smtp.SMTPAuthSCRAMSHA256, smtp.SMTPAuthPlain, smtp.SMTPAuthLogin, smtp.SMTPAuthCramMD5))
	}
	return smtp.NewClient(host, o...)
}

// fault tells what an error means for the page.
func fault(err error) error {
	sending, ok := errors.AsType[*smtp.SendError](err)
	if ok {
		switch code := sending.ErrorCode(); {
		case code >= 500:
			return &bot.Permanent{Err: err}
		case code >= 400:
			return err
		case sending.Reason == smtp.ErrSMTPDataClose:
			return &bot.Doubt{Err: err}
		case sending.Reason == smtp.ErrGetRcpts || sending.Reason == smtp.ErrGetSender:
			return &bot.Permanent{Err: err}
		}
		return err
	}
	// 530, 534, 535, 538: the login is wrong, which no second try mends (RFC 4954, section 6).
	if reply, ok := errors.AsType[*textproto.Error](err); ok && reply.Code >= 530 && reply.Code <= 538 {
		return &bot.Permanent{Err: err}
	}
	return err
}
