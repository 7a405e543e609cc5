"""The prepared format, against its document: an independent reader, and damage of every kind."""

import hashlib
import json
import random
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.errors import PreparedSongError
from appliance.songs.model import Role, Side
from appliance.songs.prepared import Metadata, PreparedSection, PreparedStem, Source, read_header, verify
from appliance.songs.prepared_writer import write_prepared


def independent_read(path: Path) -> tuple[int, list[int], dict, NDArray[np.int32]]:
    """rate, role codes, metadata, audio (frames, channels): written from docs/prepared-song.md alone."""
    raw = path.read_bytes()
    assert raw[:8] == b"SIDESTG1"
    version, header_bytes, rate, channels = struct.unpack_from("<4I", raw, 8)
    frames, data_bytes = struct.unpack_from("<2Q", raw, 24)
    chunk, count, meta_at, meta_size, sums_at, header_crc = struct.unpack_from("<6I", raw, 40)
    assert (version, header_bytes % 4096, chunk, meta_at) == (1, 0, 1048576, 256)
    assert data_bytes == frames * channels * 3 == len(raw) - header_bytes
    assert count == (data_bytes + chunk - 1) // chunk
    assert sums_at == (256 + meta_size + 3) // 4 * 4
    header = raw[:header_bytes]
    assert zlib.crc32(header[:60] + b"\0\0\0\0" + header[64:]) == header_crc
    data = raw[header_bytes:]
    assert hashlib.sha256(data).digest() == header[64:96]
    assert not any(header[160:256])
    assert not any(header[sums_at + 4 * count :])
    for number in range(count):
        (expected,) = struct.unpack_from("<I", header, sums_at + 4 * number)
        assert zlib.crc32(data[number * chunk : (number + 1) * chunk]) == expected
    roles = list(header[96:160])
    assert not any(roles[channels:])
    metadata = json.loads(header[256 : 256 + meta_size].decode("utf-8"))
    triples = np.frombuffer(data, np.uint8).reshape(frames, channels, 3).astype(np.int32)
    values = triples[..., 0] | triples[..., 1] << 8 | triples[..., 2] << 16
    return rate, roles[:channels], metadata, np.where(values >= 1 << 23, values - (1 << 24), values)


def metadata_for(roles: list[Role], **more: object) -> Metadata:
    stems = [PreparedStem(name=f"Stem {n}", role=role, channels=[n]) for n, role in enumerate(roles)]
    return Metadata(title="Été", stems=stems, sources=[Source(file="a.wav", sha256="0" * 64)], **more)


def small_song(path: Path, frames: int = 100) -> NDArray[np.int32]:
    audio = np.random.default_rng(3).integers(-(1 << 23), 1 << 23, (frames, 2)).astype(np.int32)
    write_prepared(path, 48_000, frames, metadata_for([Role.TRACK, Role.CLICK]), [audio])
    return audio


