package incident

import "slices"

// Effects derives what the world must be told about new entries: one living card kept equal to state rather
// than many posts, private words to who must act, and the room only for what everybody there must know.
func (p Policy) Effects(before, after *Incident, events []Event) []Effect {
	t := teller{p: p, before: before, after: after, events: events, urgent: after.Priority != 0 && after.Priority <= P2}
	t.muster()
	t.shelve()
	for _, e := range events {
		t.rooms(e)
	}
	for _, e := range events {
		t.people(e)
	}
	t.reminders()
	for _, e := range events {
		t.posts(e)
	}
	if slices.ContainsFunc(events, shows) {
		t.cards()
	}
	t.outdate()
	return t.out
}

// outdate: whether to resolve is asked no more once the room hears of an alert that fires again, and who was asked to come need not where
// it was merged away.
func (t *teller) outdate() {
	if len(t.events) == 0 || t.before.Version == 0 {
		return
	}
	last := t.events[len(t.events)-1].Seq
	if t.before.Open() && t.before.Alerts.calm() && !t.after.Alerts.calm() {
		for _, realm := range t.realms() {
			if _, open := t.after.Room(realm); open {
				t.add(Effect{Kind: Outdate, Realm: realm, Seq: last})
			}
		}
	}
	if t.before.Status != StatusMerged && t.after.Status == StatusMerged {
		for _, r := range t.before.People {
			if r.State == "asked" && MaySee(t.after, Viewer{Person: r.Person}) {
				t.add(Effect{Kind: Outdate, Realm: t.home(), Person: r.Person, Seq: last})
			}
		}
	}
}

// shelve: the rooms of what is over are put away, and brought back when it is not.
func (t *teller) shelve() {
	if t.before.Version == 0 || t.before.Over() == t.after.Over() {
		return
	}
	for _, room := range t.after.Rooms {
		if !t.keeps(room) {
			continue
		}
		if !t.after.Over() {
			t.add(Effect{Kind: Wake, Realm: room.Realm})
		}
		t.putAway(room)
	}
}

// putAway: what is over leaves its report in the room, which is archived.
func (t *teller) putAway(room Room) {
	if t.after.Status == StatusClosed {
		t.add(Effect{Kind: HandIn, Realm: room.Realm})
	}
	if t.after.Over() {
		t.add(Effect{Kind: Archive, Realm: room.Realm})
	}
}

// muster: who leads what is open has changed.
func (t *teller) muster() {
	if t.before.leading() == t.after.leading() {
		return
	}
	for _, realm := range t.p.Kept {
		if t.p.Concerns(t.after, realm) {
			t.add(Effect{Kind: Muster, Realm: realm})
		}
	}
}

// leading is the manager of an incident that is open to all and not over.
func (i *Incident) leading() PersonID {
	if !i.Open() || i.Private {
		return ""
	}
	return i.Manager()
}

// keeps reports whether a room is one of its own in a chat that keeps them.
func (t *teller) keeps(room Room) bool {
	return room.Thread == "" && slices.Contains(t.p.Kept, room.Realm)
}

type teller struct {
	p             Policy
	before, after *Incident
	events        []Event
	urgent        bool
	out           []Effect
}

func (t *teller) add(e Effect) {
	e.Number = t.after.Number
	e.Urgent = e.Urgent || t.urgent
	if !slices.Contains(t.out, e) {
		t.out = append(t.out, e)
	}
}

// home is the realm in which people are told privately.
func (t *teller) home() string {
	for _, realm := range t.realms() {
		return realm
	}
	return ""
}

// realms are the chats that have to do with the incident: all, but for those that have only to do with what was opened there,
// or has a room there already.
func (t *teller) realms() []string {
	if len(t.p.Own) == 0 {
		return t.p.Realms
	}
	return slices.DeleteFunc(slices.Clone(t.p.Realms), func(realm string) bool { return !t.p.Concerns(t.after, realm) })
}

// Concerns reports whether a chat has to do with an incident: one of Own only where it was opened there, or has a room there.
func (p Policy) Concerns(i *Incident, realm string) bool {
	if !slices.Contains(p.Own, realm) || realm == i.Realm {
		return true
	}
	_, works := i.Room(realm)
	return works
}

