package catalog

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Read reads descriptor files: of a folder those below it that are called catalog-info.yaml or .yml, of a file that one, whatever it
// is called. A relative place counts from the working folder. What is read may also depend on services that are
// known by name alone, and these on what is read.
func Read(places []string, known ...string) Catalog {
	r := &reading{seen: map[string]bool{}, entities: map[ref]*entity{}, known: known}
	for _, place := range places {
		r.place(place)
	}
	r.resolve()
	r.found.sort()
	return r.found
}

// reading is what has been read so far.
type reading struct {
	found    Catalog
	seen     map[string]bool // files, by their full names: several Locations may name one
	bytes    int
	entities map[ref]*entity
	order    []*entity
	known    []string // services that are written elsewhere
}

// place reads one of the places that the configuration names.
func (r *reading) place(place string) {
	info, err := os.Stat(place)
	if err != nil {
		r.found.wrong(place, 0, "service.file_missing", "Detail", plain(err))
		return
	}
	folder, file := place, "."
	if !info.IsDir() {
		folder, file = filepath.Dir(place), filepath.Base(place)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		r.found.wrong(place, 0, "service.file_missing", "Detail", plain(err))
		return
	}
	defer func() { _ = root.Close() }()
	d := folderOf{reading: r, root: root, name: folder}
	if file != "." {
		d.file(file, 0, "", 0)
		return
	}
	d.walk(".", 0)
}

// folderOf reads below one folder, and cannot leave it: os.Root refuses links and names that lead out.
type folderOf struct {
	*reading
	root *os.Root
	name string
}

func (d folderOf) full(name string) string { return filepath.Join(d.name, filepath.FromSlash(name)) }

// walk reads the descriptor files of a folder and of those below it. What is hidden and what others put there is left out.
func (d folderOf) walk(name string, depth int) {
	if depth > deepest {
		d.found.wrong(d.full(name), 0, "service.file_deep")
		return
	}
	entries, err := fs.ReadDir(d.root.FS(), name)
	if err != nil {
		d.found.wrong(d.full(name), 0, "service.file_missing", "Detail", plain(err))
		return
	}
	for _, e := range entries {
		below := path.Join(name, e.Name())
		switch {
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") && e.Name() != ".backstage" || e.Name() == "node_modules" || e.Name() == "vendor"):
		case e.IsDir():
			d.walk(below, depth+1)
		case isDescriptor(e.Name()):
			d.file(below, 0, "", 0)
		}
		if d.found.Files >= mostFiles {
			return
		}
	}
}

func isDescriptor(name string) bool {
	return name == "catalog-info.yaml" || name == "catalog-info.yml"
}

// file reads one file, unless it was read before. from and line are the Location that names it.
func (d folderOf) file(name string, depth int, from string, line int) {
	full := d.full(name)
	if d.seen[full] {
		return
	}
	d.seen[full] = true
	place, at := full, 0
	if from != "" {
		place, at = from, line
	}
	if d.found.Files >= mostFiles {
		d.found.wrong(place, at, "service.file_many")
		return
	}
	d.found.Files++
	f, err := d.root.Open(name)
	if err != nil {
		d.found.wrong(place, at, refused(err), "Name", name, "Detail", plain(err))
		return
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // a pipe would keep us waiting for ever
		d.found.wrong(place, at, "service.file_missing", "Detail", name)
		return
	}
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		d.found.wrong(full, 0, "service.file_missing", "Detail", plain(err))
		return
	}
	if d.bytes += len(text); len(text) > mostBytes || d.bytes > mostWhole {
		d.found.wrong(full, 0, "service.file_large")
		return
	}
	for _, l := range d.entitiesOf(full, text) {
		d.location(l, name, depth)
	}
}

// location reads the files that a Location names, below its own folder. Addresses of the network are not followed.
func (d folderOf) location(l *entity, name string, depth int) {
	targets := l.texts("targets")
	if one := l.text("target"); one != "" {
		targets = append([]string{one}, targets...)
	}
	for _, target := range targets {
		switch {
		case strings.Contains(target, "://") || l.text("type") != "" && l.text("type") != "file":
			d.found.wrong(l.file, l.line, "service.file_remote", "Name", target)
		case depth >= deepest:
			d.found.wrong(l.file, l.line, "service.file_deep")
		default:
			d.target(l, path.Join(path.Dir(name), path.Clean(filepath.ToSlash(target))), target, depth)
		}
	}
}

// target reads what one target of a Location names; it may hold * and ?.
func (d folderOf) target(l *entity, name, as string, depth int) {
	if path.IsAbs(as) || name == ".." || strings.HasPrefix(name, "../") {
		d.found.wrong(l.file, l.line, "service.file_outside", "Name", as)
		return
	}
	names := []string{name}
	if strings.ContainsAny(name, "*?[") {
		found, err := fs.Glob(d.root.FS(), name)
		if err != nil || len(found) == 0 {
			d.found.wrong(l.file, l.line, "service.file_missing", "Detail", as)
			return
		}
		names = found
	}
	for _, one := range names {
		d.file(one, depth+1, l.file, l.line)
	}
}

// refused tells a way out of the folder from a file that is not there.
func refused(err error) string {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return "service.file_missing"
	}
	return "service.file_outside"
}

// plain is what went wrong without what was tried.
func plain(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
