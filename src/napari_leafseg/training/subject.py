"""Whether the weights that a fine-tuning begins with knew its images at all, or only another subject.

Those of another subject bring live parameters that were chosen for it, and are not worth keeping in mind. Knows the
job; nothing of steps, stages and mixing.
"""

from __future__ import annotations

from napari_leafseg.training.job import Job, Progress
from napari_leafseg.training.options import TrainOptions

KNOWN = 0.15
"""Sum of SBD and AP50 from which weights knew the images. On two images kept aside, the leaf weights of the five
methods reach 0 on grey nuclei (0.13 at most on 80 others), and 0.22 (rsis) to 0.85 on plants of a strange style."""
WARM_UP = TrainOptions().warm_up
"""Where there is little to forget, no longer warm-up is worth its time."""
REPLAYED = 0.25
"""Share of the crops that then show what the first weights learned from, at most: a half would take the time of
learning, and without any, grounds that were not learned from are taken for objects."""
FOREIGN = (
    "The weights that this begins with find next to nothing in these images: it learns the images, and keeps little of "
    "what was known before."
)


def knew(progress: Progress) -> bool:
    """Whether the first weights knew anything of the images; taken to be so where they were not validated."""
    return progress.first is None or progress.first >= KNOWN


def look_back(job: Job) -> str:
    """After the first validation, with the first weights: say in a sentence what follows where they knew nothing."""
    progress = job.progress
    if job.segmenter.source is None or progress.sbd is None or progress.ap50 is None:
        return ""
    progress.first = progress.sbd + progress.ap50
    drop_foreign(job)
    return "" if knew(progress) else FOREIGN


def drop_foreign(job: Job) -> None:
    """Keep no live parameters that were chosen for another subject, less of that subject itself, and no long warm-up.

    What suits leaves joins nuclei in a crowd. Searching the parameters on the images learned from is no way out: they
    are few, and soon known by heart.
    """
    if not knew(job.progress):
        job.segmenter.defaults = type(job.segmenter.defaults)()
        replay, warm_up = min(job.options.replay, REPLAYED), min(job.options.warm_up, WARM_UP)
        job.options = job.options.replace(replay=replay, warm_up=warm_up)
