package web

// helpRoutes are those of the help inside: keys and the first tour.
func (s *Server) helpRoutes() map[string]answer { return map[string]answer{} }
