"""A person with a mark in every place a word can stand, and a search for marks everywhere."""

import base64
import re
from contextlib import suppress
from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tools import SQL

from ..models import erasure_catalogue
from .access_samples import Sample
from .test_privacy_request import PrivacyCommon

NAME, FORMER, TWIN = "甄无痕", "甄旧名", "甄无恨"
PHONE, PHONE_OTHER, PHONE_TWIN = "13912345671", "057188776655", "13912345672"
CARD = "110105199003070076"
RECORD, PASSPORT = "MRN-7788990011", "EX77889900"
EMAIL, LOGIN = "zhen.wuhen@mark.example", "wuhen-login-77"
STREET, ACCOUNT = "消失巷七十七号", "6222020200112233445"
#: Whatever is left of these is a trace of who it was.
IDENTITY = (
    NAME, FORMER, TWIN, PHONE, "139 1234 5671", PHONE_OTHER, "0571-8877 6655", PHONE_TWIN, CARD,
    RECORD, PASSPORT, EMAIL, LOGIN, STREET, ACCOUNT, "zhenwuhen", "甄^无痕",
)  # fmt: skip
TYPES = ("text", "varchar", "bpchar", "name", "json", "jsonb", "bytea", "xml", "_text", "_varchar")
#: In every free text about the person.
CONTENT = "ZQCONTENT"
TOLD = f"{NAME} {PHONE} {CARD} {EMAIL} {CONTENT}"
#: Texts about others that name the person: the name goes, the text stays.
MENTION = f"{NAME} {PHONE} {CARD} 139 1234 5671 / 0571-8877 6655 / {PHONE_OTHER}"


