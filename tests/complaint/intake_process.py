"""A process that takes complaints in as SMS, telephone and mail do: many threads, each request a
transaction of its own, tried again as Odoo does with requests.

    python -m tests.complaint.intake_process PORT -c odoo.conf -d database

One line of JSON is a request: [what, {…}]; one line answers it after the commit. No answer means
that nobody knows: who asked asks again.
"""

import functools
import json
import socketserver
import sys

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config


def take_in(env, request, at=None):
    """A case; ``at`` is the moment, in UTC."""
    if at:
        env = env(context={**env.context, "hcrm_complaint_at": Datetime.to_datetime(at)})
    case = env["hcrm.complaint"]._take_in([request])
    return [case.id, case.intake_number]


def accept(env, case_id, at):
    """Accept a case at a moment; its receipt number."""
    env = env(context={**env.context, "hcrm_complaint_at": Datetime.to_datetime(at)})
    case = env["hcrm.complaint"].browse(case_id)
    case.action_accept()
    return case.receipt_number


def climb(env):
    """What the scheduled job of the ladder does."""
    env["hcrm.complaint"]._cron_climb()
    return True


WORK = {one.__name__: one for one in (take_in, accept, climb)}


class Handler(socketserver.StreamRequestHandler):
    """One client: its requests one after the other."""

    def handle(self):
        """Until the client goes."""
        for line in self.rfile:
            what, told = json.loads(line)
            self.wfile.write(json.dumps(self._answer(WORK[what], told)).encode() + b"\n")
            self.wfile.flush()

    def _answer(self, work, told):
        try:
            with Registry(self.server.db).cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                return {"done": retrying(functools.partial(work, env, **told), env)}
        except UserError as error:
            return {"refused": str(error)}
        except Exception as error:  # noqa: BLE001 - the client asks again
            return {"error": repr(error)[:500]}


class Server(socketserver.ThreadingTCPServer):
    """A thread for each client."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 100


def main(port, *options):
    """Serve until killed."""
    config.parse_config(list(options), setup_logging=True)
    [db] = config["db_name"]
    Registry(db)
    with Server(("127.0.0.1", int(port)), Handler) as server:
        server.db = db
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
