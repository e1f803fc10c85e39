package mail

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/mail/mailtest"
	"matoi/incident"
	"matoi/lang"
)

func page() bot.Page {
	n, _ := incident.ParseNumber("INC-20261122-001")
	return bot.Page{
		Key: "step/1/p1/mail", Lang: lang.JA, Number: n, Person: "佐藤", Title: "INC-20261122-001 P1 決済が\n止まった", Text: "15分以内に応答してください。<b>",
		Link: "https://matoi.example.com/incidents/INC-20261122-001", Sent: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Urgent: true,
		Answers: []bot.Answer{{Kind: "ack", Label: "対応します", URL: "https://matoi.example.com/a/TOKEN"}, {Kind: "cant", Label: "対応できません", URL: "https://matoi.example.com/a/TOKEN?to=cant"}},
	}
}

func pager(s *mailtest.Server, change func(*Config)) *Pager {
	c := Config{SMTP: s.Addr, From: "Matoi 纏 <matoi@example.com>", StartTLS: "required"}
	if change != nil {
		change(&c)
	}
	return New(Options{Config: c, TLS: s.Trust})
}

func TestAPageIsOneMailInTextAndHTML(t *testing.T) {
	s := mailtest.New(t)
	ref, err := pager(s, nil).Page(t.Context(), "sato@example.com", page())
	if err != nil || !strings.Contains(ref, "A1") {
		t.Fatalf("%q %v", ref, err)
	}
	got := s.Mails()
	if len(got) != 1 || !got[0].TLS || got[0].From != "matoi@example.com" || got[0].To != "sato@example.com" {
		t.Fatalf("%+v", got)
	}
	m := got[0].Parsed(t)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "INC-20261122-001 P1 決済が 止まった" {
		t.Errorf("subject %q %v", subject, err)
	}
	for _, line := range strings.Split(got[0].Raw, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
		for _, c := range []byte(line) {
			if c > '~' {
				t.Fatalf("not ASCII: %q", line)
			}
		}
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "List-Id": "Matoi <matoi.example.com>", "Date": "Sun, 22 Nov 2026 03:00:00 +0000"} {
		if m.Header.Get(name) != want {
			t.Errorf("%s: %q", name, m.Header.Get(name))
		}
	}
	if root := m.Header.Get("In-Reply-To"); root == "" || root != m.Header.Get("References") || root == m.Header.Get("Message-ID") {
		t.Errorf("in reply to %q, references %q", root, m.Header.Get("References"))
	}
	text, html := parts(t, m)
	for _, want := range []string{"決済が", "15分以内に応答してください。<b>", "対応します: https://matoi.example.com/a/TOKEN\r\n", "https://matoi.example.com/incidents/INC-20261122-001"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	for _, want := range []string{`lang="ja"`, `href="https://matoi.example.com/a/TOKEN?to=cant"`, "応答してください。&lt;b&gt;", "#c8391c"} {
		if !strings.Contains(html, want) {
			t.Errorf("the HTML lacks %q:\n%s", want, html)
		}
	}
}

// parts reads the two alternatives.
func parts(t *testing.T, m *netmail.Message) (text, html string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	var out []string
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatalf("%v %v", p.Header, err)
		}
		out = append(out, string(b))
	}
	if len(out) != 2 {
		t.Fatalf("%d parts", len(out))
	}
	return out[0], out[1]
}

func TestTheSamePageIsTheSameMail(t *testing.T) {
	s := mailtest.New(t)
	p, other := pager(s, nil), page()
	other.Key += "2"
	for _, one := range []bot.Page{page(), page(), other} {
		if _, err := p.Page(t.Context(), "sato@example.com", one); err != nil {
			t.Fatal(err)
		}
	}
	var ids, roots []string
	for _, m := range s.Mails() {
		ids, roots = append(ids, m.Parsed(t).Header.Get("Message-ID")), append(roots, m.Parsed(t).Header.Get("References"))
	}
	if ids[0] != ids[1] || ids[0] == ids[2] || ids[0] == "" || roots[0] != roots[2] {
		t.Errorf("ids %q, roots %q", ids, roots)
	}
}

