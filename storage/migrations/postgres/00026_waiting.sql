-- What waits in the inbox, by its sender: so that none hides what others sent, and counting it reads no rows.
-- +goose Up
CREATE INDEX alert_waiting ON alert (source, first_seen) WHERE number = 0 AND latest = TRUE;
DROP INDEX alert_loose;
