"""What an erasure does with tables that are not ours: chatter, files, logins, queues.

Our own models say it in their governance entry. A table that neither names is found by its links to
the person all the same: the person's words are blacked out in its rows, and the log says so.
"""

from typing import NamedTuple

from odoo.tools import SQL

PARTNER = "res.partner"
MESSAGE = "mail.message"
USER = "res.users"
#: ``via`` of a pair (model, id) that may point to any row.
ANY = "*"


class Rule(NamedTuple):
    """``via`` maps columns to what they point to; ``blank`` names columns to empty."""

    action: str
    via: dict
    blank: tuple = ()


_PAIR = {"res_id": ANY}

#: In the order of work: what hangs on a row goes before the row.
CORE = {
    "mail.tracking.value": Rule("delete", {"mail_message_id": MESSAGE}),
    "mail.message.translation": Rule("delete", {"message_id": MESSAGE}),
    "mail.message.link.preview": Rule("delete", {"message_id": MESSAGE}),
    "mail.message.reaction": Rule("delete", {"message_id": MESSAGE, "partner_id": PARTNER}),
    "mail.message.schedule": Rule("delete", {"mail_message_id": MESSAGE}),
    "mail.mail": Rule("delete", {"mail_message_id": MESSAGE}),
    "sms.sms": Rule("delete", {"mail_message_id": MESSAGE, "partner_id": PARTNER}),
    "snailmail.letter": Rule("delete", {"message_id": MESSAGE, "partner_id": PARTNER}),
    "mail.notification": Rule(
        "delete",
        {"mail_message_id": MESSAGE, "res_partner_id": PARTNER, "author_id": PARTNER},
    ),
    "mail.scheduled.message": Rule("delete", {**_PAIR, "author_id": PARTNER}),
    "mail.activity": Rule("blank", _PAIR, ("summary", "note", "feedback", "res_name")),
    "mail.followers": Rule("delete", {"partner_id": PARTNER}),
    "discuss.channel.rtc.session": Rule("delete", {"partner_id": PARTNER}),
    "discuss.channel.member": Rule("delete", {"partner_id": PARTNER}),
    "mail.push.device": Rule("delete", {"partner_id": PARTNER}),
    "mail.presence": Rule("delete", {"user_id": USER}),
    "mail.message": Rule(
        "blank",
        {**_PAIR, "author_id": PARTNER},
        (
            "subject", "body", "email_from", "reply_to", "incoming_email_to",
            "incoming_email_cc", "outgoing_email_to",
        ),
    ),
    "ir.model.data": Rule("delete", _PAIR),
    "res.partner.bank": Rule("delete", {"partner_id": PARTNER}),
    "res.users.settings.volumes": Rule("delete", {"partner_id": PARTNER}),
    "res.users.settings": Rule("delete", {"user_id": USER}),
    "res.users.apikeys": Rule("delete", {"user_id": USER}),
    "res.users.log": Rule("delete", {"create_uid": USER}),
    "res.device.log": Rule("delete", {"user_id": USER}),
    "auth_totp.device": Rule("delete", {"user_id": USER}),
    "auth.totp.rate.limit.log": Rule("delete", {"user_id": USER}),
    "auth.passkey.key": Rule("delete", {"create_uid": USER}),
    "ir.filters": Rule("delete", {"create_uid": USER}),
}  # fmt: skip

#: Lists of the person that say nothing about who it is, and on which statistics and rules rest.
KEPT_RELATIONS = frozenset(("hcrm_partner_kind_rel", "hcrm_partner_department_rel"))

