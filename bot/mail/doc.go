// Package mail reaches people by e-mail: a bot.Pager that hands pages to an SMTP server.
//
// A mail is made of a bot.Page and nothing else (compose.go), so that the same page is the same mail: its Message-ID is made
// from the page's key, by which most clients show a mail once that came twice. The mails about one incident refer to one root
// that was never sent, and stand together as a conversation.
//
// That a server took a mail says that it will try, no more. Bounces come back as mails to the sender's address; they are not
// read here, and a person whose address bounces is reached by their next way when nobody answers.
//
// Package mailtest is an SMTP server for tests. cmd makes the pager from the configuration; this package reads no environment
// and knows nothing of incidents but their numbers, nor how anything is stored.
package mail
