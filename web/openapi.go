package web

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed openapi.yaml
var openAPI []byte

// openAPIJSON is the same document for tools that read no YAML.
var openAPIJSON = sync.OnceValue(func() []byte {
	var doc any
	if err := yaml.Load(openAPI, &doc); err != nil {
		return []byte("{}") // a test reads the document
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return []byte("{}")
	}
	return text
})

// serveOpenAPI gives the description of the API, as YAML or JSON by the address.
func serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasSuffix(r.URL.Path, ".json") {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openAPIJSON())
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openAPI)
}
