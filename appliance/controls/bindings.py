"""From gestures and MIDI messages to commands, as the rig's table ``[controls]`` says."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.settings import ControlsSettings
from appliance.settings.controls import switches_of
from appliance.settings.triggers import MIDI, Trigger, TriggerKind


@dataclass(frozen=True)
class Delay:
    """How long after the down edge a gesture is decided; ``on_release`` adds that it may be when it is let go."""

    seconds: float
    on_release: bool = False


class Bindings:
    """The map, read once. Raises ValueError for settings that ``check_rig`` would refuse."""

    def __init__(self, settings: ControlsSettings) -> None:
        self.settings = settings
        self._actions = settings.actions()

    def __iter__(self) -> Iterator[tuple[Trigger, str]]:
        return iter(self._actions.items())

    @property
    def gestures(self) -> list[Trigger]:
        """What the gesture machine must tell apart."""
        return [trigger for trigger in self._actions if trigger.kind not in MIDI]

    @property
    def switches(self) -> frozenset[str]:
        """The switches that do anything."""
        return switches_of(self._actions)

    def command(self, trigger: Trigger) -> str | None:
        """What to do, or None. A program without a trigger of its own does what all programs do."""
        action = self._actions.get(trigger)
        if action is None and trigger.kind is TriggerKind.PROGRAM:
            action = self._actions.get(Trigger(TriggerKind.PROGRAM))
        return action.replace("{number}", str(trigger.number)) if action is not None else None

    def delay(self, trigger: Trigger) -> Delay:
        """When a gesture of a switch is decided: the rule of ``gestures.py``, in figures. MIDI acts at once."""
        settings = self.settings
        if trigger.kind is TriggerKind.LONG:
            return Delay(settings.long_s)
        if trigger.kind is TriggerKind.REPEAT:
            return Delay(settings.repeat_after_s)
        if trigger.kind is TriggerKind.BOTH:
            return Delay(settings.both_s)
        if trigger.kind is TriggerKind.PRESS and trigger.switches[0] not in settings.at_once:
            has_long = Trigger(TriggerKind.LONG, trigger.switches) in self._actions
            has_double = Trigger(TriggerKind.DOUBLE, trigger.switches) in self._actions
            return Delay(settings.double_s if has_double else 0.0, on_release=has_long)
        return Delay(0.0)  # of a double press: after its second down edge
