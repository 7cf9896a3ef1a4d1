"""The words by which a person is known, read before anything is erased."""

from dataclasses import dataclass, field

from odoo.tools import SQL

from ..tools import erasure

#: Fields of the contact that name or place the person.
NAMES = ("name", "complete_name", "company_name", "commercial_company_name")
PHONES = ("phone_stored", "phone_other_stored")
OTHERS = (
    "email", "email_normalized", "street", "street2", "website", "vat", "ref", "company_registry",
)  # fmt: skip


@dataclass
class Words:
    """``pattern`` finds the person in rows about them, ``mention_pattern`` in rows about others.

    ``numbers`` are (system code, type, compared form) of the identity numbers.
    """

    words: set = field(default_factory=set)
    mentions: set = field(default_factory=set)
    numbers: list = field(default_factory=list)
    own_phones: list = field(default_factory=list)
    own_emails: list = field(default_factory=list)

    @classmethod
    def of(cls, env, partners):
        """Read the words of all contacts under which one person is known."""
        found = cls()
        env["res.partner"].flush_model()
        known = partners.filtered(lambda partner: not partner.is_erased)  # others have pseudonyms
        rows = _read(env, known.ids, (*NAMES, *PHONES, *OTHERS))
        names = {value for row in rows for value in row[: len(NAMES)] if value}
        names |= _former(env, partners)
        phones = {value for row in rows for value in row[len(NAMES) :][: len(PHONES)] if value}
        others = {value for row in rows for value in row[len(NAMES) + len(PHONES) :] if value}
        found._add_logins(env, partners)
        found._add_names(env, partners, names)
        found._add_phones(env, partners, phones)
        found._add_emails(env, partners, {value for value in others if "@" in value})
        found._add_numbers(env, partners)
        found._add(others)
        return found

    @property
    def pattern(self):
        return erasure.pattern(form for word in self.words for form in erasure.forms(word))

    @property
    def mention_pattern(self):
        return erasure.pattern(form for word in self.mentions for form in erasure.forms(word))

    @property
    def mention_likes(self):
        return erasure.likes(form for word in self.mentions for form in erasure.forms(word))

    def _add(self, words, is_mention=False):
        self.words.update(words)
        if is_mention:
            self.mentions.update(words)

    def _add_names(self, env, partners, names):
        """A name that somebody else bears is looked for in the person's own rows only."""
        known = {
            name
            for (name,) in env.execute_query(
                SQL(
                    """
                    SELECT name FROM res_partner
                     WHERE complete_name = ANY(%(names)s) AND id <> ALL(%(ids)s)
                     UNION
                    SELECT name FROM hr_employee WHERE name = ANY(%(names)s)
                    """,
                    names=list(names),
                    ids=partners.ids,
                )
            )
        }
        for name in names:
            is_mention = name not in known and len(name) >= erasure.SHORTEST_MENTION
            self._add(erasure.person_name_forms(name), is_mention)

    def _add_phones(self, env, partners, phones):
        """Families share phones: a shared one stays in the texts of the others."""
        shared = {
            number
            for row in env.execute_query(
                SQL(
                    """
                    SELECT phone_stored, phone_other_stored FROM res_partner
                     WHERE (phone_stored = ANY(%(phones)s) OR phone_other_stored = ANY(%(phones)s))
                       AND id <> ALL(%(ids)s)
                    """,
                    phones=list(phones),
                    ids=partners.ids,
                )
            )
            for number in row
        }
        self.own_phones = sorted(phones - shared)
        for number in phones:
            is_mention = number not in shared and len(number) >= erasure.SHORTEST_NUMBER
            self._add(erasure.phone_forms(number), is_mention)

    def _add_emails(self, env, partners, emails):
        lowered = sorted({email.lower() for email in emails})
        shared = {
            email
            for (email,) in env.execute_query(
                SQL(
                    "SELECT email_normalized FROM res_partner "
                    "WHERE email_normalized = ANY(%s) AND id <> ALL(%s)",
                    lowered,
                    partners.ids,
                )
            )
        }
        self.own_emails = [email for email in lowered if email not in shared]
        for email in emails:
            self._add({email}, email.lower() in self.own_emails)

    def _add_numbers(self, env, partners):
        rows = env.execute_query(
            SQL(
                """
                SELECT identifier.system, kind.type_code, identifier.value_key,
                       identifier.value_stored
                  FROM hcrm_identifier identifier
                  JOIN hcrm_identifier_system kind ON kind.id = identifier.system_id
                 WHERE identifier.partner_id = ANY(%s)
                """,
                partners.ids,
            )
        )
        for system, kind, key, stored in rows:
            self.numbers.append((system, kind, key))
            for number in {key, stored} - {None}:
                self._add({number}, len(number) >= erasure.SHORTEST_NUMBER)

    def _add_logins(self, env, partners):
        users = partners.with_context(active_test=False).user_ids.filtered("active")
        self._add({user.login for user in users if len(user.login) >= erasure.SHORTEST_NUMBER})


def _read(env, ids, columns):
    return env.execute_query(
        SQL(
            "SELECT %s FROM res_partner WHERE id = ANY(%s)",
            SQL(", ").join(map(SQL.identifier, columns)),
            ids,
        )
    )


def _former(env, partners):
    """Return names that were changed: the chatter remembers them."""
    tracked = env.execute_query(
        SQL(
            """
            SELECT value.old_value_char, value.new_value_char
              FROM mail_tracking_value value
              JOIN mail_message message ON message.id = value.mail_message_id
              JOIN ir_model_fields field ON field.id = value.field_id
             WHERE message.model = 'res.partner' AND message.res_id = ANY(%s)
               AND field.name = 'name'
            """,
            partners.ids,
        )
    )
    return {name for row in tracked for name in row if name}