class ErasureCase(PrivacyCommon):
    """``cls.person`` is everywhere; ``cls.relative`` and ``cls.stranger`` are other people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company.partner_id.lang = "zh_CN"
        cls.relative, cls.stranger = cls._person("甄家人"), cls._person("路人乙")
        cls.person = cls._marked_person()
        cls.twin = cls._merged_twin()
        cls.login = cls._portal_login()
        cls._facts()
        cls._numbers_and_relations()
        cls._logs()
        cls._chatter()
        cls._files()
        cls._core_rows()
        cls.env.flush_all()

    @classmethod
    def _marked_person(cls):
        """Every text of the contact is marked; the database is told of those the ORM computes."""
        person = cls._person(FORMER, phone=PHONE, phone_other=PHONE_OTHER, email=EMAIL)
        person.name = NAME
        changed = {
            "field_id": cls.env["ir.model.fields"]._get("res.partner", "name").id,
            "old_value_char": FORMER,
            "new_value_char": NAME,
        }
        person._message_log(body="", tracking_value_ids=[Command.create(changed)])
        person.write(
            {
                "birth_date": "1990-03-07",
                "sex": "female",
                "area_code": "330106001002",
                "street": STREET,
                "comment": TOLD,
                "user_id": cls.manager.id,
                "barcode": f"{RECORD}-bar",
                "image_1920": cls._picture(),
            }
        )
        cls.env["res.partner"].create(
            {"name": f"{NAME}的信箱", "parent_id": person.id, "type": "delivery", "street": STREET}
        )
        cls.env.flush_all()
        given = {"name", "complete_name", "lang", "tz", "email", "email_normalized", "street"}
        for column, field in person._fields.items():
            is_text = field.store and field.type in ("char", "text", "html") and field.column_type
            if (
                is_text
                and not field.company_dependent
                and column not in given
                and not field.compute
            ):
                empty = SQL("%s IS NULL", SQL.identifier(column))
                cls.env.cr.execute(
                    SQL(
                        "UPDATE res_partner SET %s = %s WHERE id = %s AND %s",
                        SQL.identifier(column),
                        TOLD,
                        person.id,
                        empty,
                    )
                )
        cls.env.invalidate_all()
        return person

    @staticmethod
    def _picture():
        return base64.b64encode(
            base64.b64decode(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
                "rkJggg=="
            )
        )

    @classmethod
    def _merged_twin(cls):
        twin = cls._person(TWIN, phone=PHONE_TWIN, occupation=TOLD)
        cls.env["hcrm.identifier"].create(
            {"partner_id": twin.id, "system": "TWIN", "value": f"{RECORD}-2"}
        )
        cls.person._hcrm_merge(twin, f"{TWIN} is {NAME}")
        return twin

    @classmethod
    def _portal_login(cls):
        user = cls.env["res.users"].create(
            {
                "login": LOGIN,
                "partner_id": cls.person.id,
                "signature": TOLD,
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )
        cls.env["res.users.log"].with_user(user).sudo().create({})
        cls.env["res.users.apikeys"].with_user(user).sudo()._generate(
            "rpc", f"key of {NAME}", datetime.now() + timedelta(days=1)
        )
        return user

    @classmethod
    def _sample(cls, name, **vals):
        """Return a row of a governed model about the person, every text of it marked."""
        sample = Sample(
            cls.env, name, "own", cls.person, cls.relative, cls.cardiology, cls.company,
            cls.env.ref("base.user_admin"),
        )  # fmt: skip
        return cls.env[name].create({**sample.values(), **vals})

    @classmethod
    def _facts(cls):
        cls.visit = cls._sample(
            "hcrm.encounter", reason=TOLD, visit_number="V-KEPT-1", started_at="2026-03-01 01:00:00"
        )
        for name, vals in {
            "hcrm.diagnosis": {"encounter_id": cls.visit.id},
            "hcrm.observation": {"value_text": f"{NAME}标本溶血"},
            "hcrm.prescription": {},
            "hcrm.immunization": {"note": f"{NAME} 家属电话 {PHONE}"},
            "hcrm.charge": {"paid_amount": 77.5},
            "hcrm.appointment": {"reason": TOLD, "starts_at": "2026-03-01 01:00:00"},
            "hcrm.contact.note": {"summary": TOLD, "body": TOLD, "next_step": TOLD},
        }.items():
            cls._sample(name, **vals)
        cls.env["hcrm.contact.note"].create({"who": MENTION, "summary": f"{NAME}来电"})
        cls._name_in_every_record()

    @classmethod
    def _name_in_every_record(cls):
        """The person is named in every text of what the law keeps, record numbers included."""
        cls.env.flush_all()
        for model in erasure_catalogue.governed(cls.env):
            if model._hcrm.retention not in ("outpatient", "inpatient"):
                continue
            for name in set(erasure_catalogue.texts(model)) - {"visit_number"}:
                column = SQL.identifier(name)
                cls.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = concat(%s, ' ', %s) WHERE partner_id = %s",
                        *(SQL.identifier(model._table), column, column, MENTION, cls.person.id),
                    )
                )
        cls.env.invalidate_all()

    @classmethod
    def _numbers_and_relations(cls):
        cls.env["hcrm.identifier"].create(
            [
                {"partner_id": cls.person.id, "system": "NNCHN", "value": CARD, "use": "official"},
                {"partner_id": cls.person.id, "system": "HIS", "value": RECORD},
                {"partner_id": cls.person.id, "system": "PPN", "value": PASSPORT},
            ]
        )
        pair = {"relation": "parent", "note": TOLD}
        cls.env["hcrm.relationship"].create(
            [
                {"partner_id": cls.person.id, "related_partner_id": cls.relative.id, **pair},
                {"partner_id": cls.relative.id, "related_partner_id": cls.person.id, **pair},
            ]
        )
        cls._sample("hcrm.duplicate")

    @classmethod
    def _logs(cls):
        cls._sample("hcrm.break.glass", reason=TOLD)
        logs = cls.env["hcrm.access.log"]
        logs._note("res.partner", cls.person.ids, cls.person.ids, detail=TOLD)
        cls.env["hcrm.access.log"]._flush_notes()
        cls.other_request = cls._request("copy", description=TOLD, answer=TOLD)
        cls.other_request.message_post(body=TOLD)
        cls.other_request.action_withdraw()
        cls.env.cr.execute(
            SQL(
                """INSERT INTO ir_logging (name, type, level, message, path, line, func)
                   VALUES ('x', 'server', 'INFO', %s, 'x', '1', 'x')""",
                MENTION,
            )
        )

    @classmethod
    def _chatter(cls):
        person, staff = cls.person, cls.manager.partner_id
        person.message_post(body=TOLD, subject=TOLD, author_id=staff.id)
        person.message_post(body=CONTENT, author_id=person.id, email_from=f"{NAME} <{EMAIL}>")
        person.message_notify(partner_ids=person.ids, body=TOLD, subject=TOLD)
        cls.stranger.message_post(body=CONTENT, author_id=person.id)
        cls.about_other = cls.stranger.message_post(
            body=f"Brought by {MENTION}, waits", author_id=staff.id
        )
        cls.to_both = cls.stranger.message_notify(
            partner_ids=(person | cls.relative).ids, body=f"Dear {NAME}, dear all", subject="News"
        )
        activity = person.activity_schedule(
            "mail.mail_activity_data_todo", summary=TOLD, note=TOLD, user_id=cls.manager.id
        )
        activity.action_feedback(feedback=TOLD)
        channel = cls.env["discuss.channel"]._create_channel(name=f"{NAME}, staff", group_id=None)
        channel._add_members(partners=person)
        channel.message_post(body=TOLD, author_id=staff.id)
        cls.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": person.id,
                "author_id": staff.id,
                "body": TOLD,
                "subject": TOLD,
                "scheduled_date": "2030-01-01",
            }
        )
        cls.env["mail.mail"].create(
            {"email_to": EMAIL, "body_html": TOLD, "recipient_ids": [Command.link(person.id)]}
        )

    @classmethod
    def _files(cls):
        """Files on the contact, on a visit, in a message, and one about somebody else."""
        attachments = cls.env["ir.attachment"]
        for name, row in (("res.partner", cls.person), ("hcrm.encounter", cls.visit)):
            attachments.create(
                {
                    "name": f"{NAME}.txt",
                    "raw": f"{TOLD} {name}".encode(),
                    "mimetype": "text/plain",
                    "res_model": name,
                    "res_id": row.id,
                }
            )
        cls.person.message_post(body="x", attachments=[(f"{NAME}.csv", TOLD.encode() * 9)])
        cls.list_of_others = attachments.create(
            {
                "name": "list.txt",
                "raw": b"x",
                "res_model": "res.partner",
                "res_id": cls.stranger.id,
            }
        )
        cls.list_of_others.index_content = f"{MENTION}, somebody else"

    @classmethod
    def _core_rows(cls):
        """Rows that core and its addons keep about anybody."""
        cls.env["res.partner.bank"].create(
            {"partner_id": cls.person.id, "acc_number": ACCOUNT, "acc_holder_name": NAME}
        )
        cls.env["ir.model.data"].create(
            {
                "name": f"patient_{RECORD.lower()}",
                "module": "__import__",
                "model": "res.partner",
                "res_id": cls.person.id,
            }
        )
        cls.env["ir.filters"].create(
            {"name": NAME, "model_id": "res.partner", "domain": f"[('name', '=', '{NAME}')]"}
        )
        cls.env["mail.blacklist"]._add(EMAIL)
        cls.env["phone.blacklist"]._add([cls.person.phone_stored])
        cls.env["bus.bus"].create(
            {"channel": f'["{cls.env.cr.dbname}","x",1]', "message": f'{{"name": "{NAME}"}}'}
        )
        composer = {"body": TOLD, "subject": TOLD, "model": "res.partner"}
        cls.env["mail.compose.message"].create({**composer, "res_ids": str(cls.person.ids)})
        with suppress(KeyError):
            cls.env["sms.sms"].create(
                {"number": f"+86{PHONE}", "body": TOLD, "partner_id": cls.person.id}
            )

    # THE ERASURE

    @classmethod
    def _erase(cls):
        """Erase the person the way people do: one proposes, another approves. Return the log."""
        request = cls._started("erase", description=TOLD)
        request.action_propose_erasure()
        request.with_user(cls.second_manager).action_approve_erasure()
        cls.env.flush_all()
        return request.sudo().erasure_log_ids

    # THE SEARCH

    def _columns(self):
        """Return (table, column, type) of everything in which a word may stand."""
        return self.env.execute_query(
            SQL(
                """
                SELECT class.relname, attribute.attname, type.typname
                  FROM pg_attribute attribute
                  JOIN pg_class class ON class.oid = attribute.attrelid
                  JOIN pg_type type ON type.oid = attribute.atttypid
                 WHERE class.relkind IN ('r', 'p', 'm')
                   AND class.relnamespace::regnamespace::text NOT IN (
                       'pg_catalog', 'information_schema')
                   AND attribute.attnum > 0 AND NOT attribute.attisdropped
                   AND type.typname = ANY(%s)
                """,
                list(TYPES),
            )
        )

    def traces(self, words):
        """Return {(table, column): words found there} over the whole database."""
        self.env.flush_all()
        found = {}
        for table, column, kind in self._columns():
            if self._is_there(table, column, kind, words):
                found[table, column] = [
                    word for word in words if self._is_there(table, column, kind, [word])
                ]
        return found

    def _is_there(self, table, column, kind, words):
        name = SQL.identifier(column)
        if kind == "bytea":
            codecs = ("utf-8", "gb18030")
            tests = [
                SQL("position(%s::bytea in %s) > 0", word.encode(codec), name)
                for word in words
                for codec in codecs
            ]
            where = SQL(" OR ").join(tests)
        else:
            where = SQL("%s::text ~* %s", name, "|".join(map(re.escape, words)))
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM %s WHERE %s LIMIT 1", SQL.identifier(table), where)
            )
        )
