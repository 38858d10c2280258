"""Tokens of files: for one visitor each, until they are forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gym.server.tokens import find_file, forget_file, forget_files, keep_file

VISITOR, STRANGER = "v" * 32, "s" * 32


def test_a_token_stands_for_a_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a clip")
    token = keep_file(path, VISITOR)
    assert len(token) >= 128 / 6
    assert keep_file(path, VISITOR) == token  # the same in the next run of the page
    other = tmp_path / "other.mp4"
    other.write_bytes(b"x")
    assert keep_file(other, VISITOR) != token
    os.utime(path, ns=(0, 10**9))  # written anew: a player must notice
    assert keep_file(path, VISITOR) != token
    with pytest.raises(FileNotFoundError):
        keep_file(tmp_path / "missing.mp4", VISITOR)
    forget_files(tmp_path)


def test_a_file_is_found_by_its_visitor_only(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a clip")
    token, nobodys = keep_file(path, VISITOR), keep_file(path, "")
    assert find_file(token, VISITOR) == path
    for token_of, visitor in ((token, STRANGER), (token, ""), (nobodys, ""), ("", VISITOR)):
        assert find_file(token_of, visitor) is None
    path.unlink()
    assert find_file(token, VISITOR) is None
    path.write_bytes(b"back again")
    assert find_file(token, VISITOR) == path
    forget_file(token)
    assert find_file(token, VISITOR) is None
    forget_files(tmp_path)


def test_the_files_of_a_folder_and_of_a_visitor_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    inside, beside = folder / "in.mp4", tmp_path / "beside.mp4"
    for path in (inside, beside):
        path.write_bytes(b"a clip")
    tokens = {
        (path, visitor): keep_file(path, visitor)
        for path in (inside, beside)
        for visitor in (VISITOR, STRANGER)
    }

    def known() -> set[tuple[Path, str]]:
        return {key for key, token in tokens.items() if find_file(token, key[1])}

    forget_files(folder)
    assert known() == {(beside, VISITOR), (beside, STRANGER)}
    forget_files(folder, VISITOR)
    assert known() == {(beside, STRANGER)}
    forget_files(tmp_path)
    assert not known()
