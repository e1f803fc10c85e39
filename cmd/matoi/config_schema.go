package main

import _ "embed"

// configSchema is the JSON schema of the configuration, for editors. A test makes it out of Config and its comments, and
// fails while the file differs.
//
//go:embed config.schema.json
var configSchema []byte
