import asyncio
import logging
import optparse
import os
import ssl
import sys

import psycopg2

from odoo.cli import Command
from odoo.sql_db import connection_info_for
from odoo.tools import config

_logger = logging.getLogger(__name__)


class HcrmMllp(Command):
    """Listen for HL7 v2 messages over MLLP: store, commit, acknowledge"""

    name = "hcrm_mllp"

    def run(self, cmdargs):
        """Serve until SIGTERM; the exit code is 1 with one line that says why it cannot start."""
        options = self._parse(cmdargs)
        dbnames = config["db_name"]
        if len(dbnames) != 1:
            sys.exit("hcrm_mllp: name one database with -d")
        # Odoo loads this file by its path: nothing is relative to it
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.hcrm_his.tools.listener import Listener, Options  # noqa: PLC0415
        from odoo.addons.hcrm_his.tools.writer import NotInstalled, Writer  # noqa: PLC0415

        [dbname] = dbnames
        writer = Writer(lambda: _connect(dbname), lambda: _connect("postgres"), dbname)
        try:
            writer.check()
            asyncio.run(_serve(Listener, Options(**options), writer))
        except NotInstalled:
            sys.exit(f"hcrm_mllp: the addon hcrm_his is not installed in database {dbname}")
        except KeyboardInterrupt:
            _logger.info("stopped")
        except (OSError, ssl.SSLError) as error:
            sys.exit(
                f"hcrm_mllp: cannot listen on {options['interface']}:{options['port']}: {error}"
            )
        finally:
            writer.close()

    def _parse(self, cmdargs):
        parser = config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "HL7 listener")
        port = int(os.environ.get("HCRM_MLLP_PORT") or 2575)
        group.add_option("--mllp-interface", dest="mllp_interface", default="127.0.0.1")
        group.add_option("--mllp-port", dest="mllp_port", type="int", default=port)
        group.add_option("--mllp-connections", dest="mllp_connections", type="int", default=200)
        rate = 32 * 1024
        text = "bytes per second below which a large message is cut off (default: %default)"
        group.add_option(
            "--mllp-large-rate", dest="mllp_large_rate", type="int", default=rate, help=text
        )
        group.add_option("--tls-cert", dest="tls_cert", default="", help="PEM: switches TLS on")
        group.add_option("--tls-key", dest="tls_key", default="", help="PEM, if not in the former")
        group.add_option(
            "--tls-ca", dest="tls_ca", default="", help="PEM: senders need a certificate"
        )
        parser.add_option_group(group)
        opt = config.parse_config(cmdargs, setup_logging=True)
        return {
            "interface": opt.mllp_interface,
            "port": opt.mllp_port,
            "max_connections": opt.mllp_connections,
            "large_rate": opt.mllp_large_rate,
            "tls_cert": opt.tls_cert,
            "tls_key": opt.tls_key,
            "tls_ca": opt.tls_ca,
        }


def _connect(dbname):
    _name, info = connection_info_for(dbname)
    return psycopg2.connect(**{**info, "application_name": "hcrm_mllp", "connect_timeout": 5})


async def _serve(listener_class, options, writer):
    await listener_class(options, writer).run()