// rooms: an opening makes the rooms; raising a thread to P3 and up gives it a room of its own, and so does making it
// private.
func (t *teller) rooms(e Event) {
	switch f := e.Fact.(type) {
	case *Opened:
		for _, realm := range t.realms() {
			t.add(Effect{Kind: OpenRoom, Realm: realm})
		}
	case *Prioritised:
		if f.From > t.p.RoomsFrom && f.Priority <= t.p.RoomsFrom {
			for _, realm := range t.realms() {
				t.add(Effect{Kind: OpenRoom, Realm: realm})
			}
		}
	case *AccessSet: // everybody reads a thread
		for _, realm := range t.realms() {
			if room, ok := t.after.Room(realm); ok && (room.Thread != "" && f.Private || t.p.Exposed(t.after, room)) {
				t.add(Effect{Kind: OpenRoom, Realm: realm})
			}
		}
	case *Linked:
		for _, room := range t.after.Rooms {
			if t.keeps(room) && f.Link.URL != "" {
				t.add(Effect{Kind: Furnish, Realm: room.Realm})
			}
		}
	case *RoomOpened:
		if t.p.Exposed(t.after, f.Room) { // it became private while the room was being made
			t.add(Effect{Kind: OpenRoom, Realm: f.Room.Realm})
			return
		}
		t.add(Effect{Kind: ShowCard, Realm: f.Room.Realm})
		if t.keeps(f.Room) {
			t.add(Effect{Kind: Furnish, Realm: f.Room.Realm})
			t.putAway(f.Room)
		}
		if f.Room.Thread == "" {
			t.add(Effect{Kind: SetTopic, Realm: f.Room.Realm})
			for _, person := range t.after.present() {
				t.add(Effect{Kind: Invite, Realm: f.Room.Realm, Person: person})
			}
			if t.after.Priority != 0 && t.after.Priority <= t.p.TellFrom && !t.after.Private { // now it can lead there
				t.add(Effect{Kind: Announce, Realm: f.Room.Realm})
			}
		}
	}
}

// expel takes somebody out of the rooms that only members read; others look for themselves who may read them.
func (t *teller) expel(p PersonID) {
	for _, room := range t.after.Rooms {
		if room.Private && !MaySee(t.after, Viewer{Person: p}) {
			t.add(Effect{Kind: Expel, Realm: room.Realm, Person: p})
		}
	}
}

// Exposed reports whether everybody reads a room of a private incident: one of a chat that keeps rooms as they were made.
func (p Policy) Exposed(i *Incident, room Room) bool {
	return i.Private && !room.Private && room.Thread == "" && slices.Contains(p.Kept, room.Realm)
}

// present lists who belongs into the room. A reporter is let into that of a private incident by its members only.
func (i *Incident) present() []PersonID {
	out := i.Insiders()
	for _, r := range i.Reporters {
		if r.Person != "" && !slices.Contains(out, r.Person) && !i.Private {
			out = append(out, r.Person)
		}
	}
	return slices.DeleteFunc(out, func(p PersonID) bool {
		r, ok := i.Responder(p)
		return ok && r.State == "declined"
	})
}

