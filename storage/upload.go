package storage

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

const uploadColumns = `id, name, type, size, width, height, channel, author, at, message`

func scanUpload(r *sql.Rows) (u console.Upload, err error) {
	var at, message int64
	err = r.Scan(&u.ID, &u.Name, &u.Type, &u.Size, &u.Width, &u.Height, &u.Channel, &u.Author, &at, &message)
	u.At, u.Sent = instant(at), message != 0
	return u, err
}

// BeginUpload makes the row of a file that nobody sees yet.
func (s *Storage) BeginUpload(ctx context.Context, u console.Upload) error {
	err := s.write(ctx, false, func(t *tx) error {
		if err := t.haveChannel(u.Channel); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO upload (`+uploadColumns+`, complete) VALUES `+values(1, 11),
			u.ID, u.Name, u.Type, int64(0), int64(u.Width), int64(u.Height), u.Channel, string(u.Author), micro(u.At), int64(0), false)
		return err
	})
	return s.wrap(err, "begin an upload")
}

// AddPiece adds a piece in a write of its own, behind what people say: console.ErrCrowded when its author has more than
// bound bytes waiting that were not sent.
func (s *Storage) AddPiece(ctx context.Context, id string, pos int, body []byte, bound int64) error {
	err := s.write(ctx, true, func(t *tx) error {
		var author string
		if err := t.get(`SELECT author FROM upload WHERE id = $1 AND NOT complete`+t.s.d.forUpdate, []any{id}, &author); err != nil {
			return err
		}
		var waiting int64
		if err := t.get(`SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM upload WHERE author = $1 AND message = 0`, []any{author}, &waiting); err != nil {
			return err
		}
		if waiting+int64(len(body)) > bound {
			return console.ErrCrowded
		}
		if _, err := t.exec(`INSERT INTO upload_piece (upload, pos, body) VALUES ($1, $2, $3)`, id, int64(pos), body); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE upload SET size = size + $2 WHERE id = $1`, id, int64(len(body)))
		return err
	})
	return s.wrap(err, "take in a file")
}

// EndUpload makes a file visible to its author.
func (s *Storage) EndUpload(ctx context.Context, u console.Upload) error {
	err := s.write(ctx, false, func(t *tx) error {
		n, err := t.exec(`UPDATE upload SET type = $2, width = $3, height = $4, complete = TRUE WHERE id = $1 AND size = $5`,
			u.ID, u.Type, int64(u.Width), int64(u.Height), u.Size)
		if err == nil && n == 0 {
			err = incident.ErrNotFound
		}
		return err
	})
	return s.wrap(err, "end an upload")
}

// DropUpload takes a file away that was not sent; one that was, or is not there, stays as it is.
func (s *Storage) DropUpload(ctx context.Context, id string) error {
	err := s.write(ctx, true, func(t *tx) error { return t.dropUpload(id) })
	return s.wrap(err, "drop an upload")
}

func (t *tx) dropUpload(id string) error {
	_, err := t.exec(`DELETE FROM upload_piece WHERE upload IN (SELECT id FROM upload WHERE id = $1 AND message = 0)`, id)
	if err != nil {
		return err
	}
	_, err = t.exec(`DELETE FROM upload WHERE id = $1 AND message = 0`, id)
	return err
}

// DropUnsent takes away the files that no message was sent with and that are older, each in a write of its own.
func (s *Storage) DropUnsent(ctx context.Context, before time.Time) (dropped int, err error) {
	ids, err := all(ctx, s.reader, `SELECT id FROM upload WHERE message = 0 AND at < $1`, []any{micro(before)}, one[string])
	if err != nil {
		return 0, s.wrap(err, "find files that were not sent")
	}
	for _, id := range ids {
		if err := s.DropUpload(ctx, id); err != nil {
			return dropped, err
		}
		dropped++
	}
	return dropped, nil
}

// Upload reads what is known of a complete file; incident.ErrNotFound for any other.
func (s *Storage) Upload(ctx context.Context, id string) (console.Upload, error) {
	found, err := all(ctx, s.reader, `SELECT `+uploadColumns+` FROM upload WHERE id = $1 AND complete`, []any{id}, scanUpload)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return console.Upload{}, s.wrap(err, "upload")
	}
	return found[0], nil
}

// Piece reads one piece of a file.
func (s *Storage) Piece(ctx context.Context, id string, pos int) ([]byte, error) {
	var body []byte
	err := row(ctx, s.reader, `SELECT body FROM upload_piece WHERE upload = $1 AND pos = $2`, []any{id, int64(pos)}, &body)
	return body, s.wrap(err, "piece %d of a file", pos)
}

// Exhibited reports whether a file came into the record of an incident that the viewer may see.
func (s *Storage) Exhibited(ctx context.Context, id string, v incident.Viewer) (bool, error) {
	var a args
	found, err := all(ctx, s.reader, `SELECT 1 FROM exhibit JOIN incident ON incident.number = exhibit.number
		WHERE exhibit.upload = `+a.add(id)+` AND `+visible(&a, v)+` LIMIT 1`, a, one[int])
	return len(found) > 0, s.wrap(err, "ask for the record of a file")
}

// uploadsOf lists the uploads among the files of a message.
func uploadsOf(files []incident.File) (ids []string) {
	for _, f := range files {
		if id, ours := console.UploadID(f.Link); ours {
			ids = append(ids, id)
		}
	}
	return ids
}

// mayAttach refuses a message whose files are no longer there, or went with another message, before anything is written.
func (t *tx) mayAttach(m console.Message) error {
	for _, f := range m.Files {
		id, ours := console.UploadID(f.Link)
		if !ours {
			continue
		}
		err := t.get(`SELECT id FROM upload WHERE id = $1 AND complete AND message = 0`+t.s.d.forUpdate, []any{id}, new(string))
		if err == incident.ErrNotFound { //nolint:errorlint // get returns it bare
			return incident.Refuse("file_gone", "Name", f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attach marks the files of a message as sent with it. Those that it loses wait to be swept, unless a record has them.
func (t *tx) attach(was, m console.Message) error {
	before, after := uploadsOf(was.Files), uploadsOf(m.Files)
	for _, id := range after {
		if slices.Contains(before, id) {
			continue
		}
		if _, err := t.exec(`UPDATE upload SET message = $2 WHERE id = $1 AND message = 0`, id, m.ID); err != nil {
			return err
		}
	}
	for _, id := range before {
		if slices.Contains(after, id) {
			continue
		}
		_, err := t.exec(`UPDATE upload SET message = 0 WHERE id = $1 AND message = $2
			AND NOT EXISTS (SELECT 1 FROM exhibit WHERE exhibit.upload = upload.id)`, id, m.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// putExhibits remembers which files came into the record, so that whoever may see it may see them.
func (t *tx) putExhibits(events []incident.Event) error {
	var a args
	for _, e := range events {
		for _, id := range uploadsOf(e.Files()) {
			a = append(a, id, int64(e.Number))
		}
	}
	return t.putRows(`INSERT INTO exhibit (upload, number) VALUES `, 2, a, ` ON CONFLICT (upload, number) DO NOTHING`)
}
