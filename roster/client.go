package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The bounds of one answer.
const (
	Patience  = 15 * time.Second // for a whole fetch, however its source drips
	Largest   = 8 << 20          // bytes of an answer; a larger one is refused half-read
	redirects = 3
	longest   = time.Hour // that a source may ask to be left alone
)

// Answer is what a server said: 200, or 304 where the question had a condition.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Errors of answers; what is said with them is in words that people may see.
var (
	ErrRefused = errors.New("the key or address is refused")
	ErrGone    = errors.New("there is no such schedule")
	ErrLarge   = errors.New("the answer is larger than 8 MiB")
	ErrSecret  = errors.New("redirected to where it must not lead")
	ErrInside  = errors.New("the address leads into a private network")
	ErrFar     = fmt.Errorf("more than %d redirects", redirects)
)

// Client asks servers outside. Where they send it on, it goes to https alone, and never into the operator's own network: only the host that
// the operator wrote may be inside of that.
type Client struct{ http *http.Client }

// NewClient makes a Client.
func NewClient() *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: Patience}
		if written, ok := ctx.Value(writtenKey{}).(string); ok && !strings.EqualFold(hostOf(address), written) {
			d.Control = outside
		}
		return d.DialContext(ctx, network, address)
	}
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout = 1, time.Minute
	return &Client{&http.Client{Transport: transport, CheckRedirect: follow}}
}

// writtenKey is of the host that the operator wrote, in the context of a question.
type writtenKey struct{}

// follow says whether a redirect is gone after.
func follow(r *http.Request, via []*http.Request) error {
	switch first := via[0].URL; {
	case len(via) > redirects:
		return ErrFar
	case r.URL.Scheme != "https" && (r.URL.Scheme != "http" || first.Scheme != "http" || r.URL.Host != first.Host):
		return ErrSecret
	case via[0].Header.Get("Authorization") != "" && r.URL.Host != first.Host:
		return ErrSecret // a key goes to whom it was given for
	}
	return nil
}

// outside refuses addresses that only this machine or its network has.
func outside(_, address string, _ syscall.RawConn) error {
	ip, err := netip.ParseAddr(hostOf(address))
	if err != nil {
		return ErrInside
	}
	if ip = ip.Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip) {
		return ErrInside
	}
	return nil
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// Do asks. Every error is in words without an address, which may hold a secret. 429 and 503 are a *Later where they say until when.
func (c *Client) Do(ctx context.Context, r *http.Request, now time.Time) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, writtenKey{}, r.URL.Hostname()), Patience)
	defer cancel()
	r.Header.Set("User-Agent", "Matoi")
	answer, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		return Answer{}, hidden(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, Largest+1))
	if err != nil {
		return Answer{}, hidden(ctx, err)
	}
	if len(body) > Largest {
		return Answer{}, &Fault{"large", "", ErrLarge}
	}
	a := Answer{answer.StatusCode, answer.Header, body}
	switch a.Status {
	case http.StatusOK, http.StatusNotModified:
		return a, nil
	}
	return a, said(a, now)
}

// said makes an error of an answer.
func said(a Answer, now time.Time) error {
	status := strconv.Itoa(a.Status)
	err := Fail("status", status, "the server answered "+status)
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired:
		err = &Fault{"refused", status, fmt.Errorf("%w (%d)", ErrRefused, a.Status)}
	case http.StatusNotFound, http.StatusGone:
		err = &Fault{"gone", status, fmt.Errorf("%w (%d)", ErrGone, a.Status)}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if after, ok := retryAfter(a.Header, now); ok {
			return &Later{after, err}
		}
	}
	return err
}

// hidden takes the address out of an error, and words what ran out of time.
func hidden(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Fail("slow", strconv.Itoa(int(Patience.Seconds())), fmt.Sprintf("no whole answer within %s", Patience))
	}
	for code, known := range map[string]error{"redirected": ErrSecret, "inside": ErrInside, "far": ErrFar} {
		if errors.Is(err, known) {
			return &Fault{code, "", known}
		}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return Fail("host", dns.Err, "the host is not found ("+dns.Err+")")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Fail("unreachable", "", "the server can't be reached")
	}
	var inner interface{ Unwrap() error }
	if errors.As(err, &inner) && inner.Unwrap() != nil {
		err = inner.Unwrap()
	}
	return &Fault{"broken", err.Error(), err}
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3), and the seconds of ratelimit-reset where that is missing.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"Retry-After", "Ratelimit-Reset"} {
		text := h.Get(name)
		if n, err := strconv.Atoi(text); err == nil && n >= 0 {
			return min(time.Duration(min(n, 1<<20))*time.Second, longest), true
		}
		if at, err := http.ParseTime(text); err == nil {
			return min(max(at.Sub(now), 0), longest), true
		}
	}
	return 0, false
}
