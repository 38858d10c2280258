"""The server as `make run` starts it, beside files that have nothing to do with it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import ROOT, find_server, serve

FILES = 10_000  # three events each; a Linux kernel keeps 16,384 for a watcher


def test_files_that_change_beside_it_are_not_its_concern(open_page, tmp_path: Path) -> None:
    """As when something is installed into `.venv`, which lies beside the app."""
    project = tmp_path / "project"
    for name in (".streamlit", "gym", "models", "pages"):
        shutil.copytree(ROOT / name, project / name)
    shutil.copy(ROOT / "app.py", project)
    (project / ".venv").mkdir()
    with serve(project / "app.py", tmp_path) as url:
        expect(open_page(url).get_by_role("link", name="Live", exact=True)).to_be_visible()
        log = tmp_path / "server.log"
        before = log.read_text()
        server = find_server(url)
        server.suspend()  # as slow as a busy machine may make it
        for number in range(FILES):
            (project / ".venv" / f"{number}.py").touch()
        server.resume()
        time.sleep(2.0)  # a watcher would have told of it by now
        assert log.read_text() == before
