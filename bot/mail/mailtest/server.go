package mailtest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Faults is how the server fails. A reply stands in place of the one that all is well.
type Faults struct {
	From, Rcpt, Data, Body string // e.g. "550 5.1.1 nobody here"
	// Drop cuts the connection when the whole mail was read, after it was kept: the sender can't know.
	Drop bool
	// Silent never answers the end of a mail.
	Silent bool
}

// Mail is a mail that was taken.
type Mail struct {
	From, To string
	TLS      bool
	User     string
	Raw      string
}

// Parsed reads the mail's headers and body.
func (m Mail) Parsed(t testing.TB) *mail.Message {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// Server is a running server.
type Server struct {
	// Addr is host:port.
	Addr string
	// Trust is what a client needs to trust the server's certificate.
	Trust *tls.Config

	user, password string
	tls            *tls.Config // nil: none is offered
	listen         net.Listener
	conns          sync.WaitGroup
	mu             sync.Mutex
	open           map[net.Conn]bool
	faults         Faults
	mails          []Mail
}

// Option changes what the server can do.
type Option func(*Server)

// WithoutTLS offers no STARTTLS.
func WithoutTLS() Option { return func(s *Server) { s.tls = nil } }

// WithLogin wants a login, by PLAIN or LOGIN.
func WithLogin(user, password string) Option {
	return func(s *Server) { s.user, s.password = user, password }
}

// New starts a server; it ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{open: map[net.Conn]bool{}}
	s.tls, s.Trust = certificate(t)
	for _, o := range options {
		o(s)
	}
	var err error
	if s.listen, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Addr = s.listen.Addr().String()
	s.conns.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

func (s *Server) close() {
	_ = s.listen.Close()
	s.mu.Lock()
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.conns.Wait()
}

// Fail makes the server fail from now on; Faults{} makes it well again.
func (s *Server) Fail(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Mails are those that were taken.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

func (s *Server) failing() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

func (s *Server) accept() {
	for {
		c, err := s.listen.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[c] = true
		s.mu.Unlock()
		s.conns.Go(func() {
			defer func() {
				_ = c.Close()
				s.mu.Lock()
				delete(s.open, c)
				s.mu.Unlock()
			}()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			(&session{s: s, c: c, r: bufio.NewReader(c)}).talk()
		})
	}
}

// session is one connection.
type session struct {
	s    *Server
	c    net.Conn
	r    *bufio.Reader
	mail Mail
}

func (s *session) say(lines ...string) {
	_, _ = io.WriteString(s.c, strings.Join(lines, "\r\n")+"\r\n")
}

// or says a fault's reply where there is one, else that all is well.
func (s *session) or(fault, well string) bool {
	if fault != "" {
		s.say(fault)
		return false
	}
	s.say(well)
	return true
}

func (s *session) talk() {
	s.say("220 mail.test ESMTP")
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if !s.answer(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// answer answers one command; false ends the connection.
func (s *session) answer(verb, rest string) bool {
	f := s.s.failing()
	switch verb {
	case "EHLO", "HELO":
		s.say(s.extensions()...)
	case "STARTTLS":
		s.say("220 go on")
		c := tls.Server(s.c, s.s.tls)
		if c.Handshake() != nil {
			return false
		}
		s.c, s.r, s.mail.TLS = c, bufio.NewReader(c), true
	case "AUTH":
		s.login(rest)
	case "MAIL":
		if s.s.user != "" && s.mail.User == "" {
			s.say("530 5.7.0 log in first")
			return true
		}
		s.mail.From = address(rest)
		s.or(f.From, "250 2.1.0 ok")
	case "RCPT":
		s.mail.To = address(rest)
		s.or(f.Rcpt, "250 2.1.5 ok")
	case "DATA":
		return !s.or(f.Data, "354 go on") || s.data(f)
	case "RSET", "NOOP":
		s.say("250 ok")
	case "QUIT":
		s.say("221 bye")
		return false
	default:
		s.say("502 5.5.1 " + verb + "?")
	}
	return true
}

func (s *session) extensions() []string {
	out := []string{"250-mail.test", "250-8BITMIME", "250-ENHANCEDSTATUSCODES"}
	if s.s.tls != nil && !s.mail.TLS {
		out = append(out, "250-STARTTLS")
	}
	if s.s.user != "" {
		out = append(out, "250-AUTH PLAIN LOGIN")
	}
	return append(out, "250 SIZE 1000000")
}

// login takes PLAIN with its answer at once.
func (s *session) login(rest string) {
	how, answer, _ := strings.Cut(rest, " ")
	raw, _ := base64.StdEncoding.DecodeString(answer)
	if how == "PLAIN" && string(raw) == "\x00"+s.s.user+"\x00"+s.s.password {
		s.mail.User = s.s.user
		s.say("235 2.7.0 welcome")
		return
	}
	s.say("535 5.7.8 wrong")
}

// data reads a mail to its end.
func (s *session) data(f Faults) bool {
	var raw strings.Builder
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	if f.Body != "" {
		s.say(f.Body)
		return true
	}
	s.mail.Raw = raw.String()
	s.s.mu.Lock()
	s.s.mails = append(s.s.mails, s.mail)
	s.s.mu.Unlock()
	if f.Silent {
		_, _ = s.r.ReadByte()
		return false
	}
	if f.Drop {
		return false
	}
	s.say("250 2.0.0 taken as A1")
	return true
}

func address(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	a, _, _ := strings.Cut(after, ">")
	return a
}

// certificate makes one for 127.0.0.1, and what trusts it.
func certificate(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
