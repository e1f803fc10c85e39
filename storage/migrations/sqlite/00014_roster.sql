-- What sources outside last said about who is on call, so that it stays known while they are away.
-- +goose Up
CREATE TABLE IF NOT EXISTS roster_copy (
  source     TEXT   NOT NULL PRIMARY KEY, -- the schedule it is for
  origin     TEXT   NOT NULL, -- of what the source asks: another one is no copy of this
  body       BYTEA  NOT NULL,
  etag       TEXT   NOT NULL,
  modified   TEXT   NOT NULL,
  fetched_at BIGINT NOT NULL, -- 0: never
  error      TEXT   NOT NULL  -- why asking again failed; empty: it did not
);