func TestFaultsAreToldApart(t *testing.T) {
	s := mailtest.New(t)
	p := pager(s, nil)
	for name, c := range map[string]struct {
		faults mailtest.Faults
		want   string
	}{
		"nobody there":           {mailtest.Faults{Rcpt: "550 5.1.1 nobody here"}, "permanent"},
		"greylisted":             {mailtest.Faults{Rcpt: "451 4.7.1 come back"}, "again"},
		"the sender is refused":  {mailtest.Faults{From: "553 5.1.8 not you"}, "permanent"},
		"busy":                   {mailtest.Faults{Data: "421 4.3.2 closing"}, "again"},
		"the content is refused": {mailtest.Faults{Body: "554 5.7.1 spam"}, "permanent"},
		"the disk is full":       {mailtest.Faults{Body: "452 4.3.1 full"}, "again"},
		"cut after the end":      {mailtest.Faults{Drop: true}, "doubt"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Fail(c.faults)
			_, err := p.Page(t.Context(), "sato@example.com", page())
			if got := sort(err); got != c.want {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

// sort is what an error means.
func sort(err error) string {
	_, permanent := errors.AsType[*bot.Permanent](err)
	_, doubt := errors.AsType[*bot.Doubt](err)
	switch {
	case err == nil:
		return "sent"
	case permanent:
		return "permanent"
	case doubt:
		return "doubt"
	}
	return "again"
}

func TestAServerThatNeverAnswersEndsWithTheContextInDoubt(t *testing.T) {
	s := mailtest.New(t)
	s.Fail(mailtest.Faults{Silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := pager(s, nil).Page(ctx, "sato@example.com", page())
		done <- err
	}()
	for len(s.Mails()) == 0 { // the whole mail is with the server
		select {
		case err := <-done:
			t.Fatalf("ended before: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	if err := <-done; sort(err) != "doubt" {
		t.Errorf("%v", err)
	}
}

func TestWhoSpeaksWithoutTLSOrTheRightPasswordGetsNoMail(t *testing.T) {
	plain, locked := mailtest.New(t, mailtest.WithoutTLS()), mailtest.New(t, mailtest.WithLogin("matoi", "right"))
	login := func(password string) func(*Config) {
		return func(c *Config) { c.User, c.Password = "matoi", bot.NewSecret(password) }
	}
	for name, c := range map[string]struct {
		p    *Pager
		want string
	}{
		"no TLS where it is required": {pager(plain, nil), "again"},
		"no TLS on this machine":      {pager(plain, func(c *Config) { c.StartTLS = "" }), "sent"},
		"the right password":          {pager(locked, login("right")), "sent"},
		"a wrong password":            {pager(locked, login("wrong")), "permanent"},
		"no password":                 {pager(locked, nil), "permanent"},
		"nobody listens":              {New(Options{Config: Config{SMTP: closed(t), From: "a@example.com"}}), "again"},
		"a certificate nobody trusts": {New(Options{Config: pager(locked, nil).Config}), "again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.p.Page(t.Context(), "sato@example.com", page())
			if got := sort(err); got != c.want {
				t.Errorf("%s: %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "wrong") && strings.Contains(err.Error(), "d3Jvbmc") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
	if n := len(plain.Mails()) + len(locked.Mails()); n != 2 {
		t.Errorf("%d mails", n)
	}
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAddressesThatAreNoneAreRefusedForGood(t *testing.T) {
	s := mailtest.New(t)
	for _, to := range []string{"", "nobody", "a@b\r\nRCPT TO:<c@d>", "a@example.com, b@example.com"} {
		if _, err := pager(s, nil).Page(t.Context(), to, page()); sort(err) != "permanent" {
			t.Errorf("%q: %v", to, err)
		}
	}
	keyless := page()
	keyless.Key = "a\r\nb"
	if _, err := pager(s, nil).Page(t.Context(), "a@example.com", keyless); sort(err) != "permanent" {
		t.Error("took a key that breaks headers")
	}
	if n := len(s.Mails()); n > 0 {
		t.Errorf("%d mails", n)
	}
}

func TestMistakesInTheConfigurationAreNamed(t *testing.T) {
	good := Config{SMTP: "smtp.example.com:587", From: "Matoi <m@example.com>"}
	for want, change := range map[string]func(*Config){
		"":                              func(*Config) {},
		"smtp config.mail_smtp":         func(c *Config) { c.SMTP = "smtp.example.com" },
		"from config.mail_from":         func(c *Config) { c.From = "" },
		"user config.mail_user":         func(c *Config) { c.User = "x" },
		"starttls config.mail_starttls": func(c *Config) { c.StartTLS = "maybe" },
		"starttls config.mail_plain":    func(c *Config) { c.User, c.Password, c.StartTLS = "x", bot.NewSecret("y"), "never" },
	} {
		c := good
		change(&c)
		got := ""
		for _, m := range c.Mistakes() {
			got += m.Key + " " + m.ID
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if len(Config{}.Mistakes()) > 0 || len(Config{From: "x"}.Mistakes()) == 0 {
		t.Error("nothing is no mistake, a sender without a server is one")
	}
}
