// Package mailtest is an SMTP server for tests: it takes mails with or without TLS and a login, and fails as real servers do.
// Only tests import it.
package mailtest
