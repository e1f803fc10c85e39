package web

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/lang"
)

// mostRead bounds what is read of incidents that are not over. With more than that open nobody needs a board.
const mostRead = 10_000

// boardRows is what all who look at the board share: the rows of the incidents that are not over are read once, and after
// a change those that changed, however many look, and each way of asking is answered once.
type boardRows struct {
	find  func(ctx context.Context, f incident.Filter) ([]incident.Row, error)
	topic func(topic string) (signal <-chan struct{}, cancel func())
	now   func() time.Time
	alone bool        // no signal is lost
	some  changedRows // nil where the store does not know what changed

	mu     sync.Mutex // held while reading, so that whoever comes meanwhile gets what is read
	signal <-chan struct{}
	cancel func()
	stale  bool
	read   time.Time
	upto   int64 // of the store's changes: the latest sight holds at least those before it
	latest atomic.Pointer[sight]

	looking sync.Mutex
	viewers int                // streams that follow
	changed chan struct{}      // closed when another sight is there
	stop    context.CancelFunc // ends the watch
}

func newBoardRows(o Options) *boardRows {
	b := &boardRows{now: o.Now}
	if o.Store != nil {
		b.find, b.topic = o.Store.Find, o.Store.Watch
		one, known := o.Store.(interface{ Alone() bool })
		b.alone = known && one.Alone()
		b.some, _ = o.Store.(changedRows)
	}
	return b
}

// trusted is how long a reading is believed without a signal where other processes write too: theirs may be lost.
const trusted = time.Second

// sight is what the board knows at one moment, with what was worked out from it.
type sight struct {
	rows   []incident.Row // by urgency
	whole  bool           // there are no others that are not over
	hidden bool           // some are private

	mu    sync.Mutex
	seen  map[incident.PersonID]map[incident.Number]bool
	found map[string]map[incident.Number]bool
	views map[string]*boardView
	calm  *time.Time // since when nothing burns
}

// fresh gives a sight that holds every change whose maker has been answered in this process. The store is read only after
// a signal, which comes before the answer, and now and then.
func (b *boardRows) fresh(ctx context.Context) (*sight, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.signal == nil {
		b.signal, b.cancel = b.topic("incident")
		b.stale = true
	}
	select {
	case <-b.signal:
		b.stale = true
	default:
	}
	was, now := b.latest.Load(), b.now()
	if was != nil && !b.stale && (b.alone || now.Sub(b.read).Abs() < trusted) {
		return was, nil
	}
	s, err := b.sight(ctx, was)
	if err != nil {
		b.stale = true
		return nil, err
	}
	b.stale, b.read = false, now
	if s == was {
		return was, nil
	}
	b.latest.Store(s)
	b.tell()
	return s, nil
}

// close ends the watch for changes.
func (b *boardRows) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		b.cancel()
	}
}

// at gives the latest sight, reading where there is none yet.
func (b *boardRows) at(ctx context.Context) (*sight, error) {
	if s := b.latest.Load(); s != nil {
		return s, nil
	}
	return b.fresh(ctx)
}

// watch reads after every signal for as long as somebody follows, and gives the channel that closes at the next change.
func (b *boardRows) watch(s *Server) (leave func()) {
	b.looking.Lock()
	defer b.looking.Unlock()
	if b.viewers++; b.viewers == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		b.stop = cancel
		go b.run(ctx, s)
	}
	return func() {
		b.looking.Lock()
		defer b.looking.Unlock()
		if b.viewers--; b.viewers == 0 {
			b.stop()
		}
	}
}

func (b *boardRows) run(ctx context.Context, s *Server) {
	signal, cancel := s.Store.Watch("incident")
	defer cancel()
	ask := time.NewTicker(look)
	defer ask.Stop()
	for {
		if _, err := b.fresh(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("read the board", "error", err)
		}
		if !s.rest(ctx, calm/2) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.stop:
			return
		case <-ask.C:
		case <-signal:
		}
	}
}

