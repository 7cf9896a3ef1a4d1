"""One row of any governed model about any person, with a mark in every text.

An addon whose model cannot be filled by guessing adds a line to ``SAMPLES``; ``WRITABLE`` names the
field to try a change on where the first text will not do.
"""

from datetime import timedelta
from itertools import count

from odoo import fields, models

TEXT = ("char", "text", "html")
MAGIC = ("id", *models.MAGIC_COLUMNS)
_number = count(1)


def _partner(sample):
    return {
        "name": sample.mark("name"),
        "kind_ids": [sample.env.ref("hcrm_base.kind_patient").id],
        "user_id": sample.owner.id,
        "city": sample.mark("city"),
    }


def _identifier(sample):
    return {
        "partner_id": sample.partner.id,
        "system_id": sample.env.ref("hcrm_base.system_insurance").id,
        "value": f"{sample.mark('value')}{next(_number):05}",
    }


def _relationship(sample):
    return {
        "partner_id": sample.partner.id,
        "related_partner_id": sample.relative.id,
        "relation": "other",
        "note": sample.mark("note"),
    }


def _break_glass(sample):
    now = fields.Datetime.now()
    return {
        "user_id": sample.env.ref("base.user_admin").id,
        "company_id": sample.company.id,
        "res_model": "res.partner",
        "res_id": sample.partner.id,
        "partner_id": sample.partner.id,
        "reason": sample.mark("reason for the look"),
        "granted_at": now,
        "expires_at": now + timedelta(minutes=60),
    }


def _access_log(sample):
    return {
        "user_id": sample.env.ref("base.user_admin").id,
        "company_id": sample.company.id,
        "at": fields.Datetime.now(),
        "kind": "view",
        "res_model": "hcrm.diagnosis",
        "detail": sample.mark("detail"),
        "partner_ids": sample.partner.ids,
    }


def _access_review(sample):
    line = sample.env["hcrm.access.log"].create(_access_log(sample))
    return {
        "log_id": line.id,
        "user_id": line.user_id.id,
        "company_id": line.company_id.id,
        "review_note": sample.mark("review_note"),
    }


def _merge_log(sample):
    return {
        "survivor_id": sample.partner.id,
        "absorbed_id": sample.relative.id,
        "reason": sample.mark("reason"),
    }


def _duplicate(sample):
    first, second = sorted((sample.partner.id, sample.relative.id))
    return {"partner_a_id": first, "partner_b_id": second, "reasons": sample.mark("reasons")}


def _service(sample):
    return {
        "name": sample.mark("name"),
        "code": f"{sample.mark('code')}{next(_number)}",
        "company_id": sample.company.id,
        "department_id": sample.department.id,
    }


def _promise(sample):
    return {
        "name": sample.mark("name"),
        "commitment": sample.mark("commitment"),
        "remedy": sample.mark("remedy"),
        "clock_id": sample.env.ref("hcrm_base.clock_waiting").id,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
    }


def _promise_result(sample):
    promises = sample.env["hcrm.promise"].sudo()
    return {
        "promise_id": promises.create(_promise(sample)).id,
        "month": fields.Date.today().replace(day=1),
        "department_id": sample.department.id,
        "total": 20,
    }


def _contact_note(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "summary": sample.mark("summary"),
        "body": sample.mark("body"),
        "next_step": sample.mark("next_step"),
    }


def _privacy_request(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "kind_id": sample.env.ref("hcrm_base.privacy_kind_access").id,
        "description": sample.mark("description"),
    }


def _privacy_step(sample):
    request = sample.env["hcrm.privacy.request"].create(_privacy_request(sample))
    return {"request_id": request.id, "company_id": sample.company.id}


def _privacy_correction(sample):
    kind = sample.env.ref("hcrm_base.privacy_kind_correct")
    values = {**_privacy_request(sample), "kind_id": kind.id}
    request = sample.env["hcrm.privacy.request"].sudo().create(values)
    return {"request_id": request.id, "field_name": "city", "wished": sample.mark("wished")}


