"""Harmonic's decode beside scikit-learn's MeanShift on the same embedding.

The embedding is the perfect one of drawn nuclei (20 objects, and a crowd of 300), with a
little noise and borders blurred as a network blurs them; both get the same foreground
pixels, and both are compared with the truth.
"""

from __future__ import annotations

import numpy as np
import torch
from measuring import machine, milliseconds, once, seconds, table
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from sklearn.cluster import MeanShift
from sklearn.metrics import adjusted_rand_score

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.models.harmonic.decode import decode
from napari_leafseg.models.harmonic.guides import coordinates, evaluate, fit_guides, random_guides
from napari_leafseg.models.harmonic.params import HarmonicParams
from napari_leafseg.models.harmonic.targets import targets

PARAMS = HarmonicParams(min_area=10)


def scene(size: int, count: int, noise: float = 0.02) -> tuple[EmbeddingMap, NDArray[np.int32]]:
    """Embed drawn nuclei as a good network would."""
    # The drawing places a few fewer than it is asked for.
    tries = (draw_nuclei(size=size, count=asked, seed=0)[1] for asked in range(count, 2 * count))
    labels = next(labels for labels in tries if labels.max() >= count)
    guides = fit_guides([labels], [random_guides(12, 4, 40, torch.Generator().manual_seed(0))], "pixel", 1.0)
    truth = torch.from_numpy(labels).long()[None]
    maps = evaluate(guides, *coordinates(labels.shape, "pixel"))[None]
    embedding = targets(truth, torch.ones_like(truth, dtype=torch.bool), maps).embedding[0].numpy()
    embedding = np.stack([gaussian_filter(channel, 0.7) for channel in embedding])
    embedding += noise * np.random.default_rng(0).standard_normal(embedding.shape).astype(np.float32)
    piece = EmbeddingMap(Geometry.scaled(labels.shape), embedding.astype(np.float16), (labels > 0).astype(np.float16))
    return piece, labels


def peer(piece: EmbeddingMap) -> tuple[NDArray[np.int32], float]:
    """Cluster the foreground pixels as the published code does."""
    mask = np.asarray(piece.foreground) > 0.5
    points = piece.embedding[:, mask].T.astype(np.float32)
    model = MeanShift(bandwidth=PARAMS.bandwidth, bin_seeding=True, n_jobs=-1)
    found, time = once(lambda: model.fit_predict(points))
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = found + 1
    return labels, time


def against_the_truth(found: NDArray[np.int32], truth: NDArray[np.int32]) -> str:
    """Adjusted Rand index over the foreground."""
    mask = truth > 0
    return f"{adjusted_rand_score(truth[mask], found[mask]):.4f}"


def beside_scikit_learn() -> None:
    """Print the comparison."""
    rows = []
    for size, count in ((512, 20), (512, 300), (1024, 20), (1024, 300)):
        piece, truth = scene(size, count)
        ours = decode(piece, PARAMS, NoMemo())
        time = seconds(lambda piece=piece: decode(piece, PARAMS, NoMemo()))
        ends = [
            seconds(lambda piece=piece, value=value: decode(piece, PARAMS.replace(bandwidth=value), NoMemo()), 5)
            for value in (0.1, 1.5)
        ]
        theirs, their_time = peer(piece)
        rows.append(
            (
                f"{size}²", int(truth.max()), milliseconds(time), " / ".join(map(milliseconds, ends)), ours.count,
                against_the_truth(ours.labels, truth), milliseconds(their_time), len(np.unique(theirs)) - 1,
                against_the_truth(theirs, truth), f"{their_time / time:.0f}x",
            )
        )  # fmt: skip
    columns = ("image", "objects", "decode", "slider's ends", "found", "ARI", "MeanShift", "clusters", "ARI", "ratio")
    table(f"harmonic decode beside scikit-learn ({machine()})", columns, rows)


def sweep() -> None:
    """Print what a person sees who drags the bandwidth from end to end."""
    rows = []
    for count in (20, 300):
        piece, truth = scene(512, count)
        memo = BoundedMemo()
        for bandwidth in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5):
            params = PARAMS.replace(bandwidth=bandwidth)
            found, fresh = once(lambda piece=piece, params=params, memo=memo: decode(piece, params, memo=memo))
            area = seconds(
                lambda piece=piece, params=params, memo=memo: decode(piece, params.replace(min_area=11), memo), 5
            )
            rows.append((int(truth.max()), bandwidth, found.count, milliseconds(fresh), milliseconds(area)))
    table("bandwidth sweep at 512²", ("objects", "bandwidth", "found", "decode", "minimum area moved"), rows)


if __name__ == "__main__":
    beside_scikit_learn()
    sweep()
