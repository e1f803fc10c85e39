package web

import (
	"context"
	"time"

	"matoi/incident"
)

// BoardRows gives the rows that the board holds, those that a new board reads, and whether the first one read everything.
func (s *Server) BoardRows(ctx context.Context) (held, there []incident.Row, all bool, err error) {
	was := s.board.find
	s.board.find = func(ctx context.Context, f incident.Filter) ([]incident.Row, error) {
		all = true
		return was(ctx, f)
	}
	s.board.mu.Lock()
	s.board.stale = true // the signal of the last change may be on its way
	s.board.mu.Unlock()
	now, err := s.board.fresh(ctx)
	s.board.find = was
	if err != nil {
		return nil, nil, all, err
	}
	anew, err := newBoardRows(s.Options).everything(ctx, nil)
	if err != nil {
		return nil, nil, all, err
	}
	return now.rows, anew.rows, all, nil
}

// SmallRing makes the hub remember little, so that tests come to its end. Before the first stream.
func (s *Server) SmallRing(changes int) { s.live.ring = newRing(changes, ringBytes) }

// HurryStreams makes streams look after their readers more often, and lose patience sooner.
func (s *Server) HurryStreams(beat, patience time.Duration) {
	s.live.pace = pace{beat: beat, patience: patience}
}

// Streams is how many streams of the chat are open.
func (s *Server) Streams() int {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	return s.live.streams
}