def _erasure_log(sample):
    users = sample.env.ref("base.user_admin"), sample.env.ref("base.user_root")
    return {
        "request_id": sample.env["hcrm.privacy.request"].create(_privacy_request(sample)).id,
        "company_id": sample.company.id,
        "partner_id": sample.partner.id,
        "proposed_by_id": users[0].id,
        "approved_by_id": users[1].id,
        "erased_at": fields.Datetime.now(),
        "state": "complete",
    }


def _erasure_line(sample):
    return {
        "log_id": sample.env["hcrm.erasure.log"].create(_erasure_log(sample)).id,
        "company_id": sample.company.id,
        "model_name": sample.mark("model_name"),
        "action": "deleted",
        "rows": 1,
    }


def _erased_key(sample):
    return {"key": f"{sample.mark('key')}{next(_number)}", "erased_at": fields.Datetime.now()}


def _organisation(sample):
    kind = sample.env.ref("hcrm_base.kind_allied")
    values = {"name": "ZQ organisation", "is_company": True, "kind_ids": [kind.id]}
    partners = sample.env["res.partner"].sudo()
    return partners.search([("name", "=", values["name"])], limit=1) or partners.create(values)


def _agreement(sample):
    return {
        "name": sample.mark("name"),
        "partner_id": _organisation(sample).id,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "scope": sample.mark("scope"),
    }


def _referral(sample):
    return {
        "partner_id": _organisation(sample).id,
        "person_id": sample.partner.id,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "note": sample.mark("note"),
    }


def _loss(sample):
    return {
        "person_id": sample.partner.id,
        "reason_id": sample.env.ref("hcrm_base.loss_reason_waiting").id,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "note": sample.mark("note"),
    }


def _kind_income(sample):
    return {
        "month": fields.Date.today().replace(day=1) - timedelta(days=31 * next(_number)),
        "company_id": sample.company.id,
        "kind_id": sample.env.ref("hcrm_base.kind_allied").id,
        "partner_id": _organisation(sample).id,
        "person_count": 20,
        "currency_id": sample.company.currency_id.id,
    }


def _organisation_name(sample):
    return {
        "name": f"{sample.mark('name')}{next(_number)}",
        "company_id": sample.company.id,
        "partner_id": _organisation(sample).id,
    }


def _fhir_client(sample):
    user = sample.env["res.users"].create(
        {
            "name": "Another system",  # staff and systems are known to all who work here
            "login": f"another_system_{next(_number)}",
            "group_ids": [sample.env.ref("hcrm_base.group_integration").id],
            "company_id": sample.company.id,
            "company_ids": [sample.company.id],
        }
    )
    sender = sample.env["hcrm.his.sender"].create(
        {
            "name": "Another system",
            "code": f"another_system_{next(_number)}",
            "company_id": sample.company.id,
        }
    )
    return {
        "name": f"{sample.mark('name')}{next(_number)}",
        "company_id": sample.company.id,
        "user_id": user.id,
        "sender_id": sender.id,
        "note": sample.mark("note"),
    }


def _fhir_key(sample):
    client = sample.env["hcrm.fhir.client"].sudo().create(_fhir_client(sample))
    return {
        "client_id": client.id,
        "prefix": f"{sample.mark('prefix')}{next(_number)}",
        "note": sample.mark("note"),
    }


def _his_source(sample, way="sql"):
    sender = sample.env["hcrm.his.sender"].create(
        {
            "name": "Another system",
            "code": f"another_system_{next(_number)}",
            "company_id": sample.company.id,
        }
    )
    return {
        "name": sample.mark("name"),
        "code": f"source-{next(_number)}",
        "company_id": sample.company.id,
        "sender_id": sender.id,
        "way": way,
        "note": sample.mark("note"),
    }


def _his_source_key(sample):
    source = sample.env["hcrm.his.source"].sudo().create(_his_source(sample, "http"))
    return {
        "source_id": source.id,
        "prefix": f"{sample.mark('prefix')}{next(_number)}",
        "note": sample.mark("note"),
    }


def _his_feed(sample):
    source = sample.env["hcrm.his.source"].sudo().create(_his_source(sample, "http"))
    return {
        "source_id": source.id,
        "name": sample.mark("name"),
        "code": f"feed-{next(_number)}",
        "kind": "merge",
    }


