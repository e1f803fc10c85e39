-- Where each chat is at home, so that a token of another place is noticed before anything is written there.
-- +goose Up
CREATE TABLE IF NOT EXISTS workspace (
  realm   TEXT   NOT NULL PRIMARY KEY,
  id      TEXT   NOT NULL, -- empty where a whole organisation has the app
  org     TEXT   NOT NULL,
  name    TEXT   NOT NULL,
  account TEXT   NOT NULL, -- our own there
  bot     TEXT   NOT NULL, -- its other id
  site    TEXT   NOT NULL,
  since   BIGINT NOT NULL
);
