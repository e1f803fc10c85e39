-- Who is on call for a while instead of whom the rotation says: offers, agreements and orders, none of which is ever deleted.
-- +goose Up
CREATE TABLE IF NOT EXISTS shift_change (
  number      BIGINT NOT NULL PRIMARY KEY,
  schedule    TEXT   NOT NULL,
  person      TEXT   NOT NULL, -- who comes in
  instead     TEXT   NOT NULL, -- whose place is taken; empty: everybody's
  from_at     BIGINT NOT NULL,
  to_at       BIGINT NOT NULL,
  state       TEXT   NOT NULL, -- offered, in_force, declined, ended
  asked_by    TEXT   NOT NULL,
  asked_at    BIGINT NOT NULL,
  answered_by TEXT   NOT NULL, -- empty: not yet
  answered_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS shift_change_to ON shift_change (to_at);
