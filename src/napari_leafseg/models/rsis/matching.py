"""Which step is compared with which object: the Hungarian algorithm on soft IoU (section 3.3 of the paper)."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

_EPSILON = 1e-6


def soft_iou(predicted: Tensor, true: Tensor, valid: Tensor) -> Tensor:
    """Cost between each predicted and each true mask: 1 - soft IoU (Eq. 3).

    Parameters
    ----------
    predicted
        float (T, h, w), 0 to 1.
    true
        bool (n, h, w).
    valid
        bool (h, w): pixels that count.

    Returns
    -------
    float32 (T, n).
    """
    one = (predicted * valid).flatten(1).float()
    two = (true & valid).flatten(1).float()
    both = one @ two.T
    either = one.sum(1)[:, None] + two.sum(1)[None, :] - both
    return 1 - both / (either + _EPSILON)


def match(cost: Tensor, order_weight: float = 0.0) -> tuple[Tensor, Tensor]:
    """Assign objects to steps, one to one, at the least total cost.

    Parameters
    ----------
    cost
        (T, n). With fewer objects than steps only the first n steps take part, as in the
        authors' code; with more, the algorithm chooses which objects are learned.
    order_weight
        Added for each place of the order that an object is found too early or too late.

    Returns
    -------
    Indices of steps and of objects, int64 (min(T, n),) each, steps ascending.
    """
    steps, count = min(cost.shape[0], cost.shape[1]), cost.shape[1]
    ranks = torch.arange(count)
    late = (torch.arange(steps)[:, None] - ranks).abs() / max(count, 1)
    rows, columns = linear_sum_assignment((cost[:steps].detach().cpu() + order_weight * late).numpy())
    return torch.as_tensor(rows, device=cost.device), torch.as_tensor(columns, device=cost.device)
