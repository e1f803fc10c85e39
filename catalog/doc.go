// Package catalog reads what a house already wrote down of its services: Backstage's descriptor files, usually named
// catalog-info.yaml and kept beside the code.
//
// The format is that of https://backstage.io/docs/features/software-catalog/descriptor-format; how entities name each other is in
// https://backstage.io/docs/features/software-catalog/references. A file holds one or several YAML documents, each an entity with a
// kind, metadata and spec. Components and Resources become services. Groups and Users give names to owners, Systems to what a service
// is part of; an API joins who consumes it with who provides it; a Location names further files.
//
// # Bounds
//
// Files come from many hands. They are read below their folder only: a link out of it, or a target above it, is refused, and nothing
// is ever fetched from the network. There are bounds on files, sizes, depth and entities. A file that is wrong costs itself, not the
// others, and no start: everything that is wrong comes back as a Mistake with its place.
//
// The package knows neither the configuration nor incidents; cmd lays what it found below what the configuration says.
package catalog
