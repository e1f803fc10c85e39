package catalog

import "strings"

// ref names an entity: [kind:][namespace/]name, whatever the letters' case.
type ref struct{ kind, namespace, name string }

const ordinary = "default" // the namespace of what names none

func refOf(kind, namespace, name string) ref {
	if namespace = strings.ToLower(strings.TrimSpace(namespace)); namespace == "" {
		namespace = ordinary
	}
	return ref{strings.ToLower(kind), namespace, strings.ToLower(strings.TrimSpace(name))}
}

// parse reads a reference that stands in an entity; kind and the entity's own namespace are what it means where it names none.
func (e *entity) parse(text, kind string) ref {
	namespace := e.namespace
	if k, rest, ok := strings.Cut(text, ":"); ok {
		kind, text = strings.TrimSpace(k), rest
	}
	if n, rest, ok := strings.Cut(text, "/"); ok {
		namespace, text = n, rest
	}
	return refOf(kind, namespace, text)
}

func (r ref) String() string { return r.kind + ":" + r.namespace + "/" + r.name }

// called is what people call the entity.
func (e *entity) called() string {
	if e.namespace != ordinary {
		return e.namespace + "/" + e.meta.Name
	}
	return e.meta.Name
}
