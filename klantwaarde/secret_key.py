"""The key that signs sessions: from the environment, else made once and kept beside the data."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from klantwaarde import environment


def read(data_dir: Path) -> str:
    """Return SECRET_KEY, or the key kept in ``data_dir/secret_key``, made on first use.

    Two processes that start at once agree: the file is created exclusively, and the loser reads it.
    """
    if given := os.environ.get("SECRET_KEY", "").strip():
        return given
    path = data_dir / "secret_key"
    environment.make_folder("KLANTWAARDE_DATA_DIR", data_dir)
    draft = data_dir / f"secret_key.{os.getpid()}"
    if not path.exists():
        draft.write_text(get_random_secret_key(), encoding="ascii")
        draft.chmod(0o600)
        try:
            os.link(draft, path)  # atomic: never an empty or half-written key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
