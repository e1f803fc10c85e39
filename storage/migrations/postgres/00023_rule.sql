-- Rules for alerts that people made, asked before those of the configuration. None is ever deleted.
-- +goose Up
CREATE TABLE IF NOT EXISTS alert_rule (
  number     BIGINT NOT NULL PRIMARY KEY,
  pos        BIGINT NOT NULL, -- the order in which they are asked
  name       TEXT   NOT NULL,
  body       TEXT   NOT NULL, -- JSON of alert.Rule
  made_by    TEXT   NOT NULL,
  made_at    BIGINT NOT NULL,
  why        TEXT   NOT NULL,
  ended_by   TEXT   NOT NULL, -- empty: it stands
  ended_at   BIGINT NOT NULL, -- 0: it stands
  matched    BIGINT NOT NULL, -- alerts that it decided on
  matched_at BIGINT NOT NULL  -- the last of them
);
