package alert

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Intake stores requests as they come, before anything is made of them. It is what web calls once a request's secret
// has been checked and its size bounded.
type Intake struct{ inbox RawInbox }

// NewIntake makes an intake that stores into inbox.
func NewIntake(inbox RawInbox) *Intake { return &Intake{inbox: inbox} }

// Accept stores a request and returns the id it was stored under. It returns after the commit: what it has accepted is
// never lost. ErrFull means that the sender shall come again later.
func (in *Intake) Accept(ctx context.Context, source Source, header http.Header, body []byte, received time.Time) (id int64, err error) {
	id, err = in.inbox.PutRaw(ctx, Raw{Source: source.Name, Received: received.UTC().Truncate(time.Microsecond), Header: source.Keep(header), Body: body})
	if err != nil {
		return 0, fmt.Errorf("store a request of %s: %w", source.Name, err)
	}
	return id, nil
}
