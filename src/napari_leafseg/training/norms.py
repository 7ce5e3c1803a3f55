"""Batch norms that keep the means and variances which the first weights averaged.

A batch of a fine-tuning is a mixture of two kinds of images, and no image that is segmented later is: averages over
such batches would fit neither. Knows modules; nothing of jobs.
"""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def hold_norms(module: nn.Module) -> None:
    """Let batch norms use what they have averaged, and average nothing; their gains and offsets are learned on.

    Until ``module.train()`` is called the next time.
    """
    for part in module.modules():
        if isinstance(part, _BatchNorm):
            part.eval()
