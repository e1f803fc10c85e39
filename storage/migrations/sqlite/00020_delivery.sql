-- The numbers that senders of alerts gave their requests: one that comes again is told from a second one.
-- +goose Up
CREATE TABLE IF NOT EXISTS delivery (
  source   TEXT   NOT NULL,
  id       TEXT   NOT NULL,
  received BIGINT NOT NULL,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;