def _his_feed_line(sample):
    feed = sample.env["hcrm.his.feed"].sudo().create(_his_feed(sample))
    feed.line_ids.filtered(lambda line: line.target == "merge.number").unlink()
    return {
        "feed_id": feed.id,
        "target": "merge.number",
        "columns": sample.mark("columns"),
        "fixed_value": sample.mark("fixed_value"),
    }


def _answer(sample):
    return {
        "name": sample.mark("name"),
        "body": sample.mark("body"),
        "company_id": sample.company.id,
        "department_id": sample.department.id,
    }


def _answer_version(sample):
    return {
        "answer_id": sample.env["hcrm.answer"].sudo().create(_answer(sample)).id,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "number": 1,
        "name": sample.mark("name"),
        "body": sample.mark("body"),
        "language": "en_US",
        "approved_by_id": sample.env.ref("base.user_admin").id,
        "approved_at": fields.Datetime.now(),
    }


def _quality_check(sample):
    return {
        "user_id": sample.env.ref("base.user_admin").id,
        "company_id": sample.company.id,
        "res_model": "hcrm.contact.note",
        "res_id": next(_number),
        "praise": sample.mark("praise"),
    }


def _quality_score(sample):
    return {
        "check_id": sample.env["hcrm.quality.check"].sudo().create(_quality_check(sample)).id,
        "criterion_id": sample.env.ref("hcrm_base.quality_correct").id,
    }


def _segment(sample, **values):
    """A plain list; whoever creates one is its owner."""
    owner = {} if sample.owner else {"owner_id": sample.env.ref("base.user_admin").id}
    return {
        "name": sample.mark("name"),
        "purpose": sample.mark("purpose"),
        "kind": "fixed",
        "is_confidential": False,
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        **owner,
        **values,
    }


def _segment_id(sample):
    admin = sample.env.ref("base.user_admin")
    return sample.env["hcrm.segment"].create(_segment(sample, owner_id=admin.id)).id


def _segment_member(sample):
    return {"segment_id": _segment_id(sample), "partner_id": sample.partner.id}


def _segment_refresh(sample):
    return {
        "segment_id": _segment_id(sample),
        "refreshed_at": fields.Datetime.now(),
        "state": "refused",
        "size": 12,
        "error": sample.mark("error"),
    }


def _retention_rule(sample):
    return {"name": sample.mark("name"), "kind": "message", "days": 9, "active": False}


def _gateway(sample):
    return {
        "name": sample.mark("name"),
        "url": sample.mark("url"),
        "channel": "sms",
        "company_id": sample.company.id,
    }


def _gateway_meter(sample):
    meters = sample.env["hcrm.gateway.meter"].sudo()
    gateway = sample.env["hcrm.gateway"].sudo().create(_gateway(sample))
    meters.search([("gateway_id", "=", gateway.id)]).unlink()
    return {"gateway_id": gateway.id, "trouble_detail": sample.mark("trouble_detail")}


def _provider_template(sample):
    gateway = sample.env["hcrm.gateway"].sudo().create(_gateway(sample))
    return {"gateway_id": gateway.id, "words": sample.mark("words")}


def _platform_account(sample):
    gateway = sample.env["hcrm.gateway"].sudo().create(_gateway(sample))
    return {
        "partner_id": sample.partner.id,
        "gateway_id": gateway.id,
        "openid": sample.mark("openid"),
        "proof": "scan",
    }


def _platform_invitation(sample):
    gateway = sample.env["hcrm.gateway"].sudo().create(_gateway(sample))
    return {
        "partner_id": sample.partner.id,
        "gateway_id": gateway.id,
        "company_id": sample.company.id,
        "expires_at": fields.Datetime.now(),
    }