// people: private words and invitations.
func (t *teller) people(e Event) {
	tell := func(p PersonID, urgent bool) {
		if p != "" && MaySee(t.after, Viewer{Person: p}) {
			t.add(Effect{Kind: Tell, Realm: t.home(), Person: p, Seq: e.Seq, Urgent: urgent})
		}
	}
	switch f := e.Fact.(type) {
	case *RoleTaken:
		tell(f.Person, false)
		t.invite(f.Person)
	case *Asked:
		tell(f.Person, true)
		t.invite(f.Person)
		if t.pages(f) {
			t.add(Effect{Kind: Page, Realm: PageRealm, Person: f.Person, Seq: e.Seq, Urgent: true})
		}
	case *Acknowledged:
		t.invite(f.Person)
	case *Assigned:
		if f.Person != e.By {
			tell(f.Person, false)
		}
		t.invite(f.Person)
	case *HandoverOffered:
		tell(f.To, true)
		t.invite(f.To)
	case *HandoverAnswered:
		if f.From != e.By {
			tell(f.From, false)
		}
		if f.Answer == "accepted" || f.Answer == "withdrawn" {
			tell(f.To, false)
		}
	case *TakenOver:
		tell(f.From, true)
		tell(f.To, false)
		t.invite(f.To)
	case *ActingBegan:
		tell(f.Person, true)
	case *AccessSet:
		for _, m := range f.Members {
			t.invite(m)
		}
		for _, m := range f.Removed {
			t.expel(m)
		}
	case *Joined:
		if f.Person != t.after.Opener {
			t.add(Effect{Kind: Brief, Realm: t.home(), Person: f.Person})
		}
	case *FurtherBegan:
		t.further(e, f.Terms)
	case *FurtherCorrected:
		t.further(e, f.Terms)
	case *Confirmed:
		if !f.Fixed && t.after.Priority <= P2 {
			tell(t.after.Leads(), true)
		}
	case *AlertsMet:
		if len(f.Refired) > 0 && !t.after.Open() && !t.before.askedAgain() { // nobody may be in the room any more
			tell(t.answers(), true)
		}
	case *DeedAnnounced:
		for _, d := range t.before.Deeds {
			if d.Seq == f.Clash {
				tell(d.Person, true)
			}
		}
	case *TaskAdded:
		if f.Owner != e.By {
			tell(f.Owner, false)
		}
	case *TaskClaimed:
		if f.Person != e.By {
			tell(f.Person, false)
		}
	case *RestorationDeclared, *RestorationWithdrawn, *Resolved, *Closed, *Reopened, *Cancelled, *MergedInto:
		if t.last(e) {
			t.reporters(e, tell)
		}
	case *Published:
		for _, r := range t.after.Reporters {
			if f.Audience == "reporters" && r.Person != e.By {
				tell(r.Person, false)
			}
		}
	case *Undone:
		if slices.Contains([]string{"restored", "resolved", "closed", "cancelled", "merged_into"}, f.Of) {
			t.reporters(e, tell)
		}
	}
}

// reporters are told how it goes on, once for a deed; who leads hears of it when it burns again. A reporter who
// works on it reads that in the room, and is asked alone whether it is fixed, where that closes it.
func (t *teller) reporters(e Event, tell func(PersonID, bool)) {
	_, resolved := e.Fact.(*Resolved)
	for _, r := range t.after.Reporters {
		if r.Person != e.By && (!t.after.works(r.Person) || resolved && t.after.Priority > P2) {
			tell(r.Person, false)
		}
	}
	if _, again := e.Fact.(*Reopened); again && t.after.Leads() != e.By {
		tell(t.after.Leads(), true)
	}
}

// works reports whether p holds a role or acts in one.
func (i *Incident) works(p PersonID) bool {
	return p == i.Acting || slices.ContainsFunc(i.Holders, func(h Holder) bool { return h.Person == p })
}

// last reports whether e is the last of its deed that speaks to the reporters: restored, resolved and closed in
// one breath are one message.
func (t *teller) last(e Event) bool {
	for _, later := range t.events {
		switch later.Fact.(type) {
		case *RestorationDeclared, *Resolved, *Closed, *Reopened:
			if later.Seq > e.Seq {
				return false
			}
		}
	}
	return true
}

// said reports whether an earlier entry of the same deed carries this text already.
func (t *teller) said(e Event, text string) bool {
	return slices.ContainsFunc(t.events, func(earlier Event) bool {
		switch f := earlier.Fact.(type) {
		case *StatusChanged:
			return earlier.Seq < e.Seq && f.Text == text
		case *Resolved:
			return earlier.Seq < e.Seq && f.Text == text
		}
		return false
	})
}

// answers is who is asked whether to reopen: whoever leads, else the first on call.
func (t *teller) answers() PersonID {
	if p := t.after.Leads(); p != "" {
		return p
	}
	for _, p := range t.p.OnDuty(t.after.Changed) {
		return p
	}
	return ""
}

