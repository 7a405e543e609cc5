"""What each command does in each state; docs/transport.md is made of this."""

from typing import Any

from appliance.conductor.model import Outcome, Reload, Section, State
from appliance.conductor.transport import NO_ENGINE, Transport
from appliance.control.commands import (
    Clear,
    ClickOnly,
    Command,
    FadeOut,
    Go,
    Goto,
    GotoSection,
    Next,
    Panic,
    Pause,
    Play,
    Previous,
    Rejoin,
    Restart,
    Stop,
)
from appliance.songs.library import fold

NOTHING_PLAYS = "Nothing is playing."
NO_SKIP = "A song is playing. Stop it first; or allow_skip_while_playing in rig.toml lets you skip."


def obey(transport: Transport, command: Command) -> Outcome:
    """The state that a command leads to, and what is to be done; or its refusal."""
    outcome: Outcome = RULES[type(command)](transport, command)
    return outcome


def refused(sentence: str) -> Outcome:
    return Outcome(False, sentence)


def done(t: Transport, *effects: Any) -> Outcome:
    return Outcome(True, t.sentence, effects)


def play(t: Transport, _: Play) -> Outcome:
    if t.state in {State.EMPTY, State.FAULTED}:
        return refused(t.sentence)
    if t.state is State.PLAYING:
        return refused(f"{_title(t)} is playing already.")
    if t.view.trouble:
        return refused(t.view.trouble)
    if t.state is State.FADING and t.timeline.quiet_at - t.timeline.clock > t.limits.stop_fade + t.limits.lead:
        return done(t, t.timeline.cut(t.limits.stop_fade), *t.begin())
    return done(t, *t.begin())


def go(t: Transport, _: Go) -> Outcome:
    return next_(t, Next()) if t.state is State.PLAYING else play(t, Play())


def stop(t: Transport, _: Stop) -> Outcome:
    return _stop(t, t.limits.stop_fade)


def fade_out(t: Transport, command: FadeOut) -> Outcome:
    if t.state is State.FADING:
        return refused("It is fading out already.")
    return _stop(t, t.frames(command.seconds))


def _stop(t: Transport, fade: int) -> Outcome:
    match t.state:
        case State.PLAYING:
            cut = t.timeline.cut(fade)
            t.settle(t.place)
            return done(t, cut)
        case State.FADING:
            t.wanted = False
            longer = t.timeline.quiet_at - t.timeline.clock > fade + t.limits.lead
            return done(t, t.timeline.cut(fade)) if longer else done(t)
        case State.PAUSED:
            t.settle(t.place)
            return done(t)
        case State.CUEING if t.wanted:
            t.wanted = False
            return done(t)
    return refused(NOTHING_PLAYS)


def pause(t: Transport, _: Pause) -> Outcome:
    if t.state is State.PAUSED:
        return refused("It is paused already. Play goes on.")
    position = t.timeline.position()
    if t.state is not State.PLAYING or position is None:
        return refused(NOTHING_PLAYS)
    cut = t.timeline.cut(t.limits.stop_fade)
    t.settle(t.place, position)
    t.state = State.PAUSED
    return done(t, cut)


def next_(t: Transport, _: Next) -> Outcome:
    if t.item is None:
        return refused(t.sentence)
    if t.place + 1 >= len(t.items):
        return refused(f"{_title(t)} is the last song.")
    return _move(t, t.place + 1)


def previous(t: Transport, _: Previous) -> Outcome:
    if not t.items:
        return refused(t.sentence)
    if t.place == 0:
        return refused(f"{_title(t)} is the first song.")
    return _move(t, t.place - 1)


def goto(t: Transport, command: Goto) -> Outcome:
    places = [place for place, item in enumerate(t.items) if item.number == command.number]
    if not places:
        return refused(f"There is no song {command.number} that can be played." if t.items else t.sentence)
    return _move(t, places[0])


