// Command matoi is the whole product in one binary: it serves the web pages, the built-in chat, the API and the hooks of
// monitoring systems, and holds the tools that stand beside a running server (say, check, verify, alert explain, backup,
// export).
//
// The model: a configuration (config.go) becomes a policy, an App (run.go) wires storage, the incident desk, the bot, the
// pump, the clock and the pages, and owns every goroutine among them. A subcommand is a file of its own name.
//
// Nobody calls this package but people and tests. It alone reads the environment, the command line and the wall clock, and
// it alone knows which chat platforms exist. It must never hold a rule about incidents: those live in package incident.
package main
