"""Everything the environment may override, read once and checked."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.say import Trouble

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class OwnPostgres:
    """A PostgreSQL server of the user's, named by libpq's usual variables."""

    host: str
    port: str
    user: str
    password: str


@dataclass(frozen=True)
class Settings:
    """Where things are and which ports and names are used."""

    state: Path
    cache: Path
    addons: Path
    db: str
    port: int
    mllp_port: int
    odoo_path: Path | None
    own_postgres: OwnPostgres | None
    ci: bool

    @property
    def logs(self):
        """Folder of everything that is written down instead of shown."""
        return self.state / "logs"

    @property
    def data_dir(self):
        """Odoo's filestore and sessions."""
        return self.state / "data"

    @property
    def bin(self):
        """Folder put first on PATH: our wkhtmltopdf and browser."""
        return self.state / "bin"

    @property
    def venv_python(self):
        """Python of the pinned environment."""
        return self.state / "venv" / "bin" / "python"


def _port(env, name, default):
    text = env.get(name) or default
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"{name}={text} is not a port: give a number from 1 to 65535")
    return int(text)


def _database(env):
    name = env.get("HCRM_DB") or "hcrm"
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", name):
        raise Trouble(
            f"HCRM_DB={name} is no database name: use up to 40 small letters, digits and _"
        )
    return name


def _own_postgres(env):
    if not (env.get("PGHOST") or env.get("PGPORT")):
        return None
    user = env.get("PGUSER") or env.get("USER") or "hcrm"
    if user == "postgres":
        raise Trouble(
            "Odoo refuses to work as the role 'postgres': make another one "
            "(createuser --createdb hcrm) and set PGUSER=hcrm"
        )
    return OwnPostgres(
        host=env.get("PGHOST") or "localhost",
        port=env.get("PGPORT") or "5432",
        user=user,
        password=env.get("PGPASSWORD") or "",
    )


def _folder(text, name):
    path = Path(text).expanduser()
    path = path if path.is_absolute() else ROOT / path
    if re.search(r"[,%\n]", str(path)):
        raise Trouble(
            f"{name}={path}: Odoo cannot work in a path with a comma or %, choose another"
        )
    return path


def _cache(env, state):
    """Downloads may be shared between clones; without a shared folder they stay in the state."""
    if env.get("HCRM_CACHE"):
        return _folder(env["HCRM_CACHE"], "HCRM_CACHE")
    shared = Path(env.get("HOME") or "/nonexistent") / ".cache" / "hcrm"
    return shared if os.access(shared, os.W_OK) else state / "cache"


def load(env=os.environ):
    """Read the environment; raises Trouble on a value nobody can work with."""
    state = _folder(env.get("HCRM_STATE") or ".hcrm", "HCRM_STATE")
    return Settings(
        state=state,
        cache=_cache(env, state),
        addons=_folder(env.get("HCRM_ADDONS") or "addons", "HCRM_ADDONS"),
        db=_database(env),
        port=_port(env, "HCRM_PORT", "8069"),
        mllp_port=_port(env, "HCRM_MLLP_PORT", "2575"),
        odoo_path=_folder(env["ODOO_PATH"], "ODOO_PATH") if env.get("ODOO_PATH") else None,
        own_postgres=_own_postgres(env),
        ci=(env.get("CI") or "").lower() in ("1", "true", "yes"),
    )
