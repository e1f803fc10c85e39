-- When what is to give signs of life was last heard of.
-- +goose Up
CREATE TABLE IF NOT EXISTS heartbeat (
  name  TEXT   NOT NULL PRIMARY KEY,
  last  BIGINT NOT NULL, -- the last good sign; 0: never
  state TEXT   NOT NULL, -- empty: alive; silent or failed
  since BIGINT NOT NULL  -- of the state
) WITHOUT ROWID;
