"""One file of the Hugging Face hub, through its own client, which resumes, retries and knows the user's token."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256

from .transfer import NotPublishedError, Progress

if TYPE_CHECKING:
    from .published import Hub

COMING = ".hub"
"""The folder beside a file where the client keeps what has come of it."""


def fetch_from_hub(source: Hub, path: Path, sha256: str | None, progress: Progress, endpoint: str | None = None) -> str:
    """Fetches a file to ``path`` and returns its SHA-256.

    Args:
        source: repository, file and revision.
        path: where it shall lie; nothing is there before it is whole and checked.
        sha256: that it must have.
        progress: told how it comes along.
        endpoint: another address of the hub.

    Raises:
        NotPublishedError: no such repository, revision or file.
        UserError: it cannot be had, or is not what was expected.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    coming = path.parent / COMING
    try:
        came = Path(
            hf_hub_download(
                source.repository,
                source.file,
                revision=source.revision,
                local_dir=coming,
                endpoint=endpoint,
                tqdm_class=_told(progress),
            )
        )
    except GatedRepoError as error:
        raise UserError(f"{source} is given only to users who accepted its terms there: do so, and log in.") from error
    except LocalEntryNotFoundError as error:
        raise UserError(f"{source} cannot be reached: the same command tries again.") from error
    except (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError) as error:
        raise NotPublishedError(f"{source} does not exist at revision {source.revision}.") from error
    except Exception as error:  # the client raises errors of several libraries, and a user needs one sentence
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise UserError(f"{path.parent} is full: make room, and the same command goes on from there.") from error
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UserError(f"{source} cannot be had ({reason}): the same command goes on from there.") from error
    digest = compute_sha256(came)
    if sha256 and digest != sha256:
        came.unlink()
        raise UserError(
            f"{source} arrived with SHA-256 {digest}, {sha256} was expected: it was damaged on its way or replaced by "
            f"its publisher, and has been removed; the same command tries again."
        )
    came.replace(path)
    shutil.rmtree(coming, ignore_errors=True)
    return digest


def _told(progress: Progress) -> Any:  # noqa: ANN401
    """The client's progress bar, as a class that draws nothing and tells ``progress``."""
    from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

    class Told(tqdm):  # type: ignore[misc, unused-ignore]
        def __init__(self, **options: Any) -> None:  # noqa: ANN401
            self._here, self._all = options.get("initial", 0), options.get("total")
            super().__init__(**options | {"disable": True})

        def update(self, n: float | None = 1) -> None:
            self._here += int(n or 0)
            progress(self._here, self._all)

    return Told