def _move(t: Transport, place: int) -> Outcome:
    if t.state is not State.PLAYING:
        t.settle(place)
        return done(t)
    if not t.limits.allow_skip:
        return refused(NO_SKIP)
    cut = t.timeline.cut(t.limits.stop_fade)
    t.settle(place)
    return done(t, cut, *t.begin()) if place not in t.view.failed else done(t, cut)


def restart(t: Transport, _: Restart) -> Outcome:
    match t.state:
        case State.EMPTY if t.items:
            t.settle(0)
            return done(t)
        case State.EMPTY | State.FAULTED:
            return refused(t.sentence)
        case State.PLAYING:
            cut = t.timeline.cut(t.limits.stop_fade)
            t.settle(t.place)
            return done(t, cut, *t.begin())
    t.frame = None
    t.state = t.settled()
    return done(t)


def section(t: Transport, command: GotoSection) -> Outcome:
    if t.state in {State.EMPTY, State.FAULTED}:
        return refused(t.sentence)
    found = _find_section(t, command.name)
    if found is None:
        names = list(dict.fromkeys(each.name for each in _sections(t)))
        there = f"It has {', '.join(names)}." if names else "It has no sections."
        return refused(f"{_title(t)} has no section {command.name}. {there}")
    if t.state is State.PLAYING and t.ready:
        if t.rejoin_frame is not None:
            t.rejoin_frame = found.frame
        return done(t, *t.timeline.jump(t.items, t.place, found.frame))
    t.frame = found.frame
    t.state = t.settled()
    return done(t)


def _sections(t: Transport) -> list[Section]:
    item = t.item
    return [s for s in item.sections if item.first_frame <= s.frame < item.end_frame] if item else []


def _find_section(t: Transport, name: str) -> Section | None:
    """By its name, else by a beginning that only one name has; of several alike the next that comes."""
    key, position = fold(name), t.timeline.position()
    named = [s for s in _sections(t) if fold(s.name) == key]
    if not named:
        named = [s for s in _sections(t) if key and fold(s.name).startswith(key)]
        if len({fold(s.name) for s in named}) > 1:
            return None
    later = [s for s in named if position is not None and s.frame > position]
    return next(iter(later or named), None)


def panic(t: Transport, _: Panic) -> Outcome:
    """Whatever the state is believed to be: if there is an engine, it is told."""
    if not t.view.engine:
        return Outcome(True, NO_ENGINE)
    cut = t.timeline.cut(t.limits.panic_fade)
    t.settle(t.place)
    return done(t, cut)


def click_only(t: Transport, _: ClickOnly) -> Outcome:
    if t.state is not State.PLAYING:
        return refused(NOTHING_PLAYS)
    if t.click_only and t.rejoin_frame is None:
        return refused("The tracks are silenced already.")
    tail = t.timeline.tail
    return done(t, *t.silence({t.place} | ({tail.place} if tail else set())))


def rejoin(t: Transport, _: Rejoin) -> Outcome:
    if t.state is not State.PLAYING:
        return refused(NOTHING_PLAYS)
    if not t.click_only:
        return refused("The tracks are not silenced.")
    position = t.timeline.position() or 0
    later = [s.frame for s in _sections(t) if s.frame > position]
    if later:
        t.rejoin_frame = later[0]
        return done(t)
    return done(t, t.bring_back())


def clear(t: Transport, _: Clear) -> Outcome:
    if t.state is not State.FAULTED:
        return refused("There is no fault.")
    if not t.view.engine:
        return refused(NO_ENGINE)
    return Outcome(True, f"{_title(t)} is loaded again.", (Reload(t.place),))


def _title(t: Transport) -> str:
    return t.item.title if t.item else ""


RULES: dict[type[Command], Any] = {
    Play: play,
    Go: go,
    Stop: stop,
    FadeOut: fade_out,
    Pause: pause,
    Next: next_,
    Previous: previous,
    Goto: goto,
    Restart: restart,
    GotoSection: section,
    Panic: panic,
    ClickOnly: click_only,
    Rejoin: rejoin,
    Clear: clear,
}
