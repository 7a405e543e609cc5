"""Learning: the player presses what is to be bound to a command. Pure; saving goes through the settings."""

from dataclasses import dataclass

import msgspec

from appliance.controls.bindings import Bindings
from appliance.errors import SettingsError
from appliance.settings import ControlsSettings
from appliance.settings.controls import controls_complaints
from appliance.settings.triggers import Trigger, TriggerKind


@dataclass(frozen=True)
class Lesson:
    """What would be bound. The rig is as before until ``settings`` are saved as its table ``[controls]``."""

    trigger: Trigger
    command: str
    settings: ControlsSettings
    conflict: str
    """A sentence that names the command which this trigger gives now; empty if none."""
    costs: tuple[str, ...]
    """A sentence for each press that will be decided later than before."""

    @property
    def sentence(self) -> str:
        """What was learned."""
        return f'"{self.trigger}" means {self.command}.'


def learn(settings: ControlsSettings, trigger: Trigger, command: str, repeat: bool = False) -> Lesson:
    """What was pressed, bound to a command. With ``repeat`` a switch that was held is to repeat the command.

    Raises SettingsError with one sentence where the two cannot go together.
    """
    if repeat and trigger.kind is TriggerKind.LONG:
        trigger = Trigger(TriggerKind.REPEAT, trigger.switches)
    name = str(trigger)
    learned = msgspec.structs.replace(settings, bindings={**settings.bindings, name: command})
    for key, sentence in controls_complaints(learned):
        raise SettingsError(sentence, f"controls.{key}")
    before = Bindings(settings)
    now = before.command(trigger)
    conflict = f'"{name}" means {now} now; that is given up.' if now is not None and now != command else ""
    return Lesson(trigger, command, learned, conflict, tuple(_costs(before, Bindings(learned))))


def _costs(before: Bindings, after: Bindings) -> list[str]:
    sentences = []
    for press, command in after:
        if press.kind is not TriggerKind.PRESS:
            continue
        was, becomes = before.delay(press), after.delay(press)
        if becomes.seconds > was.seconds:
            sentences.append(f'"{press}" ({command}) then acts {becomes.seconds:g} s later: a second press may follow.')
        elif becomes.on_release and not was.on_release:
            sentences.append(f'"{press}" ({command}) then acts when the switch is let go: it may become a long press.')
    return sentences
