// Package knowledge finds what resembles what: the open twin of an incident, past
// incidents of the same kind, articles that may help.
//
// The model is a bag of tokens per document. [Tokens] cuts a text into words
// (Latin letters and digits) and into pairs of neighbouring characters (Japanese,
// Chinese, Korean, which write no spaces), so that 決済 is found in
// 決済がタイムアウト without a dictionary. [Similar] compares bags by their shared
// tokens, where rare tokens weigh more than common ones and numbers little, and
// says which tokens made the match, so that a person can judge it.
//
// [Query] says what a person who types looks for, and [Index] by which tokens a text
// is found that way: a word that is not finished finds all that begin with it.
//
// The desk calls it with open incidents before opening another, storage keeps the
// same tokens as rows of its search tables. It knows neither incidents nor
// storage, does no I/O and has no clock: it compares what it is handed. Who may
// see a document is decided before it is handed in.
package knowledge
