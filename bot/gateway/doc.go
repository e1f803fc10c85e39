// Package gateway reaches people through services that send text messages and make calls: a bot.Pager that posts each page to
// an address of the operator's, signed.
//
// # Out
//
// A page is one POST of JSON (payload.go) with the headers of Standard Webhooks (https://www.standardwebhooks.com): webhook-id
// is the page's key, by which the gateway knows a page that comes again; webhook-timestamp; and webhook-signature, one for
// each secret, so that a secret can be replaced without a page being lost. 2xx means that the gateway has it. Redirects are not
// followed: a page has addresses and links in it that are for the gateway alone.
//
// # In
//
// A gateway that knows more posts it back to /hooks/gateway/<name>, signed alike (hook.go): that a message was sent, arrived,
// or failed. It is free not to.
//
// cmd makes the pagers from the configuration; this package reads no environment and knows nothing of how anything is stored.
package gateway
