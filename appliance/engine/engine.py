"""The engine's loop: commands, one block from the kernel, one block to the card; and what it reports of itself."""

import dataclasses
import time
from pathlib import Path

import numpy as np

from appliance.engine.card import Card, OpenCard
from appliance.engine.link import Link
from appliance.engine.watchdog import Watchdog
from appliance.errors import InterfaceError
from appliance.kernel import FadeCurve, Kernel, Player, Refusal, SampleFormat, Segment, kernel_for_rig
from appliance.kernel.player import SLOTS, block_buffer
from appliance.messages import (
    Answer,
    AnyCommand,
    Bus,
    Cancel,
    Cut,
    Faults,
    Load,
    Quit,
    Schedule,
    Scheduled,
    SetEarsEqualised,
    SetEq,
    SetGains,
    SetGuard,
    SetStemEq,
    SetTrim,
    Slot,
    Status,
    Subscribe,
    Unload,
)
from appliance.settings import Rig
from appliance.units import db_from_gain

STATUS_INTERVAL_S = 0.05
REOPEN_INTERVAL_S = 0.25
STOP_FADE_S = 0.05
"""Of what still sounds when the engine is ended."""

REFUSALS = {
    Refusal.OK: "",
    Refusal.BAD_ARGUMENT: "A number in this command is out of range.",
    Refusal.SLOT_BUSY: "That song is still playing or loading.",
    Refusal.NOT_LOADED: "No song is loaded there.",
    Refusal.SCHEDULE_FULL: "The schedule is full.",
    Refusal.UNSTABLE_FILTER: "This cannot be set: the filter is not stable.",
}