func (t *teller) invite(p PersonID) {
	if p == "" || !MaySee(t.after, Viewer{Person: p}) {
		return
	}
	for _, r := range t.after.Rooms {
		if r.Thread == "" {
			t.add(Effect{Kind: Invite, Realm: r.Realm, Person: p})
		}
	}
}

// posts: the room hears what everybody there must know; the card shows the rest.
func (t *teller) posts(e Event) {
	say := false
	switch f := e.Fact.(type) {
	case *Prioritised, *StatusChanged, *RestorationDeclared, *RestorationWithdrawn, *Resolved, *Confirmed, *Closed, *Reopened, *Cancelled,
		*MergedInto, *Absorbed, *Released, *Undone, *PutOnHold, *Resumed, *RoleTaken, *RoleLeft, *RoleInvented, *HandoverOffered,
		*HandoverAnswered, *TakenOver, *ActingBegan, *Declined, *ETAGiven, *DeedAnnounced, *DeedClosed, *Published, *Escalated,
		*DeliveryFailed, *AccessSet, *TargetMissed, *Titled, *Linked,
		*FurtherBegan, *FurtherCorrected, *FurtherFiled, *FurtherExcused, *FurtherResumed:
		say = true
	case *CauseRecorded:
		say = !t.said(e, f.Direct)
	case *FixRecorded:
		say = !t.said(e, f.Text)
	case *WorkaroundRecorded:
		say = !t.said(e, f.Text)
	case *Noted:
		say = f.Message == nil && f.Sort != SeenBySender // a pinned message already stands in the room
	case *Asked:
		say = f.Why == "unacknowledged" && !t.namedAloud(f)
	case *Called:
		say = t.aloud(f)
	case *Reminded:
		say = t.after.inRoom(f)
	case *AlertsMet:
		calm, again := t.before.Alerts.calm(), len(f.Refired)+len(f.Attached) > 0
		if !t.after.Open() {
			say = again && !t.before.askedAgain()
			break
		}
		over, unheard := f.Firing == 0 && len(f.Cleared) > 0, calm && (t.before.Alerts.Hushed || len(f.Hushed) > 0)
		say = over && !unheard || calm && again || len(f.Flapping)+len(f.Settled) > 0
	}
	if !say {
		return
	}
	for _, realm := range t.realms() {
		if !t.away(e, realm) {
			t.add(Effect{Kind: Post, Realm: realm, Seq: e.Seq})
		}
	}
}

// shows reports whether an entry changes what a card shows.
func shows(e Event) bool {
	switch e.Fact.(type) {
	case *Spoke, *Revised, *ReportIssued, *RoomOpened, *Noted, *Paged, *Snoozed:
		return false
	}
	f, reminded := e.Fact.(*Reminded)
	return !reminded || !f.Clock.Chases()
}

func (t *teller) cards() {
	topic, announcement := t.before.Topic() != t.after.Topic(), t.before.Version == 0 || announced(t.before) != announced(t.after)
	told := t.after.Priority != 0 && t.after.Priority <= t.p.TellFrom || t.before.Priority != 0 && t.before.Priority <= t.p.TellFrom
	for _, realm := range t.realms() {
		if room, ok := t.after.Room(realm); ok && !slices.ContainsFunc(t.events, func(e Event) bool { return t.away(e, realm) }) {
			t.add(Effect{Kind: ShowCard, Realm: realm})
			if room.Thread == "" && topic {
				t.add(Effect{Kind: SetTopic, Realm: realm})
			}
		}
		if told && announcement {
			t.add(Effect{Kind: Announce, Realm: realm})
		}
	}
}

// Topic is what a room's topic depends on.
func (i *Incident) Topic() string {
	return i.Number.String() + " " + i.Priority.String() + " " + string(i.Shown()) + " " + string(i.Leads()) + " " + i.Title
}

// announced is what an announcement depends on: a mere counter does not touch it.
func announced(i *Incident) string {
	last := ""
	if i.Last != nil {
		last = i.Last.At.String()
	}
	return i.Topic() + last + i.Restored.At.String() + i.Into.String() + map[bool]string{true: "private"}[i.Private]
}