#: Free text about anybody, in models without an entry of ours: the person may be named in it.
MENTIONS = {
    "mail.message": ("subject", "body"),
    "mail.activity": ("summary", "note", "feedback", "res_name"),
    "mail.scheduled.message": ("subject", "body"),
    "mail.mail": ("email_to", "email_cc", "body_html", "failure_reason", "headers"),
    "mail.notification": ("failure_reason", "mail_email_address", "sms_number"),
    "mail.tracking.value": ("old_value_char", "new_value_char", "old_value_text", "new_value_text"),
    "sms.sms": ("number", "body"),
    "discuss.channel": ("name", "description"),
    "discuss.channel.member": ("custom_channel_name",),
    "ir.attachment": ("name", "description", "index_content"),
    "ir.filters": ("name", "domain", "context"),
    "ir.logging": ("message",),
    "privacy.log": ("execution_details", "records_description", "additional_note"),
}
LONG = ("text", "html")
#: Queues of hours: what names the person goes.
QUEUES = ("bus.bus", "mail.push")


def governed(env):
    """Return the registry classes of our models about persons, the contact itself left out."""
    return [
        model
        for model in env.registry.values()
        if not model._abstract
        and not model._transient
        and model._auto
        and model._name != PARTNER
        and getattr(model, "_hcrm", None)
        and model._hcrm.about_persons
    ]


def free_text(env):
    """Return {model: columns} of everything in which anybody may be named.

    Of our own models: what an erasure empties, and all long texts. Of models with a chatter: long
    texts. Of core: ``MENTIONS``.
    """
    found = {name: set(columns) for name, columns in MENTIONS.items() if name in env.registry}
    for name, model in env.registry.items():
        if model._abstract or model._transient or not model._auto:
            continue
        governance = getattr(model, "_hcrm", None)
        is_ours = governance is not None and governance.about_persons
        if is_ours or "message_ids" in model._fields:
            long = {field.name for field in model._fields.values() if field.type in LONG}
            found.setdefault(name, set()).update(long, governance.blank if is_ours else ())
    return {
        name: sorted(column for column in columns if is_text(env.registry[name], column))
        for name, columns in found.items()
    }


def texts(model):
    """Return the names of a model's columns in which words may stand; no codes of selections."""
    return sorted(name for name in model._fields if is_text(model, name))


def is_text(model, column):
    """True for a column of text that the ORM keeps; translated ones are nobody's."""
    field = model._fields.get(column)
    return bool(
        field
        and field.store
        and field.type in ("char", "text", "html")
        and field.column_type
        and not field.translate
        and not field.company_dependent
        and column not in ("model", "res_model")
    )


def required_columns(env):
    """Return {(table, column)} of columns that may not be empty."""
    return set(
        env.execute_query(
            SQL(
                """
                SELECT class.relname, attribute.attname
                  FROM pg_attribute attribute
                  JOIN pg_class class ON class.oid = attribute.attrelid
                 WHERE class.relnamespace = current_schema::regnamespace
                   AND attribute.attnum > 0 AND attribute.attnotnull
                """
            )
        )
    )


def trigram_columns(env):
    """Return {(table, column)} of columns with a trigram index, which a hospital may have added."""
    return set(
        env.execute_query(
            SQL(
                """
                SELECT class.relname, attribute.attname
                  FROM pg_index index
                  JOIN pg_class class ON class.oid = index.indrelid
                  JOIN pg_attribute attribute
                    ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]
                  JOIN pg_opclass kind ON kind.oid = index.indclass[0]
                 WHERE kind.opcname = 'gin_trgm_ops' AND index.indisvalid
                   AND index.indnkeyatts = 1 AND index.indpred IS NULL
                   AND class.relnamespace = current_schema::regnamespace
                """
            )
        )
    )


def unique_columns(env):
    """Return {(table, column)} of columns that a unique index holds: two bars would be equal."""
    return set(
        env.execute_query(
            SQL(
                """
                SELECT class.relname, attribute.attname
                  FROM pg_index index
                  JOIN pg_class class ON class.oid = index.indrelid
                  JOIN pg_attribute attribute
                    ON attribute.attrelid = index.indrelid
                   AND attribute.attnum = ANY(index.indkey)
                 WHERE index.indisunique
                   AND class.relnamespace = current_schema::regnamespace
                """
            )
        )
    )
