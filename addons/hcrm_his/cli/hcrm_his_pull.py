# pylint: disable=print-used
import optparse
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class HcrmHisPull(Command):
    """Read tables and folders of sources without HL7 once, now; for first loads and schedulers"""

    name = "hcrm_his_pull"

    def run(self, cmdargs):
        """Read until nothing is new; the exit code is 1 when a feed stopped."""
        parser = config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "Sources without HL7")
        group.add_option("--feed", dest="feed", default="", help="source/feed; empty: all")
        group.add_option("--seconds", dest="seconds", type="int", default=3600)
        parser.add_option_group(group)
        opt = config.parse_config([*cmdargs, "--no-http"], setup_logging=True)
        if len(config["db_name"]) != 1:
            sys.exit("hcrm_his_pull: name one database with -d")
        with Registry(config["db_name"][0]).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            sys.exit(self._pull(self._find(env, opt.feed), opt.seconds))

    def _find(self, env, name):
        domain = [("way", "in", ("sql", "file")), ("source_id.active", "=", True)]
        if name:
            source, _slash, feed = name.partition("/")
            domain += [("source_id.code", "=", source), ("code", "=", feed)]
        found = env["hcrm.his.feed"].search(domain)
        if name and not found:
            sys.exit(f"hcrm_his_pull: there is no feed {name}")
        return found

    def _pull(self, feeds, seconds):
        failed = 0
        for feed in feeds:
            total = feed._run(seconds)
            name = f"{feed.source_id.code}/{feed.code}"
            print(f"{name}: {total} rows read, {feed.stored_count} stored so far")
            if feed.failure_count:
                failed = 1
                print(f"{name}: {feed.reason}\n{feed.detail or ''}", file=sys.stderr)
        return failed
