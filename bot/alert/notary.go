package alert

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// ErrUnsure means that nobody can tell now whether a message is authentic, because Amazon didn't answer: the sender is asked to
// come again.
var ErrUnsure = errors.New("can't be verified now")

// Notary makes sure of what SNS signed. It asks Amazon for certificates, keeps them for a day, and confirms subscriptions; it is
// used before a request is stored, so nobody waits for it but the sender. Many may use it at a time.
type Notary struct {
	http  *http.Client
	turns chan struct{} // so many ask Amazon at a time

	mu   sync.Mutex
	kept map[string]*certificate
}

// certificate is what is known of an address: a key, or why there is none.
type certificate struct {
	ready chan struct{} // closed once the rest is there
	key   *rsa.PublicKey
	until time.Time
	err   error
}

const (
	notaryPatience  = 5 * time.Second // SNS waits for 15
	notaryTurns     = 4
	certificateKept = 24 * time.Hour
	failureKept     = 5 * time.Second // so that whoever sends much that Amazon knows nothing of makes us ask little
	mostCertificate = 32 << 10        // bytes
	mostKept        = 64
)

// NewNotary makes a notary that asks through a transport; nil for the ordinary one.
func NewNotary(transport http.RoundTripper) *Notary {
	return &Notary{
		http: &http.Client{
			Transport: transport, Timeout: notaryPatience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		turns: make(chan struct{}, notaryTurns), kept: map[string]*certificate{},
	}
}

// Check reports whether a message of SNS is authentic and of a topic that s names: nil, ErrUnauthenticated, ErrForbidden or
// ErrUnsure. A good SubscriptionConfirmation is answered to Amazon before it returns.
func (n *Notary) Check(ctx context.Context, s *SNS, body []byte, now time.Time) error {
	var b snsBody
	if tooDeep(body) || unmarshal(body, &b) != nil {
		return ErrUnauthenticated
	}
	host, err := s.admits(&b)
	if err != nil {
		return err
	}
	address, err := b.certificateAt(host)
	if err != nil {
		return err
	}
	key, err := n.key(ctx, address, now)
	if err != nil {
		return err
	}
	if err := b.verify(key); err != nil || b.Type != snsSubscribe {
		return err
	}
	confirm, err := b.subscriptionAt(host)
	if err != nil {
		return err
	}
	_, err = n.ask(ctx, confirm)
	return err
}

// key gives the key of a certificate. Who comes while it is being asked for waits for the same answer.
func (n *Notary) key(ctx context.Context, address string, now time.Time) (*rsa.PublicKey, error) {
	n.mu.Lock()
	c := n.kept[address]
	asks := c == nil || c.known() && !now.Before(c.until)
	if asks {
		c = &certificate{ready: make(chan struct{})}
		n.makeRoom(now)
		n.kept[address] = c
	}
	n.mu.Unlock()
	if asks {
		c.key, c.err = n.certificate(context.WithoutCancel(ctx), address, now)
		if c.until = now.Add(certificateKept); c.err != nil {
			c.until = now.Add(failureKept)
		}
		close(c.ready)
	}
	select {
	case <-c.ready:
		return c.key, c.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnsure, ctx.Err())
	}
}

// known reports whether the answer is there.
func (c *certificate) known() bool {
	select {
	case <-c.ready:
		return true
	default:
		return false
	}
}

// makeRoom forgets what is old, and all that is known once there is too much of it: the addresses are the sender's to make up.
func (n *Notary) makeRoom(now time.Time) {
	if len(n.kept) < mostKept {
		return
	}
	for address, c := range n.kept {
		if c.known() && (c.err != nil || !now.Before(c.until)) {
			delete(n.kept, address)
		}
	}
	if len(n.kept) >= mostKept {
		clear(n.kept)
	}
}

// certificate asks for a certificate and reads its key.
func (n *Notary) certificate(ctx context.Context, address string, now time.Time) (*rsa.PublicKey, error) {
	text, err := n.ask(ctx, address)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%w: the certificate is no PEM", ErrUnsure)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	key, is := c.PublicKey.(*rsa.PublicKey)
	if !is || key.Size() < 256 {
		return nil, fmt.Errorf("%w: the certificate has no RSA key of 2048 bits", ErrForbidden)
	}
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return nil, fmt.Errorf("%w: the certificate holds from %s to %s", ErrForbidden, c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	}
	return key, nil
}

// ask gets a small answer. Whatever goes wrong may go right later.
func (n *Notary) ask(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, notaryPatience)
	defer cancel()
	select {
	case n.turns <- struct{}{}:
		defer func() { <-n.turns }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many ask Amazon", ErrUnsure)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	answer, err := n.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostCertificate))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: Amazon answers %d", ErrUnsure, answer.StatusCode)
	}
	return text, nil
}
