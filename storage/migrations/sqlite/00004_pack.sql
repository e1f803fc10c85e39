-- What one commit takes in of monitoring systems is one row. Only adds: requests that wait in raw are worked off from there.
-- +goose Up
CREATE TABLE pack ( -- requests of monitoring systems that wait to be worked off, those of one commit together
  id INTEGER PRIMARY KEY, -- of the last request in it
  first    BIGINT NOT NULL, -- id of the first request in it
  requests BIGINT NOT NULL, -- how many; where that is less than from first to id, some are done with already
  size     BIGINT NOT NULL, -- bytes of their headers and bodies
  received BIGINT NOT NULL, -- of the oldest
  body     BYTEA  NOT NULL  -- see storage/pack.go
);