def _communication(sample):
    now = fields.Datetime.now()
    number = next(_number)
    return {
        "subject_id": sample.partner.id,
        "recipient_id": sample.partner.id,
        "company_id": sample.company.id,
        "purpose": "care",
        "message_class": "care",
        "channel": "sms",
        "priority": 10,
        "idempotency_key": f"{sample.mark('key')}{number}",
        "ref": f"{sample.mark('ref')}{number}",
        "subject_line_stored": sample.mark("subject_line_stored"),
        "body_stored": sample.mark("body_stored"),
        "address_stored": sample.mark("address_stored"),
        "due_at": now,
        "next_at": now,
        "shown_at": now,
        "sent_at": now,
        "state": "sent",
    }


def _communication_attempt(sample):
    messages = sample.env["hcrm.communication"].sudo()
    return {
        "communication_id": messages.create(_communication(sample)).id,
        "at": fields.Datetime.now(),
        "channel": "sms",
        "status": "later",
        "detail": sample.mark("detail"),
    }


def _call(sample):
    return {
        "channel_ref": f"{sample.mark('channel_ref')}{next(_number)}",
        "direction": "in",
        "company_id": sample.company.id,
        "partner_id": sample.partner.id,
        "number_stored": sample.mark("number_stored"),
        "number_called": sample.mark("number_called"),
        "purpose": "care",
        "program": "menu",
        "program_state": {"mark": sample.mark("program_state")},
    }


def _call_retry(sample):
    return {
        "company_id": sample.company.id,
        "outcome": "busy",
        "attempt": 100 + next(_number),
        "wait_minutes": 5,
    }


def _call_event(sample):
    calls = sample.env["hcrm.call"].sudo()
    return {
        "call_id": calls.create(_call(sample)).id,
        "sequence": 1,
        "kind": "key",
        "value_stored": f'{{"keys": "{sample.mark("value_stored")}"}}',
    }


def _sending(sample):
    user = sample.owner or sample.env.user
    plain = {"name": "Everybody", "purpose": "Letters", "owner_id": user.id}
    segment = sample.env["hcrm.segment"].sudo().create(_segment(sample) | plain)
    return {
        "name": sample.mark("name"),
        "segment_id": segment.id,
        "company_id": sample.company.id,
        "user_id": user.id,
        "purpose": "service",
        "channel": "sms",
        "body": sample.mark("body"),
    }


def _inbound(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "channel": "sms",
        "message_class": "care",
        "state": "inbox",
        "received_at": fields.Datetime.now(),
        "provider_key": f"{sample.mark('key')}{next(_number)}",
        "subject_line_stored": sample.mark("subject_line_stored"),
        "body_stored": sample.mark("body_stored"),
        "address_stored": sample.mark("address_stored"),
    }


def _conversation(sample):
    now = fields.Datetime.now()
    # a person has one open conversation: these are over
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "channel": "sms",
        "message_class": "care",
        "state": "closed",
        "started_at": now,
        "last_at": now,
        "closed_at": now,
        "address_stored": sample.mark("address_stored"),
    }


def _conversation_handover(sample):
    talks = sample.env["hcrm.conversation"].sudo()
    return {
        "conversation_id": talks.create(_conversation(sample)).id,
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "message_class": "care",
        "event": "taken",
        "user_id": sample.env.ref("base.user_admin").id,
        "done_at": fields.Datetime.now(),
        "note_stored": sample.mark("note_stored"),
    }


def _conversation_turn(sample):
    talks = sample.env["hcrm.conversation"].sudo()
    return {
        "conversation_id": talks.create(_conversation(sample)).id,
        "company_id": sample.company.id,
        "channel": "sms",
        "message_class": "service",
        "asked_at": fields.Datetime.now(),
        "outcome": "answered",
    }


def _message_template(sample):
    return {
        "name": sample.mark("name"),
        "purpose": "marketing",
        "note": sample.mark("note"),
        "company_id": sample.company.id,
        "user_id": sample.env.ref("base.user_admin").id,
    }


def _message_template_text(sample):
    templates = sample.env["hcrm.message.template"].sudo()
    return {
        "template_id": templates.create(_message_template(sample)).id,
        "lang": "en_US",
        "channel": "sms",
        "body": sample.mark("body"),
    }


def _lint_word(sample):
    return {"name": f"{sample.mark('name')}{next(_number)}", "kind": "drug"}


def _consent(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "purpose": "survey",
        "status": "granted",
        "evidence": sample.mark("evidence"),
    }


