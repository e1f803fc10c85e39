package web

// liveRoutes are the streams. What they have in common stands in live_stream.go; the chat's is fed by the hub
// (live_hub.go), the others look for themselves (follow) and share what they render (live_shared.go).
func (s *Server) liveRoutes() map[string]answer {
	return map[string]answer{
		"GET /live/chat":               s.liveChat,
		"GET /live/list":               s.liveList,
		"GET /live/incidents/{number}": s.liveIncident,
		"POST /do/typing":              s.doTyping,
	}
}
