"""The part of P4 inside Odoo's shell: processing, beside creating the same rows by the ORM."""

import time
from datetime import date, datetime

from odoo.fields import Command

from odoo.addons.hcrm_his.models.hcrm_his_applier import QUIET
from odoo.addons.hcrm_his.models.hcrm_his_intake import BATCH
from odoo.addons.hcrm_his.tests.messages import registration
from odoo.addons.hcrm_his.tools import inbox, inbox_store, mllp


def measure(env, sizes):
    """Return [(size, seconds of processing, seconds of the ORM)]."""
    _process(env, range(900_000, 900_100))  # caches, plans
    _create(env, range(910_000, 910_100))
    rows = []
    for number, size in enumerate(sizes, start=1):
        first = number * 1_000_000
        beside = _create(env, range(first + 500_000, first + 500_000 + size))
        rows.append((size, _process(env, range(first, first + size)), beside))
    return rows


def _process(env, indexes):
    """Store the messages, then process them by one worker."""
    book = inbox_store.SenderBook()
    book.refresh(env.cr)
    entries = [inbox.prepare(mllp.Frame(registration(index).encode()), book) for index in indexes]
    for start in range(0, len(entries), 500):
        inbox_store.store(env.cr, entries[start : start + 500], book)
    env.cr.commit()
    env.cr.execute("ANALYZE hcrm_his_message")
    started = time.perf_counter()
    done = env["hcrm.his.intake"]._drain()
    seconds = time.perf_counter() - started
    assert done == len(entries), (done, len(entries))
    return seconds


def _create(env, indexes):
    """Create the rows that those messages make, in batches of the same size, from ready values."""
    env = env(context={**env.context, **QUIET})
    kind = env.ref("hcrm_base.kind_patient")
    country = env["res.country"].search([("code", "=", "CN")])
    system = env["hcrm.identifier.system"]._find_or_create("RENAI")
    indexes = list(indexes)
    started = time.perf_counter()
    for start in range(0, len(indexes), BATCH):
        batch = indexes[start : start + BATCH]
        partners = env["res.partner"].create(
            [_partner(index, kind.id, country.id) for index in batch]
        )
        env["hcrm.identifier"].create(
            [
                {"partner_id": partner.id, "system_id": system.id, "value_stored": f"P{index}"}
                for index, partner in zip(batch, partners, strict=True)
            ]
        )
        encounters = env["hcrm.encounter"].create(
            [_encounter(index, partner.id) for index, partner in zip(batch, partners, strict=True)]
        )
        env["hcrm.diagnosis"].create([_diagnosis(encounter) for encounter in encounters])
        env.cr.commit()
        env.invalidate_all()
    return time.perf_counter() - started


def _partner(index, kind_id, country_id):
    return {
        "name": f"张伟{index}",
        "birth_date": date(1990, 3, 7),
        "sex": "male",
        "street": "朝阳区1号",
        "city": "北京",
        "zip": "100020",
        "country_id": country_id,
        "phone_stored": f"+86138{index % 100_000_000:08d}",
        "phone_other_stored": "+861088886666",
        "kind_ids": [Command.set([kind_id])],
        "source_time": datetime(2026, 3, 1),
    }


def _encounter(index, partner_id):
    return {
        "partner_id": partner_id,
        "visit_number": f"V{index}",
        "encounter_class": "outpatient",
        "started_at": datetime(2026, 3, 1),
        "location": "CARD 1 2",
        "source": "HIS|RENAI",
        "source_time": datetime(2026, 3, 1),
    }


def _diagnosis(encounter):
    return {
        "partner_id": encounter.partner_id.id,
        "encounter_id": encounter.id,
        "code": "I10",
        "name": "原发性高血压",
        "coding_system": "ICD-10",
        "recorded_at": datetime(2026, 3, 1),
        "source": "HIS|RENAI",
        "external_key": f"HIS|RENAI:DG1:{encounter.visit_number}:I10:working",
        "source_time": datetime(2026, 3, 1),
    }
