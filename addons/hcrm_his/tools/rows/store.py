"""The SQL of rows: what is known is not stored again, what changed is a message of its own.

``hcrm_his_feed_seen`` keeps the newest content of every row as a hash. It is written in the
transaction that stores the messages, so that both are there or neither.
"""

from .. import inbox_store
from .entries import control_id

TABLE = """CREATE TABLE IF NOT EXISTS hcrm_his_feed_seen (
    feed_id int NOT NULL REFERENCES hcrm_his_feed ON DELETE CASCADE,
    key uuid NOT NULL, digest uuid NOT NULL, changes int NOT NULL,
    PRIMARY KEY (feed_id, key))"""
NOTE = """
INSERT INTO hcrm_his_feed_seen AS known (feed_id, key, digest, changes)
SELECT %s, told.key, told.digest, 1
  FROM unnest(%s::uuid[], %s::uuid[]) AS told (key, digest) ORDER BY told.key
    ON CONFLICT (feed_id, key) DO UPDATE
   SET digest = EXCLUDED.digest, changes = known.changes + 1
 WHERE known.digest <> EXCLUDED.digest
RETURNING key::text, changes
"""
#: Every row counts as changed once more: what is told again makes new messages.
FORGET = """UPDATE hcrm_his_feed_seen SET digest = '00000000-0000-0000-0000-000000000000'
             WHERE feed_id = %s"""
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', true) "
    "WHERE current_setting('synchronous_commit') = 'off'"
)


def store(cursor, entries, book, load_id=None):
    """Store the rows of one feed in their order; those that are new get ``is_new``.

    What is refused is kept as a dead letter, the same content once.
    """
    cursor.execute(DURABLE)
    news = []
    for wave in _waves([entry for entry in entries if entry.is_accepted]):
        news += _note(cursor, wave)
    kept = set(map(id, news))
    listed = [entry for entry in entries if id(entry) in kept or not entry.is_accepted]
    inbox_store.store(cursor, listed, book, load_id)


def _waves(entries):
    """Yield lists in which no row stands twice, the first versions first.

    >>> from types import SimpleNamespace as Row
    >>> a, b, c = Row(key="1"), Row(key="2"), Row(key="1")
    >>> [len(wave) for wave in _waves([a, b, c])]
    [2, 1]
    """
    waves, counts = [], {}
    for entry in entries:
        number = counts[entry.key] = counts.get(entry.key, -1) + 1
        if number == len(waves):
            waves.append([])
        waves[number].append(entry)
    return waves


def _note(cursor, entries):
    """Remember the contents; return the entries that say something new, named by their version."""
    keys, digests = [one.key for one in entries], [one.digest for one in entries]
    cursor.execute(NOTE, (entries[0].feed_id, keys, digests))
    changes = {key.replace("-", ""): count for key, count in cursor.fetchall()}
    news = [entry for entry in entries if entry.key in changes]
    for entry in news:
        entry.control_id = control_id(entry, changes[entry.key])
    return news
