import asyncio
import logging
import optparse
import os
import signal
import sys
from pathlib import Path

from odoo.cli import Command
from odoo.tools import config

_logger = logging.getLogger(__name__)


class HcrmVoice(Command):
    """Speak on the telephone: the process between the outbox and Asterisk"""

    name = "hcrm_voice"

    def run(self, cmdargs):
        """Serve the voice gateways until SIGTERM; any number of these processes may run."""
        options = self._parse(cmdargs)
        dbnames = config["db_name"]
        if len(dbnames) != 1:
            sys.exit("hcrm_voice: name one database with -d")
        # Odoo loads this file by its path: nothing is relative to it
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.hcrm_communication.tools.voice.process import Process  # noqa: PLC0415
        from odoo.addons.hcrm_communication.tools.voice.speech import Speech  # noqa: PLC0415

        speech = Speech(options.sounds, options.tts)
        asyncio.run(_serve(Process(dbnames[0], speech)))

    def _parse(self, cmdargs):
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.hcrm_communication.tools.voice.speech import COMMAND  # noqa: PLC0415

        parser = config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "Voice")
        group.add_option(
            "--tts",
            dest="tts",
            help="the program that speaks: {voice}, {text}, {wav} are put in",
        )
        group.add_option(
            "--sounds",
            dest="sounds",
            help="folder of spoken texts, which Asterisk must be able to read",
        )
        parser.add_option_group(group)
        options = config.parse_config([*cmdargs, "--no-http"], setup_logging=True)
        options.tts = options.tts or os.environ.get("HCRM_TTS") or COMMAND
        folder = options.sounds or os.environ.get("HCRM_SOUNDS")
        options.sounds = folder or str(Path(config["data_dir"]) / "hcrm_voice")
        return options


async def _serve(process):
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    _logger.info("speaking for %s", process.dbname)
    await process.run(stopping)