// next is closed when there is another sight than now.
func (b *boardRows) next() <-chan struct{} {
	b.looking.Lock()
	defer b.looking.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

func (b *boardRows) tell() {
	b.looking.Lock()
	defer b.looking.Unlock()
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = nil
}

// memo keeps what was worked out for a sight; what is kept is bounded, since what people search for is not.
func memo[K comparable, V any](s *sight, kept map[K]V, key K, make func() (V, error)) (V, error) {
	s.mu.Lock()
	v, ok := kept[key]
	s.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(kept) >= 2000 {
		clear(kept)
	}
	kept[key] = v
	return v, nil
}

// visible gives the private incidents that a viewer may see. It asks the store, so that who may see what is decided in
// one place.
func (b *boardRows) visible(ctx context.Context, s *sight, v incident.Viewer) (map[incident.Number]bool, error) {
	if !s.hidden || v.All || v.Person == "" {
		return nil, nil
	}
	return memo(s, s.seen, v.Person, func() (map[incident.Number]bool, error) {
		return b.numbers(ctx, incident.Filter{Viewer: v, Private: true})
	})
}

func (b *boardRows) numbers(ctx context.Context, f incident.Filter) (map[incident.Number]bool, error) {
	f.Statuses, f.Limit = unfinished(), mostRead
	rows, err := b.find(ctx, f)
	out := make(map[incident.Number]bool, len(rows))
	for _, r := range rows {
		out[r.Number] = true
	}
	return out, err
}

// within gives what only the store knows: which incidents hold the words, and in which the person has part.
func (b *boardRows) within(ctx context.Context, s *sight, a asked, who incident.PersonID) ([]map[incident.Number]bool, error) {
	all := incident.Viewer{All: true} // what may not be seen was taken out before
	var out []map[incident.Number]bool
	if a.Text != "" {
		m, err := memo(s, s.found, "text "+a.Text, func() (map[incident.Number]bool, error) {
			return b.numbers(ctx, incident.Filter{Viewer: all, Text: knowledge.Query(lang.Fold(a.Text))})
		})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if a.Mine {
		m, err := memo(s, s.found, "mine "+string(who), func() (map[incident.Number]bool, error) {
			return b.numbers(ctx, incident.Filter{Viewer: all, Mine: who})
		})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// boardView is what a board shows, in no language yet: it is the same for all who ask the same and may see the same.
type boardView struct {
	Asked    asked
	Groups   []boardGroup
	Found    int    // how many match
	Total    int    // of how many that may be seen
	Resolved int    // of those found: the fire is out, only closing is left
	Have     string // names what is in the window: the same name, the same rows in the same order
	More     string // address of what follows, "" for nothing

	services, categories []string // there are, for the filters
}

// boardGroup is a list, or a column of one status.
type boardGroup struct {
	Status incident.Status // "" is the list
	Rows   []incident.Row  // in the window
	Count  int             // in all
}

// Key names the group in the page.
func (g boardGroup) Key() string {
	if g.Status == "" {
		return "all"
	}
	return string(g.Status)
}

// view answers what is asked for. Whoever may see the same gets the same answer.
func (b *boardRows) view(ctx context.Context, s *sight, a asked, v incident.Viewer, now time.Time) (*boardView, error) {
	may, err := b.visible(ctx, s, v)
	if err != nil {
		return nil, err
	}
	who := "public "
	switch {
	case v.All:
		who = "all "
	case len(may) > 0:
		who = "person " + string(v.Person) + " "
	}
	if a.Mine {
		who += string(v.Person) + " "
	}
	work := func() (*boardView, error) {
		in, err := b.within(ctx, s, a, v.Person)
		if err != nil {
			return nil, err
		}
		return viewOf(s.rows, a, now, func(r *incident.Row) bool { return !r.Private || v.All || may[r.Number] }, in), nil
	}
	if a.Overdue { // changes by itself as time goes by
		return work()
	}
	return memo(s, s.views, who+a.URL(), work)
}

// viewOf sifts and orders rows that stand by urgency.
func viewOf(rows []incident.Row, a asked, now time.Time, see func(r *incident.Row) bool, within []map[incident.Number]bool) *boardView {
	v := &boardView{Asked: a}
	var kept []*incident.Row
	for k := range rows {
		r := &rows[k]
		if !see(r) {
			continue
		}
		v.Total++
		v.note(r)
		if a.lets(r, now) && !slices.ContainsFunc(within, func(m map[incident.Number]bool) bool { return !m[r.Number] }) {
			kept = append(kept, r)
			if !atWork(r.Status) {
				v.Resolved++
			}
		}
	}
	v.Found = len(kept)
	if a.Newest {
		slices.SortFunc(kept, func(a, b *incident.Row) int { return newest(*a, *b) })
	}
	slices.Sort(v.services)
	slices.Sort(v.categories)
	v.group(kept)
	v.name()
	return v
}

func (v *boardView) note(r *incident.Row) {
	for _, s := range r.Services {
		if len(v.services) < 200 && !slices.Contains(v.services, s) {
			v.services = append(v.services, s)
		}
	}
	if r.Category != "" && len(v.categories) < 200 && !slices.Contains(v.categories, r.Category) {
		v.categories = append(v.categories, r.Category)
	}
}

// group puts rows into the window of a list or of columns. What is in it is copied: a view must not keep what it does not show.
func (v *boardView) group(rows []*incident.Row) {
	a := v.Asked
	if !a.Columns {
		most := max(perList, a.Show)
		v.Groups = []boardGroup{{Rows: shown(rows[:min(len(rows), most)]), Count: len(rows)}}
		if len(rows) > most && most < mostShown {
			a.Show = min(most+perList, mostShown)
			v.More = a.URL()
		}
		return
	}
	for _, st := range unfinished() {
		if a.Status != "" && a.Status != st {
			continue
		}
		g := boardGroup{Status: st}
		for _, r := range rows {
			if r.Status != st {
				continue
			}
			if g.Count++; len(g.Rows) < perColumn {
				g.Rows = append(g.Rows, *r)
			}
		}
		v.Groups = append(v.Groups, g)
	}
}

func shown(rows []*incident.Row) []incident.Row {
	out := make([]incident.Row, len(rows))
	for k, r := range rows {
		out[k] = *r
	}
	return out
}

// name makes Have.
func (v *boardView) name() {
	h := fnv.New64a()
	put := func(n int64) {
		h.Write(strconv.AppendInt(nil, n, 36))
		h.Write([]byte{' '})
	}
	put(int64(v.Found))
	put(int64(v.Total))
	put(int64(v.Resolved))
	for _, g := range v.Groups {
		put(int64(g.Count))
		for _, r := range g.Rows {
			put(int64(r.Number))
			put(r.Version)
		}
	}
	v.Have = strconv.FormatUint(h.Sum64(), 36)
}
