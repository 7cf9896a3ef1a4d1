"""`make pictures`: the README's pictures, taken from the demonstration hospital.

Set-up runs on any Python; the part with the browser is run again inside the environment, as
`python -m scripts.pictures ADDRESS BROWSER DATABASE PERSON AGREED ENCOUNTER PAIR SENDING CASE`.
"""

import io
import os
import sys

from scripts import checks, say, shellout
from scripts.odoo import reason, wait_until
from scripts.say import Trouble
from scripts.servers import ServerProcess, answers
from scripts.settings import ROOT

FOLDER = ROOT / "docs" / "pictures"
DESKTOP, PHONE = (1400, 900), (390, 844)
LARGEST = 250_000
#: Clicks that bring the seat to the screen and a caller to the seat, as far as they are to be done.
SEAT = (
    (".o_hcrm_seat_systray", ".o_hcrm_seat"),
    (".o_hcrm_seat_open", ".o_hcrm_seat"),
    (".o_hcrm_be_available", ".o_hcrm_hang_up"),
    (".o_hcrm_accept", ".o_hcrm_hang_up"),
    (".o_hcrm_person", ".o_hcrm_partner"),
)
#: Name, login (none: a page for everybody), size, address, what must be on the screen, clicks: (on
#: what, unless this is there).
PICTURES = (
    ("360_officer", "officer", DESKTOP, "hospital-customers/{person}", ".o_hcrm_line"),
    ("360_doctor", "doctor", DESKTOP, "hospital-customers/{person}", ".o_hcrm_line"),
    ("360_marketing", "marketing", DESKTOP, "hospital-customers/{agreed}", ".o_hcrm_line"),
    ("customers", "officer", DESKTOP, "hospital-customers", ".o_data_row"),
    ("encounter", "nurse", DESKTOP, "encounters/{encounter}", ".o_data_row"),
    ("duplicate", "service_manager", DESKTOP, "hcrm-duplicates/{pair}", ".o_form_view table"),
    ("messages", "integration", DESKTOP, "his-messages", ".o_data_row"),
    ("outbox_board", "service_manager", DESKTOP, "hcrm-outbox-board", ".o_hcrm_board_line"),
    ("sending", "nurse", DESKTOP, "hcrm-sendings/{sending}", ".o_field_widget[name=rehearsal]"),
    ("conversations", "officer", DESKTOP, "hcrm-conversations", ".o_hcrm_desk_line", (
        (".o_hcrm_desk_line", ".o_hcrm_thread"),
    )),
    ("seat", "officer", DESKTOP, "hcrm-calls", ".o_data_row", SEAT),
    ("call_board", "service_manager", DESKTOP, "hcrm-call-board", ".o_action_manager > *"),
    ("telephone_menu", "hcrm_admin", DESKTOP, "telephone-menus", ".o_data_row", (
        (".o_data_cell[name=name]", ".o_form_view"),
    )),
    ("letters", "nurse", DESKTOP, "letters", ".o_data_row"),
    ("complaints", "officer", DESKTOP, "complaints", ".o_kanban_record"),
    ("complaints_today", "officer", DESKTOP, "complaints-today", ".o_hcrm_complaint_today .card"),
    ("complaint", "officer", DESKTOP, "complaints/{case}", ".o_field_widget[name=number]"),
    ("complaint_focus", "service_manager", DESKTOP, "complaint-focus", ".o_hcrm_complaint_focus"),
    ("complaint_form", "", PHONE, "complaint", "form"),
    ("complaint_status", "", PHONE, "feedback/status", "form"),
    ("phone", "nurse", PHONE, "hospital-customers/{person}", ".o_hcrm_line"),
)  # fmt: skip
LANGUAGES = {"zh": "zh_CN", "en": "en_US"}
#: A chronic patient with a family, an owner and a history that fills the screen.
PERSON = """
SELECT p.id FROM res_partner p JOIN hcrm_observation o ON o.partner_id = p.id
 WHERE p.user_id IS NOT NULL
   AND (SELECT count(*) FROM hcrm_relationship r WHERE r.partner_id = p.id) > 1
 GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 1"""
ENCOUNTER = """
SELECT e.id FROM hcrm_encounter e JOIN hcrm_observation o ON o.encounter_id = e.id
 WHERE e.partner_id = {person} AND e.encounter_class = 'outpatient' AND e.reason <> ''
 GROUP BY e.id ORDER BY e.started_at DESC LIMIT 1"""
#: One who agreed to marketing and whom marketing has spoken to.
AGREED = """
SELECT n.partner_id FROM hcrm_contact_note n
  JOIN res_users u ON u.id = n.user_id AND u.login = 'marketing'
  JOIN res_partner p ON p.id = n.partner_id AND p.marketing_allowed
 GROUP BY n.partner_id ORDER BY count(*) DESC, n.partner_id LIMIT 1"""
PAIR = "SELECT id FROM hcrm_duplicate WHERE state = 'open' ORDER BY score DESC, id LIMIT 1"