def _contact_hold(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "note": sample.mark("note"),
    }


def _contact_rule(sample):
    """A cell that this hospital has not changed yet."""
    rules = sample.env["hcrm.contact.rule"].sudo()
    taken = {
        (rule.code, rule.purpose) for rule in rules.search([("company_id", "=", sample.company.id)])
    }
    free = rules.search([("company_id", "=", False)]).filtered(
        lambda rule: not rule.is_hard and (rule.code, rule.purpose) not in taken
    )[0]
    return {
        "code": free.code,
        "purpose": free.purpose,
        "company_id": sample.company.id,
        "effect": "allow",
    }


def _dead_address(sample):
    return {"channel": "email", "address": f"{sample.mark('address')}{next(_number)}"}


def _retention_run(sample):
    return {
        "user_id": sample.env.ref("base.user_admin").id,
        "started_at": fields.Datetime.now(),
        "outcome": "done",
    }


def _retention_line(sample):
    runs = sample.env["hcrm.retention.run"].sudo()
    return {
        "run_id": runs.create(_retention_run(sample)).id,
        "rule_id": sample.env.ref("hcrm_base.retention_log").id,
        "days": 1096,
        "law": sample.mark("law"),
        "model_name": sample.mark("model_name"),
        "action": "delete",
        "rows": 1,
    }


def _secure_link(sample):
    return {
        "partner_id": sample.partner.id,
        "company_id": sample.company.id,
        "res_model": "hcrm.appointment",
        "token_hash": f"{sample.mark('token_hash')}{next(_number)}",
        "expires_at": fields.Datetime.now() + timedelta(days=1),
    }


def _ivr_menu(sample):
    return {
        "name": sample.mark("name"),
        "greeting": sample.mark("greeting"),
        "company_id": sample.company.id,
        "lang": "en_US",
    }


def _ivr_option(sample):
    menus = sample.env["hcrm.ivr.menu"].sudo()
    return {
        "menu_id": menus.create(_ivr_menu(sample)).id,
        "key": "1",
        "name": sample.mark("name"),
    }


def _ivr_version(sample):
    menus = sample.env["hcrm.ivr.menu"].sudo()
    return {
        "menu_id": menus.create(_ivr_menu(sample)).id,
        "number": next(_number),
        "script": {"greeting": sample.mark("script")},
        "user_id": sample.env.ref("base.user_admin").id,
        "published_at": fields.Datetime.now(),
    }


def _agent(sample):
    user = {"name": "Agent", "login": f"{sample.mark('login')}{next(_number)}"}
    return {
        "user_id": sample.env["res.users"].sudo().create(user).id,
        "company_id": sample.company.id,
        "endpoint": sample.mark("endpoint"),
    }


def _complaint(sample):
    return {
        "name": sample.mark("name"),
        "kind": "complaint",
        "channel": "visit",
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "partner_id": sample.partner.id,
        "complainant_name": sample.mark("complainant_name"),
        "matter": sample.mark("matter"),
        "statement_text": sample.mark("statement_text"),
    }


def _case(sample):
    return sample.env["hcrm.complaint"].sudo().create(_complaint(sample))


def _complaint_handover(sample):
    case = _case(sample)
    return {
        "complaint_id": case.id,
        "company_id": sample.company.id,
        "event": "declined",
        "desk_id": case.desk_id.id,
        "by_user_id": sample.env.ref("base.user_admin").id,
        "done_at": fields.Datetime.now(),
        "reason": sample.mark("reason"),
    }


def _complaint_complainant(sample):
    case = _case(sample)
    case.complainant_ids.sudo().unlink()
    return {
        "complaint_id": case.id,
        "company_id": sample.company.id,
        "partner_id": sample.partner.id,
        "complainant_name": sample.mark("complainant_name"),
    }


def _complaint_statement(sample):
    case = _case(sample)
    return {
        "complaint_id": case.id,
        "company_id": sample.company.id,
        "version": 2,
        "text": sample.mark("text"),
        "digest": "0" * 64,
        "made_at": fields.Datetime.now(),
        "author_id": sample.env.ref("base.user_admin").id,
    }


