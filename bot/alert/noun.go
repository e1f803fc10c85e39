package alert

import (
	"context"
	"errors"
	"time"

	"matoi/incident"
)

// Raw is a request of a monitoring system as it was taken in, before anything is made of it.
type Raw struct {
	ID       int64
	Source   string    // the name in the address
	Received time.Time // UTC, microseconds
	Header   []byte    // JSON of the few headers that are kept, never one that holds a secret
	Body     []byte
	// Lane is where it waits, as Peek says: requests of one lane are worked off in their order.
	Lane string
}

// ErrFull means that the inbox has reached its bound, or all that one source may have of it: the sender is asked to come again
// later.
var ErrFull = errors.New("the inbox is full")

// RawInbox takes requests in. Storage is one.
type RawInbox interface {
	// PutRaw stores a request and returns its id once it is committed; ErrFull past the inbox's bound. The given ID is
	// not looked at.
	PutRaw(ctx context.Context, r Raw) (id int64, err error)
}

// Queue is the inbox as the Worker works it off. Storage is one.
type Queue interface {
	// Peek returns waiting requests that were not given in this round, in order of id: of each source its oldest ones, as
	// many as its share of max, so that none waits for what another has sent. They are at most max, fewer where their bodies
	// would fill more than some megabytes or what was taken in together would be cut, but one at least if any waits. Nil
	// begins a round of this call alone. It reads only, away from the writer.
	Peek(ctx context.Context, round *Round, max int) ([]Raw, error)
	// WorkOff runs work once in one write transaction over those of the given requests that still wait, and commits
	// what it did through w, or nothing if it fails; without ids too, for what is due. It never runs beside another WorkOff on the same database, so two
	// replicas don't open the same incident twice. It may run work again after rolling back.
	WorkOff(ctx context.Context, ids []int64, work func(ctx context.Context, waiting []int64, w Work) error) error
	// NextAgain is when the first row is due (Row.Due), zero if none is.
	NextAgain(ctx context.Context) (time.Time, error)
	// DueLast gives so many of the latest rows that are due, those whose Due is last first.
	DueLast(ctx context.Context, limit int) ([]Row, error)
	// Beats gives what is kept of all heartbeats.
	Beats(ctx context.Context) ([]Beat, error)
	// Watch signals on the topic "inbox" that a request may be waiting. It is a hint only.
	Watch(topic string) (signal <-chan struct{}, cancel func())
	// Alone tells that no other process writes to the database, so that no signal is lost.
	Alone() bool
}

// Arrival is a request with the number that its sender gave it, which is the same when the sender tries again; or a piece of one with its
// name, which is the same when the request is begun anew.
type Arrival struct {
	Source, ID string
	Received   time.Time
	// Begun says that the request is worked off in pieces, so that its number may be kept already from before a restart: then it is
	// told by the time at which it was received.
	Begun bool
}

// Work is what the Worker may do within WorkOff's transaction. Each method sees what the ones before have written.
type Work interface {
	// First keeps the numbers of requests and tells, in their order, which of them were not kept before: of two with the same
	// source and number only the first is, for as long as causes are kept.
	First(ctx context.Context, arrivals []Arrival) ([]bool, error)
	// Known gives the latest rows of the keys, those that exist, by key. There are at most 500 keys.
	Known(ctx context.Context, source string, keys []string) (map[string]Row, error)
	// InGroup gives a source's latest rows that fire and belong to the sender's group.
	InGroup(ctx context.Context, source, senderGroup string) ([]Row, error)
	// DueRows gives the latest rows whose Due isn't after now, the longest due first. They may have been resolved.
	DueRows(ctx context.Context, now time.Time, limit int) ([]Row, error)
	// Waiting gives the latest rows of a grouping key that wait (Wait), the earliest first; what is counted may be over.
	Waiting(ctx context.Context, source, group string, limit int) ([]Row, error)
	// Save keeps rows, in this order. A row with the FirstSeen of one that is kept replaces it, another one is a
	// further occurrence of its key. The last one saved of a key is its latest.
	Save(ctx context.Context, rows []Row) error
	// RulesMatched adds to how many alerts each stored rule decided on.
	RulesMatched(ctx context.Context, matched map[int64]int64, at time.Time) error
	// Tally counts the keys that belong to the incident by any of their occurrences, and those whose latest occurrence
	// belongs to it and fires.
	Tally(ctx context.Context, n incident.Number) (total, firing int64, err error)
	// OpenFor gives the newest open incident that an alert of this grouping key opened, else the newest merged one,
	// else 0.
	OpenFor(ctx context.Context, source, group string) (incident.Number, error)
	// OpenOn gives the newest open incident that names the service and is not private; 0 if there is none.
	OpenOn(ctx context.Context, service string) (incident.Number, error)
	// OpenBorn gives the open incidents that alerts of monitoring systems opened on any of the services and that aren't private, the newest
	// first; those of heartbeats are none.
	OpenBorn(ctx context.Context, services []string, limit int) ([]incident.Number, error)
	// ServicesOf gives the services of an incident's alerts.
	ServicesOf(ctx context.Context, n incident.Number, limit int) ([]string, error)
	// StormFor gives the newest open storm incident of the source, else the newest merged one, else 0. A storm is what an
	// alert opened without a grouping key.
	StormFor(ctx context.Context, source string) (incident.Number, error)
	// Openings counts the incidents that alerts of the source opened since then, storms left out.
	Openings(ctx context.Context, source string, since time.Time) (int, error)
	// Beats gives what is kept of all heartbeats; SaveBeats keeps some in place of what was kept of them.
	Beats(ctx context.Context) ([]Beat, error)
	SaveBeats(ctx context.Context, beats []Beat) error
	// Load gives an incident; incident.ErrNotFound if there is none.
	Load(ctx context.Context, n incident.Number) (*incident.Incident, error)
	// Finish takes a request out of the queue. With a reason (a Reason's stored form) it stays visible among those of
	// which nothing could be made; without one it is done and gone.
	Finish(ctx context.Context, id int64, reason string) error
	// Store is bound to the same transaction.
	Store() incident.Store
}
