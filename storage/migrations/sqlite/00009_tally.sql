-- How many alerts an incident of many has, so that a storm need not be counted anew with each batch. A row may be missing:
-- then the alerts are counted.
-- +goose Up
CREATE TABLE IF NOT EXISTS tally (
  number INTEGER PRIMARY KEY,
  total  BIGINT NOT NULL, -- keys that belong to it by any of their occurrences
  firing BIGINT NOT NULL  -- those whose latest occurrence belongs to it and fires
);
