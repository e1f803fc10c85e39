package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Intake stores requests as they come, before anything is made of them. It is what web calls once a request's secret
// has been checked and its size bounded.
type Intake struct{ inbox RawInbox }

// NewIntake makes an intake that stores into inbox.
func NewIntake(inbox RawInbox) *Intake { return &Intake{inbox: inbox} }

// Accept stores a request and returns the id it was stored under. It returns after the commit: what it has accepted is
// never lost. ErrFull means that the sender shall come again later.
func (in *Intake) Accept(ctx context.Context, source string, header http.Header, body []byte, received time.Time) (id int64, err error) {
	kept, err := json.Marshal(keep(header))
	if err != nil {
		return 0, fmt.Errorf("keep the headers of %s: %w", source, err)
	}
	id, err = in.inbox.PutRaw(ctx, Raw{Source: source, Received: received.UTC().Truncate(time.Microsecond), Header: kept, Body: body})
	if err != nil {
		return 0, fmt.Errorf("store a request of %s: %w", source, err)
	}
	return id, nil
}

// keep gives the headers that decoding needs or that help to find out who sent what: never one that holds a secret. A
// signature is none, it only proves that its sender had one.
func keep(header http.Header) http.Header {
	const most = 10 // values of a header
	kept := http.Header{}
	for name, values := range header {
		switch name = http.CanonicalHeaderKey(name); {
		case name == "Content-Type", name == "User-Agent", name == "Idempotency-Key", name == "X-Webhook-Id", name == "Webhook-Id":
		case strings.Contains(name, "Signature"):
		default:
			continue
		}
		for _, value := range values[:min(len(values), most)] {
			kept[name] = append(kept[name], line(value, maxValue))
		}
	}
	return kept
}
