# pylint: disable=print-used
import optparse
import sys
import time
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class HcrmHisLoad(Command):
    """Load a folder, file or archive of HL7 messages; run again to go on after an interruption"""

    name = "hcrm_his_load"

    def run(self, cmdargs):
        """Store with progress, then process what waits."""
        parser = config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "Bulk load")
        group.add_option("--source", dest="source", help="folder, .hl7, .txt, .zip or .tar.gz")
        group.add_option("--sender", dest="sender", help="whose FHIR ndjson files these are: code")
        group.add_option("--no-process", dest="no_process", action="store_true", default=False)
        parser.add_option_group(group)
        paths = [cmdargs.pop()] if cmdargs and not cmdargs[-1].startswith("-") else []
        opt = config.parse_config([*cmdargs, "--no-http"], setup_logging=True)
        source = opt.source or (paths[0] if paths else None)
        if len(config["db_name"]) != 1 or not source:
            sys.exit("hcrm_his_load: name one database with -d, and a folder or file to load")
        with Registry(config["db_name"][0]).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            path = str(Path(source).resolve())
            sys.exit(self._load(env, path, not opt.no_process, opt.sender))

    def _load(self, env, path, is_processing, sender):
        load = self._find_or_create(env, path, sender)
        started, before = time.monotonic(), load.position
        for _count in load._load_chunks():
            env.cr.commit()
            rate = (load.position - before) / max(time.monotonic() - started, 0.001)
            print(f"\r{load.position} messages read, {rate:.0f}/s", end="", flush=True)
        print(
            f"\n{load.stored_count} stored, {load.known_count} known before, "
            f"{load.refused_count} refused (see the dead letters)"
        )
        if load.state == "failed":
            print(f"stopped: {load.reason}", file=sys.stderr)
            print(load.detail or "", file=sys.stderr)
            return 1
        if is_processing:
            print(f"{env['hcrm.his.intake']._drain()} processed")
        return 0

    def _find_or_create(self, env, path, sender):
        """Go on with an unfinished load of the same source."""
        loads = env["hcrm.his.load"]
        load = loads.search([("path", "=", path), ("state", "in", ("running", "failed"))], limit=1)
        if load:
            print(f"going on after {load.position} messages")
        else:
            values = loads._prepare_sender_values(sender) if sender else {}
            load = loads.create({"name": path, "path": path, **values})
        load.action_start()
        env.cr.commit()
        return load
