"""The errors a person reads: one sentence naming the thing, the reason and the remedy.

Raised everywhere, shown as they are by the command line and the window; it must know
nothing of either, nor of any library.
"""


class LeafsegError(Exception):
    """Base of every error whose message may be shown to a person as it is."""


class ImageError(LeafsegError):
    """An image, label image or folder cannot be read or does not fit."""


class WeightsError(LeafsegError):
    """A weights file is missing, damaged, foreign, or of another method."""


class ParameterError(LeafsegError):
    """A model, parameter or option name is unknown, or its value not allowed."""


class DeviceError(LeafsegError):
    """The device asked for is not there, or its memory does not suffice."""


class TrainingError(LeafsegError):
    """A training cannot start or go on."""


class RunBusyError(TrainingError):
    """Another process trains in the run's folder."""


class MemoryUsedUpError(TrainingError):
    """A training needs more memory than its device has.

    Attributes
    ----------
    smaller_batch
        A batch that may fit; ``None`` if it is 1 already.
    """

    def __init__(self, message: str, smaller_batch: int | None) -> None:
        super().__init__(message)
        self.smaller_batch = smaller_batch


class EditError(LeafsegError):
    """A correction cannot be made where it was asked for."""


class ProjectError(LeafsegError):
    """A project cannot be opened, read or written."""


class ProjectBusyError(ProjectError):
    """Another window has the project open."""


class DamagedLabelsError(ImageError):
    """A project's label file is damaged or gone; an older version may be offered."""


class Cancelled(LeafsegError):  # noqa: N818 - no error
    """The person asked for a stop; not a failure."""

    def __init__(self, message: str = "Cancelled.") -> None:
        super().__init__(message)
