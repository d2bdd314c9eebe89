"""Faults injected into the index: after each it is the old or the new one, whole, or refused in a sentence.

``python tests/faults`` injects them all; here are some of each kind.
"""

import gc
import json
import os
import sqlite3
import sys
import weakref
from pathlib import Path

import pytest
from fakes import LetterEmbedder
from faults import damage, full, kills, operations, power, surroundings
from faults.crowd import crowd
from faults.table import Fault, table
from faults.world import World, tags, version_of

from assistant import Assistant, Settings
from assistant.errors import AssistantError, IndexDamaged
from assistant.status import describe
from assistant.store import RECORDS, file_sha256

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults are injected by Linux's means")
as_root = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may")


def check(*faults: Fault, at_least: int = 1) -> None:
    assert not [line for fault in faults for line in fault.wrong], table(list(faults))
    assert sum(fault.times for fault in faults) >= at_least


def test_a_killed_build_leaves_the_old_or_the_new_index(tmp_path: Path) -> None:
    check(kills.killed(tmp_path, 8), kills.killed(tmp_path, 2, workers=True), at_least=10)


def test_a_power_cut_after_any_operation_leaves_the_old_or_the_new_index(tmp_path: Path) -> None:
    check(power.power_cuts(tmp_path, 3), at_least=150)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_model_of_power_cuts_finds_a_missing_sync(tmp_path: Path, kind: str) -> None:
    assert power.power_cuts(tmp_path, 3, leave_out=kind).wrong


def test_an_operation_that_fails_is_told_and_harms_nothing(tmp_path: Path) -> None:
    check(*operations.failing(tmp_path, operations.ERRORS[:2]), at_least=100)


@as_root
def test_a_full_disk_is_told_and_harms_nothing() -> None:
    check(full.full_disk(4), at_least=20)


def test_damage_is_refused_and_healed_by_a_build(tmp_path: Path) -> None:
    check(damage.damaged(tmp_path, 12), damage.healed(tmp_path, 2), damage.foreign(tmp_path), at_least=200)


def test_forged_data_crash_nothing(tmp_path: Path) -> None:
    check(damage.forged(tmp_path, 60), at_least=60)


@as_root
def test_without_rights_it_is_told(tmp_path: Path) -> None:
    check(surroundings.read_only(), surroundings.no_rights())


def test_clocks_other_builds_and_parsers_harm_nothing(tmp_path: Path) -> None:
    check(
        surroundings.clock(tmp_path), surroundings.two_builds(tmp_path, 1), surroundings.readers_of_documents(tmp_path)
    )


def test_two_builders_and_ten_readers(tmp_path: Path) -> None:
    seen = crowd(tmp_path / "crowd", 8, 4)
    assert not seen.wrong, seen
    assert seen.handles == 0 and seen.folders == 2 and seen.bytes[1] < 1.1 * seen.bytes[0]
    assert seen.taken_up > 1 and seen.reads > 100


def opened(world: World) -> Assistant:
    return Assistant.open(world.index, embedder=LetterEmbedder(), settings=Settings(rerank=False))


def test_a_call_ends_with_the_generation_it_began_with(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.build("1")
    with opened(world) as bot, bot._using() as held:
        for version in "234":
            world.build(version)
        assert tags([hit.text for hit in bot.retrieve("Where is the bridge?")]) == {"4"}
        assert tags(list(held.index.titles().values())) == {"1"}
        assert tags([held.index.document("land.md").text]) == {"1"}


def test_a_damaged_newer_index_is_not_taken_up_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path)
    world.build("1")
    with opened(world) as bot:
        world.build("2")
        (sorted((world.index / "generations").iterdir())[-1] / "vectors.faiss").write_bytes(b"")
        assert tags([hit.text for hit in bot.retrieve("Where is the bridge?")]) == {"1"}
        assert "older index (generation 1)" in bot.notice and "assistant build" in bot.notice
        assert bot.notice in caplog.text
        with pytest.raises(IndexDamaged):
            bot.reload()
        world.build("3")
        assert tags([hit.text for hit in bot.retrieve("Where is the bridge?")]) == {"3"}
        assert bot.notice == ""


def test_an_old_generation_leaves_memory_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.build("1")
    with opened(world) as bot:
        bot.ask("Where is the brigde of village 2?")
        old = weakref.ref(bot._snapshot)
        gc.disable()
        try:
            world.build("2")
            bot.ask("Where is the bridge of village 2?")
            assert old() is None
        finally:
            gc.enable()


def test_an_index_is_closed_when_its_last_call_has_ended(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.build("1")
    bot = opened(world)
    with bot._using() as held:
        bot.close()
        assert len(held.index.titles()) == 4
    with pytest.raises(AssistantError, match="open it again"):
        bot.retrieve("Where is the bridge?")
    with pytest.raises(IndexDamaged, match="closed"):
        held.index.document("land.md")


def test_status_check_finds_words_out_of_step_with_the_chunks(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.build("1")
    folder = sorted((world.index / "generations").iterdir())[-1]
    for statement in (
        "UPDATE chunks SET text = 'other' WHERE number = 1",
        "DELETE FROM words WHERE rowid = 2",
        "UPDATE words SET body = 'other' WHERE rowid = 2",
        "UPDATE chunks SET number = 99 WHERE number = 0",
        "DELETE FROM documents WHERE id = 'land.md'",
    ):
        good = (folder / RECORDS).read_bytes()
        with sqlite3.connect(folder / RECORDS) as records:
            records.execute(statement)
        records.close()
        _put_sums_right(world, folder)
        with pytest.raises(IndexDamaged, match="not sound"):
            describe(world.corpus, world.index, check=True)
        (folder / RECORDS).write_bytes(good)
        _put_sums_right(world, folder)
    assert describe(world.corpus, world.index, check=True)["sound"] and version_of(world.index) == "1"


def _put_sums_right(world: World, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    records = folder / RECORDS
    manifest["files"][RECORDS] = {"bytes": records.stat().st_size, "sha256": file_sha256(records)}
    damage.forge(world, folder / "manifest.json", json.dumps(manifest).encode())
