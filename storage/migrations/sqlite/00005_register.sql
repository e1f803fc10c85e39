-- What is done to the store as a whole: people erased, legal holds set and lifted. Only adds.
-- +goose Up
CREATE TABLE register ( -- append-only, hash-chained like a timeline
  seq    BIGINT NOT NULL PRIMARY KEY,
  kind   TEXT   NOT NULL,
  at     BIGINT NOT NULL,
  body   BYTEA  NOT NULL,
  salt   BYTEA  NOT NULL,
  digest BYTEA  NOT NULL,
  hash   BYTEA  NOT NULL
) WITHOUT ROWID;
