"""The error tree: a type exists only where somebody catches it and acts differently."""


class RingsideError(Exception):
    """Something Ringside says to a person; the text tells what to mend."""


class SettingsError(RingsideError):
    """The settings cannot be used; `faults` holds every fault found, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class FlowError(RingsideError):
    """A flow file cannot be used; `faults` holds every fault as `file:line:column: what, and what is allowed`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class CarrierError(RingsideError):
    """A carrier did not do what it was asked."""


class CarrierUnavailableError(CarrierError):
    """Nothing was sent; it is safe to send it again."""


class CarrierRefusedError(CarrierError):
    """The carrier said no; sending it again will not help."""


class OutcomeUnknownError(CarrierError):
    """Sent, no answer; sending it again could ring a person twice."""


class StoreUnavailableError(RingsideError):
    """The database did not answer in time or is locked or full; the same work may succeed later."""


class LookupFailedError(RingsideError):
    """A source outside gave no answer that can be used; the text says why and holds nothing that was asked."""