def _complaint_confirmation(sample):
    now = fields.Datetime.now()
    statements = sample.env["hcrm.complaint.statement"].sudo()
    statement = statements.create(_complaint_statement(sample))
    return {
        "complaint_id": statement.complaint_id.id,
        "company_id": sample.company.id,
        "statement_id": statement.id,
        "asked_by_id": sample.env.ref("base.user_admin").id,
        "asked_at": now,
        "expires_at": now,
        "wrong_words": sample.mark("wrong_words"),
    }


def _complaint_staff(sample):
    return {"complaint_id": _case(sample).id, "told_name": sample.mark("told_name")}


def _complaint_opening(sample):
    return {
        "complaint_id": _case(sample).id,
        "user_id": sample.env.ref("base.user_admin").id,
        "reason": sample.mark("reason"),
    }


def _complaint_clock(sample):
    now = fields.Datetime.now()
    return {
        "complaint_id": _case(sample).id,
        "company_id": sample.company.id,
        "duty": "interim",
        "amount": 1,
        "unit": "days",
        "started_at": now,
        "due_at": now,
    }


def _complaint_pause(sample):
    return {
        "complaint_id": _case(sample).id,
        "company_id": sample.company.id,
        "since": fields.Datetime.now(),
        "reason": sample.mark("reason"),
        "by_user_id": sample.env.ref("base.user_admin").id,
    }


def _complaint_explanation(sample):
    now = fields.Datetime.now()
    return {
        "complaint_id": _case(sample).id,
        "employee_id": sample.env["hr.employee"].search([], limit=1).id,
        "question": sample.mark("question"),
        "text": sample.mark("text"),
        "due_at": now,
        "asked_at": now,
    }


def _complaint_raise(sample):
    case = _case(sample)
    rules = sample.env["hcrm.escalation.rule"].sudo()
    return {
        "complaint_id": case.id,
        "company_id": sample.company.id,
        "rule_id": rules.create({"name": "Media", "ground": "media"}).id,
        "turn": 0,
        "raised_at": fields.Datetime.now(),
        "from_desk_id": case.desk_id.id,
    }


def _escalation_rule(sample):
    return {"name": sample.mark("name"), "ground": "media", "company_id": sample.company.id}


def _regulation(sample):
    # of a country where no hospital is: the cases of other samples do not run by it
    return {
        "name": sample.mark("name"),
        "code": f"{sample.mark('code')}{next(_number)}",
        "country_id": sample.env.ref("base.aq").id,
    }


def _regulation_clock(sample):
    packs = sample.env["hcrm.regulation"].sudo()
    return {
        "regulation_id": packs.create(_regulation(sample)).id,
        "name": sample.mark("name"),
        "duty": "answer",
        "source": sample.mark("source"),
    }


def _complaint_problem(sample):
    category = sample.env["hcrm.complaint.category"].sudo()
    return {
        "complaint_id": _case(sample).id,
        "department_id": sample.department.id,
        "category_id": category.search([("scheme", "=", "hcat"), ("level", "=", 2)], limit=1).id,
    }


def _complaint_action(sample):
    return {
        "name": sample.mark("name"),
        "company_id": sample.company.id,
        "department_id": sample.department.id,
        "due_date": fields.Date.today(),
    }


def _complaint_answer(sample):
    return {"complaint_id": _case(sample).id, "text": sample.mark("text")}


def _complaint_status_try(sample):
    return {
        "asked_at": fields.Datetime.now(),
        "way": "web",
        "outcome": "wrong",
        "address": sample.mark("address"),
    }