@settings(max_examples=40, deadline=None)
@given(
    roles=st.lists(st.sampled_from(Role), min_size=1, max_size=64),
    sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    rate=st.sampled_from([44_100, 48_000, 88_200, 96_000, 176_400, 192_000]),
    seed=st.integers(0, 1000),
)
def test_an_independent_reader_finds_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, roles: list[Role], sizes: list[int], rate: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("song") / "prepared.song"
    draw = np.random.default_rng(seed)
    blocks = [draw.integers(-(1 << 23), 1 << 23, (size, len(roles))).astype(np.int32) for size in sizes]
    sections = [PreparedSection(name="verse", start_frame=sum(sizes) - 1)]
    write_prepared(path, rate, sum(sizes), metadata_for(roles, sections=sections), blocks)
    read_rate, codes, metadata, audio = independent_read(path)
    assert read_rate == rate
    assert codes == [{"track": 1, "click": 2, "guide": 3, "timecode": 4}[role] for role in roles]
    assert metadata["title"] == "Été"
    assert [stem["channels"] for stem in metadata["stems"]] == [[n] for n in range(len(roles))]
    assert metadata["sections"] == [{"name": "verse", "start_frame": sum(sizes) - 1}]
    np.testing.assert_array_equal(audio, np.concatenate(blocks))
    song = verify(path)
    assert (song.rate_hz, song.roles, song.frames) == (rate, tuple(roles), sum(sizes))


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "prepared.song"
    small_song(path)
    whole = bytearray(path.read_bytes())
    verify(path)
    draw = random.Random(1)
    with path.open("r+b", buffering=0) as file:
        for place, value in enumerate(whole):
            file.seek(place)
            file.write(bytes([value ^ (1 << draw.randrange(8))]))
            with pytest.raises(PreparedSongError):
                verify(path)
            file.seek(place)
            file.write(bytes([value]))
    verify(path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_run_of_rubbish_anywhere_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("song") / "prepared.song"
    small_song(path, frames=3000)
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    rubbish = data.draw(st.binary(min_size=1, max_size=5000))
    damaged = whole[:start] + rubbish + whole[start + len(rubbish) :]
    path.write_bytes(damaged)
    if damaged == whole:
        verify(path)
    else:
        with pytest.raises(PreparedSongError):
            verify(path)


def test_cut_and_extended_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "prepared.song"
    small_song(path)
    whole = path.read_bytes()
    for size in (0, 7, 8, 100, 255, 256, 4095, 4096, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(PreparedSongError) as caught:
            read_header(path)
        assert "not a prepared song" in caught.value.sentence or "cut short" in caught.value.sentence
    path.write_bytes(whole + b"\0")
    with pytest.raises(PreparedSongError, match="longer than it should be"):
        read_header(path)


def test_damage_is_named_by_chunk_and_time(tmp_path: Path) -> None:
    path = tmp_path / "prepared.song"
    frames = 5 * 48_000 * 2
    audio = np.zeros((frames, 2), np.int32)
    write_prepared(path, 48_000, frames, metadata_for([Role.TRACK, Role.CLICK]), [audio])
    header = read_header(path).header_bytes
    with path.open("r+b") as file:
        file.seek(header + 2 * (1 << 20) + 17)
        file.write(b"\x01")
    seen = []
    with pytest.raises(PreparedSongError, match=r"chunk 3 of 3, at 0:07"):
        verify(path, lambda done, total: seen.append((done, total)))
    assert seen == [(1 << 20, frames * 6), (2 << 20, frames * 6)]


def test_audio_that_was_exchanged_with_its_checksums_is_found(tmp_path: Path) -> None:
    path = tmp_path / "prepared.song"
    small_song(path)
    raw = bytearray(path.read_bytes())
    raw[4096] ^= 1
    (sums_at,) = struct.unpack_from("<I", raw, 56)
    struct.pack_into("<I", raw, sums_at, zlib.crc32(raw[4096:]))
    struct.pack_into("<I", raw, 60, 0)
    struct.pack_into("<I", raw, 60, zlib.crc32(raw[:4096]))
    path.write_bytes(raw)
    read_header(path)
    with pytest.raises(PreparedSongError, match="SHA-256"):
        verify(path)


FIELDS = {
    "version": (8, "<I", 2),
    "no header": (12, "<I", 0),
    "odd header": (12, "<I", 4097),
    "huge header": (12, "<I", 0xFFFFF000),
    "rate": (16, "<I", 47_999),
    "no channels": (20, "<I", 0),
    "65 channels": (20, "<I", 65),
    "no frames": (24, "<Q", 0),
    "huge frames": (24, "<Q", 2**64 - 1),
    "huge data": (32, "<Q", 2**63),
    "chunk size": (40, "<I", 1),
    "chunk count": (44, "<I", 0xFFFFFFFF),
    "metadata elsewhere": (48, "<I", 260),
    "metadata beyond": (52, "<I", 0xFFFFFFF0),
    "checksums elsewhere": (56, "<I", 256),
    "no role": (96, "<B", 0),
    "unknown role": (96, "<B", 5),
    "another role": (97, "<B", 1),
    "role beyond": (98, "<B", 1),
    "reserved": (200, "<B", 1),
}


@pytest.mark.parametrize("name", FIELDS)
def test_senseless_fields_are_refused_though_the_checksum_is_right(tmp_path: Path, name: str) -> None:
    path = tmp_path / "prepared.song"
    small_song(path)
    raw = bytearray(path.read_bytes())
    offset, kind, value = FIELDS[name]
    struct.pack_into(kind, raw, offset, value)
    size = min(struct.unpack_from("<I", raw, 12)[0], len(raw))
    struct.pack_into("<I", raw, 60, 0)
    struct.pack_into("<I", raw, 60, zlib.crc32(raw[:size]))
    path.write_bytes(raw)
    tracemalloc.start()
    try:
        with pytest.raises(PreparedSongError):
            verify(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("channels", "side"), [([0, 1], Side.LEFT), ([0, 1, 2], None)])
def test_a_stem_with_more_channels_than_it_can_have_is_refused(
    tmp_path: Path, channels: list[int], side: Side | None
) -> None:
    path = tmp_path / "prepared.song"
    stem = PreparedStem(name="Keys", role=Role.TRACK, channels=channels, side=side)
    write_prepared(path, 48_000, 10, Metadata(title="x", stems=[stem]), [np.zeros((10, len(channels)), np.int32)])
    with pytest.raises(PreparedSongError, match="more channels than it can"):
        read_header(path)


def test_a_writer_that_is_given_something_else_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "prepared.song"
    block = np.zeros((10, 2), np.int32)
    metadata = metadata_for([Role.TRACK, Role.CLICK])
    for blocks in ([block], [block, block, block], [block, np.zeros((10, 3), np.int32)], [block, block + (1 << 23)]):
        with pytest.raises(PreparedSongError):
            write_prepared(path, 48_000, 20, metadata, blocks)
        assert list(tmp_path.iterdir()) == []
    write_prepared(path, 48_000, 20, metadata, [block, block])
    assert verify(path).frames == 20
