-- How people are reached outside chat, what became of pages, and the answers that wait to be given.
-- +goose Up
CREATE TABLE IF NOT EXISTS contact ( -- a person's ways in their order
  person  TEXT   NOT NULL,
  pos     BIGINT NOT NULL,
  realm   TEXT   NOT NULL, -- chat, mail or gateway:<name>
  address TEXT   NOT NULL, -- empty: the person's own
  PRIMARY KEY (person, pos)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS page ( -- what is known of pages sent
  key     TEXT   NOT NULL PRIMARY KEY,
  realm   TEXT   NOT NULL,
  address TEXT   NOT NULL,
  person  TEXT   NOT NULL,
  number  BIGINT NOT NULL, -- 0: a test
  state   TEXT   NOT NULL, -- trying, sent, failed, delivered
  ref     TEXT   NOT NULL, -- what the other side calls it
  why     TEXT   NOT NULL,
  made    BIGINT NOT NULL,
  at      BIGINT NOT NULL  -- of the state
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_person ON page (person, made);
CREATE INDEX IF NOT EXISTS page_made ON page (made);

CREATE TABLE IF NOT EXISTS answer ( -- links by which a page can be answered once
  hash     BYTEA  NOT NULL PRIMARY KEY, -- of the token, which is kept nowhere
  page     TEXT   NOT NULL,
  number   BIGINT NOT NULL,
  person   TEXT   NOT NULL,
  made     BIGINT NOT NULL,
  until    BIGINT NOT NULL,
  answered BIGINT NOT NULL, -- 0: waits
  answer   TEXT   NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_page ON answer (page);
CREATE INDEX IF NOT EXISTS answer_person ON answer (person);
CREATE INDEX IF NOT EXISTS answer_until ON answer (until);