SAMPLES = {
    "hcrm.agent": _agent,
    "hcrm.secure.link": _secure_link,
    "hcrm.message.template": _message_template,
    "hcrm.message.template.text": _message_template_text,
    "hcrm.lint.word": _lint_word,
    "hcrm.inbound": _inbound,
    "hcrm.ivr.menu": _ivr_menu,
    "hcrm.ivr.option": _ivr_option,
    "hcrm.ivr.version": _ivr_version,
    "hcrm.call": _call,
    "hcrm.call.event": _call_event,
    "hcrm.complaint": _complaint,
    "hcrm.complaint.handover": _complaint_handover,
    "hcrm.complaint.complainant": _complaint_complainant,
    "hcrm.complaint.statement": _complaint_statement,
    "hcrm.complaint.confirmation": _complaint_confirmation,
    "hcrm.complaint.staff": _complaint_staff,
    "hcrm.complaint.opening": _complaint_opening,
    "hcrm.complaint.clock": _complaint_clock,
    "hcrm.complaint.pause": _complaint_pause,
    "hcrm.complaint.explanation": _complaint_explanation,
    "hcrm.complaint.raise": _complaint_raise,
    "hcrm.escalation.rule": _escalation_rule,
    "hcrm.complaint.problem": _complaint_problem,
    "hcrm.complaint.action": _complaint_action,
    "hcrm.complaint.answer": _complaint_answer,
    "hcrm.complaint.status.try": _complaint_status_try,
    "hcrm.regulation": _regulation,
    "hcrm.regulation.clock": _regulation_clock,
    "hcrm.conversation": _conversation,
    "hcrm.conversation.handover": _conversation_handover,
    "hcrm.conversation.turn": _conversation_turn,
    "hcrm.consent": _consent,
    "hcrm.contact.hold": _contact_hold,
    "hcrm.contact.rule": _contact_rule,
    "hcrm.dead.address": _dead_address,
    "hcrm.sending": _sending,
    "hcrm.gateway": _gateway,
    "hcrm.gateway.meter": _gateway_meter,
    "hcrm.provider.template": _provider_template,
    "hcrm.call.retry": _call_retry,
    "hcrm.platform.account": _platform_account,
    "hcrm.platform.invitation": _platform_invitation,
    "hcrm.communication": _communication,
    "hcrm.communication.attempt": _communication_attempt,
    "hcrm.retention.run": _retention_run,
    "hcrm.retention.line": _retention_line,
    "hcrm.retention.rule": _retention_rule,
    "hcrm.erasure.log": _erasure_log,
    "hcrm.erasure.line": _erasure_line,
    "hcrm.erased.key": _erased_key,
    "hcrm.answer": _answer,
    "hcrm.answer.version": _answer_version,
    "hcrm.quality.check": _quality_check,
    "hcrm.quality.score": _quality_score,
    "hcrm.agreement": _agreement,
    "hcrm.referral": _referral,
    "hcrm.loss": _loss,
    "hcrm.kind.income": _kind_income,
    "hcrm.organisation.name": _organisation_name,
    "hcrm.service": _service,
    "hcrm.promise": _promise,
    "hcrm.promise.result": _promise_result,
    "hcrm.privacy.request": _privacy_request,
    "hcrm.privacy.step": _privacy_step,
    "hcrm.privacy.correction": _privacy_correction,
    "res.partner": _partner,
    "hcrm.identifier": _identifier,
    "hcrm.relationship": _relationship,
    "hcrm.break.glass": _break_glass,
    "hcrm.access.log": _access_log,
    "hcrm.access.review": _access_review,
    "hcrm.merge.log": _merge_log,
    "hcrm.duplicate": _duplicate,
    "hcrm.contact.note": _contact_note,
    "hcrm.fhir.client": _fhir_client,
    "hcrm.fhir.key": _fhir_key,
    "hcrm.his.source": _his_source,
    "hcrm.his.source.key": _his_source_key,
    "hcrm.his.feed": _his_feed,
    "hcrm.his.feed.line": _his_feed_line,
    "hcrm.segment": _segment,
    "hcrm.segment.member": _segment_member,
    "hcrm.segment.refresh": _segment_refresh,
}
WRITABLE = {
    "hcrm.complaint": "matter",
    "hcrm.complaint.handover": "event",
    "hcrm.complaint.complainant": "authority_evidence",
    "hcrm.complaint.statement": "digest",
    "hcrm.complaint.confirmation": "wrong_words",
    "hcrm.complaint.staff": "told_name",
    "hcrm.complaint.opening": "reason",
    "hcrm.complaint.clock": "duty",
    "hcrm.complaint.pause": "reason",
    "hcrm.complaint.explanation": "text",
    "hcrm.complaint.raise": "turn",
    "hcrm.escalation.rule": "sequence",
    "hcrm.complaint.problem": "severity",
    "hcrm.complaint.action": "name",
    "hcrm.complaint.answer": "text",
    "hcrm.complaint.status.try": "outcome",
    "hcrm.regulation": "source",
    "hcrm.regulation.clock": "source",
    "hcrm.secure.link": "revoked_at",
    "hcrm.call.retry": "wait_minutes",
    "hcrm.platform.account": "unfollowed_at",
    "hcrm.platform.invitation": "used_at",
    "hcrm.message.template": "note",
    "hcrm.message.template.text": "body",
    "hcrm.lint.word": "kind",
    "hcrm.inbound": "closing_note",
    "hcrm.ivr.version": "number",
    "hcrm.call": "cause",
    "hcrm.call.event": "kind",
    "hcrm.conversation": "state",
    "hcrm.conversation.handover": "event",
    "hcrm.conversation.turn": "outcome",
    "hcrm.consent": "evidence",
    "hcrm.contact.hold": "note",
    "hcrm.contact.rule": "effect",
    "hcrm.communication": "failure_detail",
    "hcrm.his.feed": "name",
    "hcrm.retention.run": "outcome",
    "hcrm.retention.line": "law",
    "hcrm.erasure.log": "state",
    "hcrm.quality.check": "praise",
    "hcrm.quality.score": "points",
    "hcrm.referral": "reason",
    "hcrm.loss": "lost_on",
    "hcrm.kind.income": "person_count",
    "hcrm.promise.result": "total",
    "res.partner": "city",
    "hcrm.identifier": "use",
    "hcrm.relationship": "note",
    "hcrm.appointment": "service",
    "hcrm.break.glass": "review_note",
    "hcrm.access.log": "detail",
    "hcrm.access.review": "review_note",
    "hcrm.contact.note": "summary",
    "hcrm.privacy.request": "description",
    "hcrm.privacy.step": "event",
    "hcrm.privacy.correction": "reason",
    "hcrm.fhir.client": "note",
    "hcrm.fhir.key": "note",
    "hcrm.segment": "purpose",
    "hcrm.segment.member": "entered_at",
    "hcrm.segment.refresh": "size",
}


