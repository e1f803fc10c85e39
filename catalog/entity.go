package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// entity is one document of a descriptor file, as far as it is of use here.
type entity struct {
	ref
	meta metadata
	spec map[string]yaml.Node
	file string
	line int
}

type metadata struct {
	Name        string            `yaml:"name"`
	Namespace   string            `yaml:"namespace"`
	Title       string            `yaml:"title"`
	Description string            `yaml:"description"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Links       []struct {
		URL   string `yaml:"url"`
		Title string `yaml:"title"`
		Icon  string `yaml:"icon"`
		Type  string `yaml:"type"`
	} `yaml:"links"`
}

// text is a value of the spec that is one word or text.
func (e *entity) text(key string) string {
	n := e.spec[key]
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// texts is a value of the spec that is a list of words; what else stands in the list is left out.
func (e *entity) texts(key string) (out []string) {
	n := e.spec[key]
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, one := range n.Content {
		if one.Kind == yaml.ScalarNode && strings.TrimSpace(one.Value) != "" {
			out = append(out, strings.TrimSpace(one.Value))
		}
	}
	return out
}

// within is a value inside a value of the spec: spec.profile.displayName.
func (e *entity) within(key, inner string) string {
	n := e.spec[key]
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == inner && n.Content[i+1].Kind == yaml.ScalarNode {
			return strings.TrimSpace(n.Content[i+1].Value)
		}
	}
	return ""
}

// entitiesOf takes the entities of a file in, and gives its Locations.
func (r *reading) entitiesOf(file string, text []byte) (locations []*entity) {
	decoder, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		r.found.wrong(file, 0, "service.file_broken", "Detail", err.Error())
		return nil
	}
	for {
		var doc yaml.Node
		if err := decoder.Load(&doc); errors.Is(err, io.EOF) {
			return locations
		} else if err != nil {
			line, detail := broken(err)
			r.found.wrong(file, line, "service.file_broken", "Detail", detail)
			return locations
		}
		root := &doc
		if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
			root = doc.Content[0]
		}
		if root.Kind == 0 || root.ShortTag() == "!!null" { // --- with nothing behind it
			continue
		}
		if e := r.entity(file, root); e != nil && e.kind == "location" {
			locations = append(locations, e)
		}
	}
}

// entity takes one document in; nil if it is none, or not of use here.
func (r *reading) entity(file string, n *yaml.Node) *entity {
	var d struct {
		APIVersion string               `yaml:"apiVersion"`
		Kind       string               `yaml:"kind"`
		Metadata   metadata             `yaml:"metadata"`
		Spec       map[string]yaml.Node `yaml:"spec"`
	}
	if err := n.Load(&d); err != nil {
		line, detail := broken(err)
		r.found.wrong(file, max(line, n.Line), "service.file_broken", "Detail", detail)
		return nil
	}
	kind := strings.ToLower(d.Kind)
	switch kind {
	case "component", "resource", "api", "system", "domain", "group", "user", "location":
	case "":
		r.found.wrong(file, n.Line, "service.entity_kindless")
		return nil
	default: // Template, and kinds of a house's own
		return nil
	}
	name := strings.TrimSpace(d.Metadata.Name)
	if name == "" && kind != "location" {
		r.found.wrong(file, n.Line, "service.entity_nameless", "Kind", d.Kind)
		return nil
	}
	e := &entity{ref: refOf(kind, d.Metadata.Namespace, name), meta: d.Metadata, spec: d.Spec, file: file, line: n.Line}
	if kind == "location" {
		return e
	}
	if before := r.entities[e.ref]; before != nil {
		r.found.wrong(file, n.Line, "service.entity_twice", "Name", d.Kind+" "+name, "Where", fmt.Sprintf("%s:%d", before.file, before.line))
		return nil
	}
	if len(r.order) >= mostEntities {
		r.found.wrong(file, n.Line, "service.file_many")
		return nil
	}
	r.entities[e.ref] = e
	r.order = append(r.order, e)
	return e
}

// broken gives the place and the words of what the YAML library found.
func broken(err error) (line int, detail string) {
	if many, ok := errors.AsType[*yaml.LoadErrors](err); ok && len(many.Errors) > 0 {
		return many.Errors[0].Mark.Line, many.Errors[0].Message
	}
	if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		return one.Mark.Line, one.Message
	}
	return 0, err.Error()
}