class Engine:
    """Owns kernel, player and card. ``run`` is the audio thread; nothing else of Python runs in the process."""

    def __init__(self, rig: Rig, open_card: OpenCard, link: Link | None = None) -> None:
        """Opens the card if it is there; without one the songs' clock runs on in silence until it comes."""
        self.rig = rig
        self.link = link
        self._open_card = open_card
        self._card: Card | None = None
        self._trouble = ""
        self._underruns = self._lost = self._unplugged = self._refused = 0
        self._stopping = False
        self._realtime = False
        self._paths = [""] * SLOTS
        self._next_status = 0.0
        self._worst_render_ns = 0
        self._watchdog = Watchdog()
        self.kernel: Kernel = kernel_for_rig(rig, SampleFormat.S32_LE, rig.outputs)
        self.player = Player(self.kernel)
        self._block_frames = rig.block_frames
        self._absent_since = self._last_try = time.monotonic()
        self._try_to_open()

    def run(self, realtime: bool = False) -> None:
        """Until Quit or ``stop``. ``realtime`` tells whether the system granted it, for the status."""
        self._realtime = realtime
        self._watchdog.ready()
        while not self._stopping:
            self.step()
        self._fade_out()

    def stop(self) -> None:
        """End ``run`` after the block in work; for signal handlers."""
        self._stopping = True

    def _fade_out(self) -> None:
        """Silence reaches the outputs before the card is let go: a wave cut off is a bang in the PA."""
        if not (self._card and self.player.status().playing):
            return
        fade = round(STOP_FADE_S * self.rig.rate_hz)
        self.player.cut(0, fade)
        frames = fade + self.kernel.latency_frames + self._card.blocks * self._block_frames
        for _ in range(-(-frames // self._block_frames)):
            if self._card:
                self._play_block(self._card)

    def close(self) -> None:
        self.player.close()
        if self._card:
            self._card.close()
        if self.link:
            self.link.close()

    @property
    def trouble(self) -> str:
        """A sentence while something is wrong with the card, else empty."""
        return self._trouble

    def step(self) -> None:
        """One block."""
        if self.link:
            for command, sender in self.link.receive():
                self.link.answer(sender, Answer(command.id, self.obey(command, sender)))
        if self._card:
            self._play_block(self._card)
        else:
            self._live_without_card()
        self._watchdog.alive()
        now = time.monotonic()
        if self.link and now >= self._next_status:
            self._next_status = now + STATUS_INTERVAL_S
            self.link.publish(self.status())
            self._worst_render_ns = 0

    def _play_block(self, card: Card) -> None:
        before = time.perf_counter_ns()
        self.player.render_into(self._pointer, self._block_frames)
        spent = time.perf_counter_ns() - before
        self._worst_render_ns = max(self._worst_render_ns, spent)
        try:
            lost = card.write(self._block)
        except InterfaceError as error:
            self._trouble = str(error)
            self._unplugged += 1
            self._card = None
            self._absent_since = self._last_try = time.monotonic()
            card.close()
            return
        if lost:
            self._underruns += 1
            self._lost += lost
            self.player.skip(lost)

    def _try_to_open(self) -> None:
        try:
            card = self._open_card(self.rig)
        except InterfaceError as error:
            self._trouble = str(error)
            return
        self._card, self._trouble = card, ""
        self.kernel.set_interface(card.outputs, card.sample_format)
        self._block_frames = card.block_frames
        self._pointer, self._block = block_buffer(card.block_frames * self.kernel.frame_bytes)

    def _live_without_card(self) -> None:
        """The songs' clock keeps real time, and the card is looked for."""
        time.sleep(self._block_frames / self.rig.rate_hz)
        now = time.monotonic()
        passed = round((now - self._absent_since) * self.rig.rate_hz)
        self._absent_since += passed / self.rig.rate_hz
        self.player.skip(passed)
        if now - self._last_try >= REOPEN_INTERVAL_S:
            self._last_try = now
            self._try_to_open()

    def obey(self, command: AnyCommand, sender: bytes | str = b"") -> str:
        """Carry out a command; returns the sentence of a refusal, or nothing."""
        try:
            refusal = self._obey(command, sender)
        except OverflowError:  # a number that C cannot hold
            refusal = REFUSALS[Refusal.BAD_ARGUMENT]
        self._refused += bool(refusal)
        return refusal

    def _obey(self, command: AnyCommand, sender: bytes | str) -> str:  # one line for each command
        player = self.player
        match command:
            case Load():
                return REFUSALS[self._load(command)]
            case Unload(slot=slot):
                return REFUSALS[player.unload(slot)] if 0 <= slot < SLOTS else REFUSALS[Refusal.BAD_ARGUMENT]
            case Schedule() | Cut():
                return REFUSALS[self._schedule(command)]
            case Cancel(segment=segment):
                player.cancel(segment)
            case Subscribe() if self.link:
                return self.link.subscribe(sender, command)
            case Quit():
                self._stopping = True
            case SetGains() | SetStemEq() | SetEarsEqualised() | SetTrim() | SetEq() | SetGuard():
                return self._set(command)
        return ""

    def _load(self, c: Load) -> Refusal:
        if not 0 <= c.slot < SLOTS:
            return Refusal.BAD_ARGUMENT
        refusal = self.player.load(c.slot, Path(c.path))
        if refusal is Refusal.OK:
            self._paths[c.slot] = c.path
        return refusal

    def _schedule(self, c: Schedule | Cut) -> Refusal:
        if isinstance(c, Cut):
            return self.player.cut(max(0, c.at), max(0, c.fade_frames))
        if min(c.at, c.song_frame, c.frames, c.fade_in, c.fade_out, c.slot, c.segment) < 0:
            return Refusal.BAD_ARGUMENT
        curve = FadeCurve.EQUAL_POWER if c.equal_power else FadeCurve.SMOOTH
        segment = Segment(c.segment, c.slot, c.at, c.song_frame, c.frames, c.fade_in, c.fade_out, curve)
        return self.player.schedule(segment)

    def _set(self, command: SetGains | SetStemEq | SetEarsEqualised | SetTrim | SetEq | SetGuard) -> str:
        try:
            match command:
                case SetGains(slot=slot, gains=raw, ramp_frames=ramp):
                    gains = np.frombuffer(raw, dtype="<f4").reshape(-1, self.kernel.bus_channels)
                    return REFUSALS[self.player.set_gains(slot, gains, ramp)]
                case SetStemEq(slot=slot, channel=channel, sections=raw, glide_frames=glide):
                    rows = np.frombuffer(raw, dtype="<f8").reshape(-1, 5)
                    return REFUSALS[self.player.set_stem_eq(slot, channel, rows, glide)]
                case SetEarsEqualised(slot=slot, on=on):
                    return REFUSALS[self.player.set_ears_equalised(slot, on)]
                case SetTrim(bus=bus, trim_db=trim_db, ramp_frames=ramp):
                    self.kernel.set_trim_db(bus, trim_db, ramp)
                case SetEq(bus=bus, sections=raw, glide_frames=glide):
                    self.kernel.set_sections(bus, np.frombuffer(raw, dtype="<f8").reshape(-1, 5), glide)
                case SetGuard(bus=bus, rms_dbfs=rms_dbfs):
                    self.kernel.set_guard_dbfs(bus, rms_dbfs)
        except (ValueError, OverflowError) as error:
            return f"This cannot be set: {error}."
        return ""

    def status(self) -> Status:
        played, meters = self.player.status(), self.kernel.meters()
        slots = []
        for number, path in enumerate(self._paths):
            s = self.player.slot_status(number)
            slots.append(Slot(s.state, s.fault, s.frames, s.loaded_bytes, s.data_bytes, s.unlocked, path))
        return Status(
            clock=played.clock,
            rate_hz=self.rig.rate_hz,
            latency_frames=self.kernel.latency_frames,
            playing=played.playing,
            segment=played.id,
            slot=played.slot,
            song_frame=played.song_frame,
            segments=played.segments,
            card=self._card.name if self._card else "",
            trouble=self._trouble,
            slots=tuple(slots),
            buses=tuple(
                Bus(
                    db_from_gain(b.sample_peak),
                    db_from_gain(b.true_peak),
                    db_from_gain(b.mean_square**0.5),
                    b.momentary_lufs,
                    b.short_term_lufs,
                    -db_from_gain(b.gain),
                )
                for b in meters.buses
            ),
            faults=Faults(
                self._underruns,
                self._lost,
                played.late_frames,
                meters.not_finite,
                meters.fused,
                self._refused + (self.link.malformed if self.link else 0),
                self._unplugged,
            ),
            worst_render_us=self._worst_render_ns // 1000,
            realtime=self._realtime,
            schedule=tuple(Scheduled(*dataclasses.astuple(each)) for each in self.player.scheduled()),
        )
