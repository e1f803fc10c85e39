-- The tables of Matoi. Times are UTC microseconds, 0 for none. Kept equal to the other folder but for the
-- names of types and keys (a test compares tables and columns).
-- +goose Up
CREATE TABLE counter (
  day BIGINT NOT NULL PRIMARY KEY, -- YYYYMMDD; below 0: see storage/counter.go
  n   BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE incident (
  number       INTEGER PRIMARY KEY, -- YYYYMMDD * 1,000,000 + NNN
  version      BIGINT  NOT NULL,    -- seq of the last entry
  title        TEXT    NOT NULL,
  status       TEXT    NOT NULL CHECK (status IN ('new', 'triaged', 'investigating', 'identified', 'mitigated', 'on_hold',
                                                  'resolved', 'closed', 'cancelled', 'merged')), -- as shown
  priority     BIGINT  NOT NULL CHECK (priority BETWEEN 0 AND 5),
  provisional  BOOLEAN NOT NULL,
  private      BOOLEAN NOT NULL,
  open         BOOLEAN NOT NULL,
  category     TEXT    NOT NULL,
  services     TEXT    NOT NULL, -- JSON array, for showing only
  manager      TEXT    NOT NULL,
  assignee     TEXT    NOT NULL,
  opened       BIGINT  NOT NULL,
  changed      BIGINT  NOT NULL,
  closed       BIGINT  NOT NULL,
  target_due   BIGINT  NOT NULL, -- next target people see
  due_at       BIGINT  NOT NULL, -- next instant at which the clock must look
  due_policy   TEXT    NOT NULL, -- policy version that set due_at
  firing       BIGINT  NOT NULL,
  alert_source TEXT    NOT NULL,
  alert_group  TEXT    NOT NULL, -- grouping key of the alert that opened it
  alert_storm  BOOLEAN NOT NULL,
  head         BYTEA   NOT NULL, -- hash of the last entry
  fold_version BIGINT  NOT NULL,
  state        TEXT    NOT NULL  -- the fold, JSON of incident.Incident
);
CREATE INDEX incident_due ON incident (due_at) WHERE due_at > 0;
CREATE INDEX incident_open ON incident (number) WHERE open;
CREATE INDEX incident_alert_group ON incident (alert_source, alert_group, number) WHERE alert_source <> '';
CREATE INDEX incident_alert_opened ON incident (alert_source, opened) WHERE alert_source <> '';
CREATE INDEX incident_storm ON incident (alert_source, number) WHERE alert_storm;

CREATE TABLE insider ( -- who may see a private incident
  number BIGINT NOT NULL REFERENCES incident (number),
  person TEXT   NOT NULL,
  PRIMARY KEY (number, person)
) WITHOUT ROWID;

CREATE TABLE entry ( -- the timeline: append-only, hash-chained
  number   BIGINT NOT NULL REFERENCES incident (number),
  seq      BIGINT NOT NULL CHECK (seq > 0),
  kind     TEXT   NOT NULL,
  at       BIGINT NOT NULL,
  occurred BIGINT,           -- where it differs from at
  body     BYTEA  NOT NULL,  -- empty once erased, with salt
  salt     BYTEA  NOT NULL,
  digest   BYTEA  NOT NULL,
  hash     BYTEA  NOT NULL,
  PRIMARY KEY (number, seq)
) WITHOUT ROWID;

CREATE TABLE cause ( -- what has been done already; one row per incident changed
  id        TEXT   NOT NULL,
  pos       BIGINT NOT NULL,
  number    BIGINT NOT NULL, -- 0 where nothing changed
  first_seq BIGINT NOT NULL,
  last_seq  BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (id, pos)
) WITHOUT ROWID;

CREATE TABLE room (
  realm  TEXT   NOT NULL,
  room   TEXT   NOT NULL,
  thread TEXT   NOT NULL,
  number BIGINT NOT NULL REFERENCES incident (number),
  PRIMARY KEY (realm, room, thread)
) WITHOUT ROWID;
CREATE INDEX room_number ON room (number);

CREATE TABLE token ( -- search
  token  TEXT    NOT NULL,
  number BIGINT  NOT NULL REFERENCES incident (number),
  strong BOOLEAN NOT NULL, -- from the title or the services
  PRIMARY KEY (token, number)
) WITHOUT ROWID;
CREATE INDEX token_number ON token (number);

-- waiting (claimed_until 0, or in the past after a crash) -> claimed -> gone when done, waiting again later, or dropped
CREATE TABLE outbox (
  id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: a late answer must not hit another row
  number        BIGINT  NOT NULL,
  lane          TEXT    NOT NULL,
  kind          TEXT    NOT NULL,
  realm         TEXT    NOT NULL,
  person        TEXT    NOT NULL,
  seq           BIGINT  NOT NULL,
  urgent        BOOLEAN NOT NULL,
  made          BIGINT  NOT NULL,
  tries         BIGINT  NOT NULL,
  next_at       BIGINT  NOT NULL,
  claimed_until BIGINT  NOT NULL,
  doubtful      BOOLEAN NOT NULL,
  why           TEXT    NOT NULL,
  state         TEXT    NOT NULL CHECK (state IN ('waiting', 'dropped'))
);
CREATE UNIQUE INDEX outbox_one ON outbox (lane, kind)
  WHERE state = 'waiting' AND claimed_until = 0 AND kind IN ('show-card', 'announce', 'set-topic');
CREATE INDEX outbox_lane ON outbox (lane, id) WHERE state = 'waiting';
CREATE INDEX outbox_calm ON outbox (lane) WHERE state = 'waiting' AND NOT urgent;
CREATE INDEX outbox_next ON outbox (urgent DESC, id) WHERE state = 'waiting';

CREATE TABLE receipt ( -- where the last delivery of a kind stands
  number  BIGINT NOT NULL,
  realm   TEXT   NOT NULL,
  kind    TEXT   NOT NULL,
  person  TEXT   NOT NULL,
  room    TEXT   NOT NULL,
  thread  TEXT   NOT NULL,
  message TEXT   NOT NULL,
  link    TEXT   NOT NULL,
  place   TEXT   NOT NULL, -- realm as the adapter said it
  PRIMARY KEY (number, realm, kind, person)
) WITHOUT ROWID;

CREATE TABLE person (
  id      TEXT    NOT NULL PRIMARY KEY,
  name    TEXT    NOT NULL,
  folded  TEXT    NOT NULL, -- name as it is looked up
  email   TEXT    NOT NULL, -- lower case
  lang    TEXT    NOT NULL,
  zone    TEXT    NOT NULL,
  manager BOOLEAN NOT NULL,
  auditor BOOLEAN NOT NULL,
  erased  BOOLEAN NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_folded ON person (folded);
CREATE UNIQUE INDEX person_email ON person (email) WHERE email <> '';

CREATE TABLE identity (
  realm  TEXT NOT NULL,
  id     TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  PRIMARY KEY (realm, id)
) WITHOUT ROWID;
CREATE INDEX identity_person ON identity (person);

CREATE TABLE raw ( -- requests of monitoring systems that wait to be worked off
  id       INTEGER PRIMARY KEY,
  source   TEXT   NOT NULL,
  received BIGINT NOT NULL,
  header   BYTEA  NOT NULL,
  body     BYTEA  NOT NULL
);

CREATE TABLE undecoded ( -- requests that could not be worked off, with the reason
  id       INTEGER PRIMARY KEY,
  source   TEXT   NOT NULL,
  received BIGINT NOT NULL,
  header   BYTEA  NOT NULL,
  body     BYTEA  NOT NULL,
  why      TEXT   NOT NULL
);

CREATE TABLE alert (
  source       TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  first_seen   BIGINT  NOT NULL,
  latest       BOOLEAN NOT NULL, -- the occurrence that counts
  start        BIGINT  NOT NULL,
  status       TEXT    NOT NULL CHECK (status IN ('firing', 'resolved')),
  number       BIGINT  NOT NULL, -- 0: opened nothing
  count        BIGINT  NOT NULL,
  last_seen    BIGINT  NOT NULL,
  resolved_at  BIGINT  NOT NULL,
  title        TEXT    NOT NULL,
  service      TEXT    NOT NULL,
  host         TEXT    NOT NULL,
  severity     TEXT    NOT NULL,
  link         TEXT    NOT NULL,
  alert_group  TEXT    NOT NULL,
  sender_group TEXT    NOT NULL,
  outcome      TEXT    NOT NULL,
  rule         TEXT    NOT NULL,
  reason       TEXT    NOT NULL,
  PRIMARY KEY (source, key, first_seen)
) WITHOUT ROWID;
CREATE UNIQUE INDEX alert_latest ON alert (source, key) WHERE latest;
CREATE INDEX alert_number ON alert (number, source, key) WHERE number > 0;
CREATE INDEX alert_firing ON alert (number) WHERE latest AND status = 'firing';
CREATE INDEX alert_sender_group ON alert (source, sender_group) WHERE latest AND status = 'firing' AND sender_group <> '';
CREATE INDEX alert_loose ON alert (first_seen) WHERE number = 0;

CREATE TABLE channel ( -- the built-in chat
  id      TEXT    NOT NULL PRIMARY KEY,
  topic   TEXT    NOT NULL,
  private BOOLEAN NOT NULL,
  direct  BOOLEAN NOT NULL,
  number  BIGINT  NOT NULL,
  created BIGINT  NOT NULL
) WITHOUT ROWID;

CREATE TABLE member (
  channel TEXT NOT NULL REFERENCES channel (id),
  person  TEXT NOT NULL,
  PRIMARY KEY (channel, person)
) WITHOUT ROWID;

CREATE TABLE message (
  id        INTEGER PRIMARY KEY, -- the rev it was made with
  rev       BIGINT NOT NULL,
  channel   TEXT   NOT NULL REFERENCES channel (id),
  thread    BIGINT NOT NULL,
  author    TEXT   NOT NULL,
  only_for  TEXT   NOT NULL,
  text      TEXT   NOT NULL,
  card      TEXT   NOT NULL, -- JSON, or empty
  key       TEXT   NOT NULL,
  at        BIGINT NOT NULL,
  edited    BIGINT NOT NULL,
  deleted   BIGINT NOT NULL,
  reactions TEXT   NOT NULL, -- JSON, or empty
  files     TEXT   NOT NULL, -- JSON, or empty
  replies   BIGINT NOT NULL
);
CREATE UNIQUE INDEX message_rev ON message (rev);
CREATE UNIQUE INDEX message_key ON message (key) WHERE key <> '';
CREATE INDEX message_channel ON message (channel, thread, id);
