package web

import "time"

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