class Sample:
    """What a row is about: the person, where, and whose."""

    def __init__(self, env, model, scope, partner, relative, department, company, owner):
        self.env = env
        self.model = model
        self.scope = scope
        self.partner = partner
        self.relative = relative
        self.department = department
        self.company = company
        self.owner = owner

    def mark(self, name):
        """Return the text that betrays a row of this model and scope wherever it shows up."""
        return mark(self.model, self.scope, name)

    def values(self):
        """Return values for ``create``."""
        if self.model in SAMPLES:
            return SAMPLES[self.model](self)
        return dict(filter(None, map(self._value, self.env[self.model]._fields.values())))

    def _value(self, field):
        if not field.store or field.name in MAGIC or field.related or field.compute:
            return None
        known = {
            "partner_id": self.partner.id,
            "company_id": self.company.id,
            "department_id": self.department.id,
        }
        if field.name in known:
            return field.name, known[field.name]
        if field.type in TEXT:
            return field.name, self._text(field)
        if not field.required or self.env[self.model]._fields[field.name].default:
            return None
        return field.name, self._required(field)

    def _text(self, field):
        text = self.mark(field.name)
        return f"{text}{next(_number)}" if field.name in ("external_key", "visit_number") else text

    def _required(self, field):
        """Return something a required field accepts."""
        if field.type == "many2one":
            return self.env[field.comodel_name].search([], limit=1).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {
            "datetime": fields.Datetime.now(),
            "date": fields.Date.today(),
            "boolean": True,
        }.get(field.type, 1)


def mark(model, scope, name=""):
    """Return the betraying text; it starts alike for all fields of one model and scope.

    >>> mark("hcrm.diagnosis", "own", "code")
    'ZQ:hcrm.diagnosis:own:code'
    """
    return f"ZQ:{model}:{scope}:{name}"
