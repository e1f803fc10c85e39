-- Orders to keep alerts quiet for a while, none of which is ever deleted; which of them hid an alert last, and how it flaps.
-- +goose Up
CREATE TABLE IF NOT EXISTS silence (
  number   BIGINT NOT NULL PRIMARY KEY,
  kind     TEXT   NOT NULL, -- silence, maintenance
  fits     TEXT   NOT NULL, -- JSON: patterns by field
  incident BIGINT NOT NULL, -- whose alerts it was made for; 0: none
  from_at  BIGINT NOT NULL,
  until_at BIGINT NOT NULL, -- 0: comes again until it is ended
  weekly   TEXT   NOT NULL, -- JSON: when it is in force; empty: all the time
  why      TEXT   NOT NULL,
  set_by   TEXT   NOT NULL,
  set_at   BIGINT NOT NULL,
  realm    TEXT   NOT NULL, -- where it was set
  room     TEXT   NOT NULL,
  thread   TEXT   NOT NULL,
  ended_at BIGINT NOT NULL, -- 0: nobody ended it early
  ended_by TEXT   NOT NULL,
  told_at  BIGINT NOT NULL  -- up to which end it was told what it hid
);
ALTER TABLE alert ADD COLUMN silence TEXT NOT NULL DEFAULT ''; -- key of the one that hid it last
ALTER TABLE alert ADD COLUMN flap TEXT NOT NULL DEFAULT '';    -- how often it came lately
CREATE INDEX alert_silence ON alert (silence, last_seen) WHERE silence <> '';
