"""The tables of the library, as the steps that lead from one version to the next.

A step is never edited once it has shipped: another is added behind it.
"""

from typing import Final

_FIRST: Final = """
CREATE TABLE study (
    study_uid TEXT PRIMARY KEY,
    patient_name TEXT NOT NULL, patient_id TEXT NOT NULL, birth_date TEXT NOT NULL,
    sex TEXT NOT NULL, age TEXT NOT NULL,
    date TEXT NOT NULL, description TEXT NOT NULL, accession_number TEXT NOT NULL,
    paths TEXT NOT NULL,
    opened_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX study_opened_at ON study (opened_at);

CREATE TABLE series (
    series_id TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    description TEXT NOT NULL,
    n_slices INTEGER NOT NULL,
    rank INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX series_study ON series (study_uid);

CREATE TABLE reading (
    series_id TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL,
    record TEXT NOT NULL,
    stage TEXT NOT NULL,
    may_show_model INTEGER NOT NULL,
    saved_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE findings (
    series_id TEXT NOT NULL,
    bundle_sha256 TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    record BLOB NOT NULL,
    heatmaps BLOB NOT NULL,
    badge TEXT NOT NULL,
    highest_score REAL NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (series_id, bundle_sha256)
);

CREATE TABLE thumbnail (
    series_id TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL,
    n_rows INTEGER NOT NULL, n_cols INTEGER NOT NULL,
    grey BLOB NOT NULL
);

CREATE TABLE session (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    study_uid TEXT NOT NULL,
    record TEXT NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    reader TEXT NOT NULL,
    act TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_study ON audit (study_uid);

CREATE TABLE forgetting (study_uid TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;

CREATE TRIGGER audit_goes_with_its_study_alone BEFORE DELETE ON audit
WHEN OLD.study_uid NOT IN (SELECT study_uid FROM forgetting)
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
"""
"""``forgetting`` names studies only within the transaction that forgets them."""

_IMAGES: Final = """
ALTER TABLE series ADD COLUMN images_id TEXT NOT NULL DEFAULT '';
UPDATE series SET images_id = series_id;
CREATE INDEX series_images ON series (images_id);
"""
"""A study that was moved is the same study; until then series were told by their place alone."""

_LISTS: Final = """
CREATE INDEX findings_badges ON findings (made_at, study_uid, series_id, badge, highest_score);
CREATE INDEX reading_stages ON reading (study_uid, stage);
CREATE INDEX reading_shown ON reading (series_id, may_show_model);
"""
"""What lists tell stands together: a row of findings is long, and holds it last."""

_WAITING: Final = """
CREATE TABLE waiting (
    study_uid TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    has_begun INTEGER NOT NULL
) WITHOUT ROWID;
"""
"""The queue of analyses."""

_KEYS: Final = (
    """
DROP TRIGGER audit_is_never_changed;
DROP TRIGGER audit_goes_with_its_study_alone;

ALTER TABLE study RENAME TO study_before;
DROP INDEX study_opened_at;
CREATE TABLE study (
    study_key TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL,
    patient_name TEXT NOT NULL, patient_id TEXT NOT NULL, birth_date TEXT NOT NULL,
    sex TEXT NOT NULL, age TEXT NOT NULL,
    date TEXT NOT NULL, description TEXT NOT NULL, accession_number TEXT NOT NULL,
    paths TEXT NOT NULL,
    opened_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX study_opened_at ON study (opened_at);
INSERT INTO study
    SELECT key_of_row(patient_name, patient_id, birth_date, study_uid), study_before.*
    FROM study_before;
DROP TABLE study_before;
"""
    + "".join(
        f"""
ALTER TABLE {table} RENAME COLUMN study_uid TO study_key;
UPDATE {table} SET study_key = (SELECT study_key FROM study WHERE study_uid = {table}.study_key)
    WHERE study_key IN (SELECT study_uid FROM study);
"""
        for table in ("series", "reading", "findings", "thumbnail", "session", "audit", "waiting")
    )
    + """
ALTER TABLE forgetting RENAME COLUMN study_uid TO study_key;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;

CREATE TRIGGER audit_goes_with_its_study_alone BEFORE DELETE ON audit
WHEN OLD.study_key NOT IN (SELECT study_key FROM forgetting)
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
"""
)
"""Two patients may share a StudyInstanceUID; until then they were one row."""

MIGRATIONS: Final = (_FIRST, _IMAGES, _LISTS, _WAITING, _KEYS)
"""From version k to k + 1; ``PRAGMA user_version`` counts the steps that were taken."""

STUDY_TABLES: Final = (
    "study", "series", "reading", "findings", "thumbnail", "session", "audit", "waiting"
)  # fmt: skip
"""Every table whose rows belong to a study."""

SERIES_TABLES: Final = ("reading", "findings", "thumbnail")
"""Those of them that say something of a series."""
