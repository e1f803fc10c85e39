package console_test

import (
	"context"
	"slices"
	"time"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
)

// kept is a file in memory.
type kept struct {
	console.Upload
	pieces   [][]byte
	complete bool
}

func (s *memory) After(_ context.Context, channel string, thread, after int64, limit int) ([]console.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []console.Message
	for _, m := range s.messages {
		if m.Channel == channel && m.Thread == thread && m.ID > after && len(out) < limit {
			out = append(out, m)
		}
	}
	return out, nil
}

func (s *memory) Search(ctx context.Context, q console.Query) ([]console.Message, error) {
	may, _ := s.Channels(ctx, q.Viewer)
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []console.Message
	for _, m := range slices.Backward(s.messages) {
		words := knowledge.Index(m.Text)
		fits := m.Only == "" && m.Deleted.IsZero() && (q.Before == 0 || m.ID < q.Before) && (q.Channel == "" || q.Channel == m.Channel) &&
			(q.Author == "" || q.Author == m.Author) && q.Mentioned == "" &&
			slices.ContainsFunc(may, func(c console.Channel) bool { return c.ID == m.Channel })
		for _, term := range knowledge.Query(q.Text) {
			fits = fits && slices.ContainsFunc(words, term.Matches)
		}
		if fits && len(out) < q.Limit {
			out = append(out, m)
		}
	}
	return out, nil
}

func (s *memory) BeginUpload(_ context.Context, u console.Upload) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[u.ID] = &kept{Upload: u}
	return nil
}

func (s *memory) AddPiece(_ context.Context, id string, _ int, body []byte, bound int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := int64(len(body))
	for _, f := range s.files {
		if f.Author == s.files[id].Author && !f.Sent {
			waiting += f.Size
		}
	}
	if waiting > bound {
		return console.ErrCrowded
	}
	s.files[id].pieces = append(s.files[id].pieces, slices.Clone(body))
	s.files[id].Size += int64(len(body))
	return nil
}

func (s *memory) EndUpload(_ context.Context, u console.Upload) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[u.ID].Upload, s.files[u.ID].complete = u, true
	return nil
}

func (s *memory) DropUpload(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, id)
	return nil
}

func (s *memory) DropUnsent(context.Context, time.Time) (int, error) { return 0, nil }

func (s *memory) Upload(_ context.Context, id string) (console.Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[id]
	if f == nil || !f.complete {
		return console.Upload{}, incident.ErrNotFound
	}
	return f.Upload, nil
}

func (s *memory) Piece(_ context.Context, id string, pos int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id].pieces[pos], nil
}

func (s *memory) Exhibited(_ context.Context, id string, v incident.Viewer) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.incidents[s.exhibits[id]]
	return i != nil && incident.MaySee(i, v), nil
}

func (s *memory) MoveMark(_ context.Context, p incident.PersonID, channel string, upto int64, _ ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(p) + " " + channel
	s.marks[key] = max(s.marks[key], upto)
	return nil
}

func (s *memory) StartMarks(context.Context, incident.PersonID, ...string) error { return nil }

func (s *memory) SetMark(_ context.Context, p incident.PersonID, channel string, at int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks[string(p)+" "+channel] = at
	return nil
}

func (s *memory) Mark(_ context.Context, p incident.PersonID, channel string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[string(p)+" "+channel], nil
}

func (s *memory) Unread(context.Context, incident.Viewer, ...string) ([]console.Unread, error) {
	return nil, nil // counted by storage, under its own contract
}
