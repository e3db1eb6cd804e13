"""A home is made by one, whole, and its keys outlast a loss of power."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hub.edges.home import HomeError, create, open_home

PEOPLE = ["GMP"], ["HOUS"]


def keys(path):
    return {file.name: file.read_bytes() for file in (path / "keys").iterdir()}


def test_of_two_who_make_a_home_at_once_one_does(tmp_path):
    def make(path):
        try:
            create(path, *PEOPLE)
        except HomeError as there:
            return str(there)
        return keys(path)

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            path = tmp_path / str(number)
            made = [one for one in pool.map(make, [path] * 4) if not isinstance(one, str)]
            assert made == [keys(path)]


def test_a_home_is_none_before_its_keys_are_on_disk(tmp_path, monkeypatch):
    synced, fsync = set(), os.fsync

    def watched(file):
        synced.add(Path(os.readlink(f"/proc/self/fd/{file}")).name)
        assert not (tmp_path / "home" / "home.json").exists() or synced >= set(keys(tmp_path / "home"))
        fsync(file)

    monkeypatch.setattr(os, "fsync", watched)
    create(tmp_path / "home", *PEOPLE)

    assert {"keys", "home", "home.json.part"} <= synced
    assert open_home(tmp_path / "home").agencies == ("GMP",)