#: A draft that was rehearsed: words, numbers, price.
SENDING = "SELECT id FROM hcrm_sending WHERE state = 'draft' ORDER BY id DESC LIMIT 1"
#: A complaint in the officer's hand, told by a person.
CASE = """
SELECT c.id FROM hcrm_complaint c
  JOIN res_users u ON u.id = c.user_id AND u.login = 'officer'
  JOIN hcrm_complaint_clock k ON k.complaint_id = c.id
 WHERE c.state = 'working' AND c.kind = 'complaint'
 GROUP BY c.id ORDER BY c.next_due_at DESC, c.id DESC LIMIT 1"""


# set-up, on the machine's Python ------------------------------------------------------------------


def run_pictures(stack):
    """Serve a demonstration of its own on a free port, take the pictures, take it down again."""
    stack.prepare(tests=True)
    stack.add_tools("pictures")
    db = f"{stack.settings.db}__pictures"
    with stack.lock():
        stack.databases.clone(stack.databases.ensure_demo(), db)
    try:
        with say.step("Pictures") as ticker:
            _serve_and_take(stack, db)
            ticker.detail = f"{len(chosen()) * len(LANGUAGES)} in {FOLDER.relative_to(ROOT)}"
    finally:
        stack.databases.drop(db)


def _serve_and_take(stack, db):
    port, log = checks.free_port(), stack.settings.logs / "pictures-odoo.log"
    options = ("-c", stack.odoo.conf, "-d", db, "--http-port", port, "--max-cron-threads", 0)
    log.unlink(missing_ok=True)
    server = ServerProcess(stack.odoo.command(*options), stack.odoo.env(), log)
    server.launch()
    try:
        if not wait_until(lambda: answers(port) or not server.alive(), 120):
            raise Trouble(f"Odoo did not answer (log: {log})")
        if not server.alive():
            raise Trouble(f"Odoo did not start: {reason(server.told())} (log: {log})")
        places = _choose(stack, db)
        browser = stack.settings.bin / "google-chrome"
        arguments = (f"http://127.0.0.1:{port}", browser, db, *places)
        command = [stack.settings.venv_python, "-B", "-m", "scripts.pictures", *arguments]
        shellout.run(stack.settings, "Taking the pictures", command, cwd=ROOT, env=stack.odoo.env())
    finally:
        server.stop()


def _choose(stack, db):
    def first(query):
        return stack.postgres.sql(" ".join(query.split()), db=db)[0]

    person = first(PERSON)
    encounter = first(ENCOUNTER.format(person=person))
    return person, first(AGREED), encounter, first(PAIR), first(SENDING), first(CASE)


# the camera, inside the environment ---------------------------------------------------------------


def take(address, browser, db, **places):
    """Open each screen as its role in each language and keep what is seen."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
        )
        for short, language in LANGUAGES.items():
            for name, login, size, path, sign, *clicks in chosen():
                context = chromium.new_context(
                    viewport=dict(zip(("width", "height"), size, strict=True)),
                    locale=language.replace("_", "-"),
                    timezone_id="Asia/Shanghai",
                    is_mobile=size == PHONE,
                    has_touch=size == PHONE,
                )
                inside = f"{address}/odoo/{path.format(**places)}"
                if login:
                    log_in(context, address, db, login, language)
                page = context.new_page()
                page.set_default_timeout(90_000)
                page.goto(f"{address}/{path.format(**places)}" if not login else inside)
                page.locator(sign).first.wait_for()
                for place, there in (*clicks, ())[0]:
                    click(page, place, there)
                page.wait_for_timeout(2500)
                keep(page.screenshot(), FOLDER / f"{name}_{short}.png")
                context.close()
        chromium.close()


def chosen():
    """Return the pictures whose names begin with `PICTURE`, all of them without it."""
    return [one for one in PICTURES if one[0].startswith(os.environ.get("PICTURE", ""))]


def click(page, place, there):
    """Bring something to the screen, unless it is there."""
    page.wait_for_timeout(1500)
    if not page.locator(there).first.is_visible():
        page.locator(place).first.click()


def log_in(context, address, db, login, language):
    """Log in without a page: its open requests would bring the old language back into the cache."""

    def ask(route, **params):
        reply = context.request.post(f"{address}{route}", data={"params": params}).json()
        if "error" in reply:
            raise SystemExit(f"error: {reply['error']['data']['message']}")
        return reply["result"]

    session = ask("/web/session/authenticate", db=db, login=login, password=login)
    values = [[session["uid"]], {"lang": language}]
    ask("/web/dataset/call_kw", model="res.users", method="write", args=values, kwargs={})


def keep(picture, path):
    """A screen has few colours: a palette makes the file a third."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"error: {path} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    names = ("person", "agreed", "encounter", "pair", "sending", "case")
    take(*sys.argv[1:4], **dict(zip(names, sys.argv[4:], strict=True)))
