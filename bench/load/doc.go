// Package load drives HTTP servers on this machine and says how they took it: how many requests were answered, how long
// that took, what it cost the servers. Only loopback addresses are served: nobody else asked for the load.
//
// Requests are written and answers parsed by hand on raw connections that stay open: the standard client would take half of
// a small machine for itself, and would be measured in place of the server.
package load
