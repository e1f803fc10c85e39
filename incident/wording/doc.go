// Package wording puts the nouns of the clock into words, for whoever shows them: chat, pages, reports and the API say the same.
package wording
