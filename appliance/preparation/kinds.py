"""Which files are audio, which are something else that bands keep beside it, and which are droppings."""

from pathlib import Path

from appliance.songs.library import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SOUNDFILE_SUFFIXES = _words(".wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .mp2 .caf .au .snd")
FFMPEG_DEMUXERS = {".m4a": "mov", ".mp4": "mov", ".m4b": "mov", ".alac": "mov", ".aac": "aac", ".wma": "asf"}
"""ffmpeg is told what the file is and does not guess: among its guesses are playlists that open other files."""
AUDIO_SUFFIXES = SOUNDFILE_SUFFIXES | FFMPEG_DEMUXERS.keys()
ARCHIVE_SUFFIXES = frozenset({".zip"})

QUIET_SUFFIXES = _words("""
    .txt .md .rtf .pdf .doc .docx .odt .pages .xls .xlsx .ods .numbers .csv .json .xml .yaml .yml .toml .ini .cfg
    .log .html .htm .url .webloc .lnk .jpg .jpeg .png .gif .bmp .tif .tiff .heic .webp .svg .psd .ai .mov .avi .mkv
    .m4v .mpg .mid .midi .kar .rmi .syx .mxl .musicxml .mscz .sib .gp .gp3 .gp4 .gp5 .gpx .pro .cho .chordpro
    .onsong .mma .als .alc .asd .logicx .logic .cpr .bak .npr .ptx .ptf .pts .rpp .rpp-bak .reapeaks .song .flp
    .band .reason .rns .aup .aup3 .cwp .bwproject .ardour .dawproject .aaf .omf .sesx .pkf .peak .pk .ovw .gpk .sfk
    .wfm .nki .fxp .fxb .vstpreset .m3u .m3u8 .pls .cue .lrc .srt .sfv .md5 .sha256 .torrent .exe .dmg .pkg .db .dat
    .dll .app .sh .bat .py .rar .7z .tar .gz
""")
"""Of no interest to an import, and no reason to trouble anybody: lyrics, charts, project files and their caches."""

PACKAGES = _words(".logicx .band .app .bundle .reaper .lrpackage")
"""Folders that macOS shows as one file: a project's own audio is not a delivery."""

DROPPINGS = _words("""
    thumbs.db ehthumbs.db desktop.ini .ds_store __macosx .trashes .trash .spotlight-v100 .fseventsd .temporaryitems
    .apdisk .volumeicon.icns autorun.inf $recycle.bin recycler found.000 lost.dir lost+found .android_secure
    .documentrevisions-v100
""") | {"system volume information"}
"""What macOS, Windows and Android leave on every stick."""

MAGIC = (
    (b"RIFF", 0),
    (b"RF64", 0),
    (b"FORM", 0),
    (b"fLaC", 0),
    (b"OggS", 0),
    (b"ID3", 0),
    (b"caff", 0),
    (b"ftypM4A", 4),
)
"""How audio files begin whose name does not say what they are."""


def is_dropping(name: str) -> bool:
    """Whether a file or folder of this name is to be passed over in silence: droppings and everything hidden."""
    return name.startswith((".", "~$")) or fold(name) in DROPPINGS or Path(name).suffix.lower() in PACKAGES


def looks_like_audio(path: Path) -> bool:
    """Whether a file whose suffix says nothing begins like an audio file."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    return any(start[offset:].startswith(magic) for magic, offset in MAGIC)
