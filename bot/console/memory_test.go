package console_test

import (
	"context"
	"slices"
	"strings"
	"sync"

	"matoi/bot/console"
	"matoi/incident"
)

// memory is a small working Store.
type memory struct {
	mu        sync.Mutex
	channels  map[string]console.Channel
	members   map[string][]incident.PersonID
	messages  []console.Message // by id, from 1
	rev       int64
	people    []incident.Person
	incidents map[incident.Number]*incident.Incident
	files     map[string]*kept
	exhibits  map[string]incident.Number
	marks     map[string]int64
}

func newMemory(people ...incident.Person) *memory {
	return &memory{
		channels: map[string]console.Channel{}, members: map[string][]incident.PersonID{}, people: people,
		incidents: map[incident.Number]*incident.Incident{}, files: map[string]*kept{}, exhibits: map[string]incident.Number{}, marks: map[string]int64{},
	}
}

func (s *memory) Channels(_ context.Context, v incident.Viewer) ([]console.Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []console.Channel
	for _, c := range s.channels {
		if i := s.incidents[c.Number]; i != nil && !incident.MaySee(i, v) {
			continue
		}
		if !c.Private || v.All || slices.Contains(s.members[c.ID], v.Person) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b console.Channel) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func (s *memory) Common(ctx context.Context, v incident.Viewer) ([]console.Channel, error) {
	list, err := s.Channels(ctx, v)
	return slices.DeleteFunc(list, func(c console.Channel) bool { return c.Number != 0 }), err
}

func (s *memory) Rooms(ctx context.Context, v incident.Viewer, numbers []incident.Number) (map[incident.Number]string, error) {
	list, err := s.Channels(ctx, v)
	rooms := map[incident.Number]string{}
	for _, c := range list {
		if c.Number != 0 && slices.Contains(numbers, c.Number) {
			rooms[c.Number] = c.ID
		}
	}
	return rooms, err
}

func (s *memory) Channel(_ context.Context, id string) (console.Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.channels[id]; ok {
		return c, nil
	}
	return console.Channel{}, incident.ErrNotFound
}

func (s *memory) SaveChannel(_ context.Context, c console.Channel) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.channels[c.ID]
	if ok {
		have.Topic, have.Private = c.Topic, c.Private
		c = have
	}
	s.channels[c.ID] = c
	return !ok, nil
}

func (s *memory) Members(_ context.Context, channel string) ([]incident.PersonID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members[channel]), nil
}

func (s *memory) AddMember(_ context.Context, channel string, p incident.PersonID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.members[channel], p) {
		return false, nil
	}
	s.members[channel] = append(s.members[channel], p)
	return true, nil
}

func (s *memory) RemoveMember(_ context.Context, channel string, p incident.PersonID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.members[channel])
	s.members[channel] = slices.DeleteFunc(s.members[channel], func(x incident.PersonID) bool { return x == p })
	return len(s.members[channel]) < before, nil
}

func (s *memory) AddMessage(_ context.Context, m console.Message) (console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.messages {
		if m.Key != "" && have.Key == m.Key {
			return have, nil
		}
	}
	s.rev++
	m.ID, m.Rev = int64(len(s.messages)+1), s.rev
	for _, f := range m.Files {
		if id, ours := console.UploadID(f.Link); ours {
			s.files[id].Sent = true
		}
	}
	s.messages = append(s.messages, m)
	return m, nil
}

func (s *memory) EditMessage(_ context.Context, id int64, change func(m *console.Message) error) (console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > int64(len(s.messages)) {
		return console.Message{}, incident.ErrNotFound
	}
	m := s.messages[id-1]
	if err := change(&m); err != nil {
		return console.Message{}, err
	}
	s.rev++
	m.Rev = s.rev
	s.messages[id-1] = m
	return m, nil
}

func (s *memory) PutMessages(ctx context.Context, list []console.Put) ([]console.Done, error) {
	out := make([]console.Done, len(list))
	for k, p := range list {
		if p.Change != nil {
			out[k].Message, out[k].Err = s.EditMessage(ctx, p.Message.ID, p.Change)
		} else {
			out[k].Message, out[k].Err = s.AddMessage(ctx, p.Message)
		}
	}
	return out, nil
}

func (s *memory) Message(_ context.Context, id int64) (console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > int64(len(s.messages)) {
		return console.Message{}, incident.ErrNotFound
	}
	return s.messages[id-1], nil
}

func (s *memory) Messages(_ context.Context, channel string, thread, before int64, limit int) ([]console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []console.Message
	for _, m := range s.messages {
		if m.Channel == channel && m.Thread == thread && (before == 0 || m.ID < before) {
			out = append(out, m)
		}
	}
	return out[max(0, len(out)-limit):], nil
}

func (s *memory) Since(_ context.Context, rev int64, limit int) ([]console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []console.Message
	for _, m := range s.messages {
		if m.Rev > rev {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b console.Message) int { return int(a.Rev - b.Rev) })
	return out[:min(limit, len(out))], nil
}

func (s *memory) Rev(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rev, nil
}

func (s *memory) Load(_ context.Context, n incident.Number) (*incident.Incident, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.incidents[n]; ok {
		return i, nil
	}
	return nil, incident.ErrNotFound
}

func (s *memory) Person(_ context.Context, id incident.PersonID) (incident.Person, error) {
	for _, p := range s.people {
		if p.ID == id {
			return p, nil
		}
	}
	return incident.Person{}, incident.ErrNotFound
}

func (s *memory) People(context.Context) ([]incident.Person, error) { return s.people, nil }
