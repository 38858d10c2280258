"""Uploaded files: taken over to disk, and out of the server's memory.

Streamlit keeps every upload in memory, 500 MB and all, until its browser session is over, which is
half an hour after the tab was closed. So whoever takes an upload lets go of that copy here:

    with taking(upload):
        copy_upload(upload, folder / "upload")
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gym.server.memory import give_memory_back

_CHUNK_BYTES = 2**20


@contextmanager
def taking(*uploads: UploadedFile) -> Iterator[None]:
    """Let go of uploads in memory when the block is over, whatever happens in it.

    They cannot be read again.
    """
    try:
        yield
    finally:
        for upload in uploads:
            if context := get_script_run_ctx():
                context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
            upload.close()
        give_memory_back()


def copy_upload(upload: UploadedFile, to: Path) -> None:
    """Copy an uploaded file to disk, in pieces; its folder is made where it is missing.

    Raises
    ------
    OSError
        It cannot be written; nothing of it is left.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        with to.open("wb") as copy:
            shutil.copyfileobj(upload, copy, _CHUNK_BYTES)
    except OSError:
        to.unlink(missing_ok=True)
        raise


def drop_left_uploads() -> None:
    """Let go of what was uploaded by pages that were closed before they could take it."""
    runtime = Runtime.instance()
    for session_id in list(runtime.uploaded_file_mgr.file_storage):
        if not runtime.is_active_session(session_id):
            runtime.uploaded_file_mgr.remove_session_files(session_id)
