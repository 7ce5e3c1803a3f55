"""All methods side by side, from pixels to labels, and their peers on the same pictures, in one run.

Pictures are drawn fields of 20 and of 300 nuclei at 512 x 512. A method uses the weights of a
run where one is given, else those that ship; untrained ones say nothing of its decoding.
Peers get what the method gets: mean shift and HDBSCAN the same embedding, all its foreground
pixels; Mask R-CNN the same picture at the same size, with random weights.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import hdbscan
import numpy as np
import torch
import typer
from measuring import device_memory, machine, milliseconds, once, seconds, table, trained
from numpy.typing import NDArray
from sklearn.cluster import MeanShift
from torchvision.models.detection import maskrcnn_resnet50_fpn

from napari_leafseg import EncodeOptions, methods
from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.device import DeviceName, available, choose, describe
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.params import specs
from napari_leafseg.core.prediction import EmbeddingMap, Prediction
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.models.deep_embedding.field import Field

SIDE = 512
COLUMNS = (
    "method", "device", "objects", "encode", "images/s", "device memory", "decode", "slowest slider end", "prompt",
    "found", "AP50",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A drawn picture and its truth."""

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]

    @classmethod
    def drawn(cls, count: int) -> Scene:
        """Draw at least so many nuclei; the drawing places a few fewer than it is asked for."""
        tries = (draw_nuclei(size=SIDE, count=asked, seed=0) for asked in range(count, 2 * count))
        grey, labels = next((image, labels) for image, labels in tries if labels.max() >= count)
        return cls(np.repeat(grey[:, :, np.newaxis], 3, axis=2), labels)


def main(
    runs: Annotated[Path | None, typer.Option(help="Folder of training runs, one per method.")] = None,
    peers: Annotated[bool, typer.Option(help="Measure the peers too; HDBSCAN takes a minute.")] = True,
) -> None:
    """Print the table."""
    scenes = [Scene.drawn(count) for count in (20, 300)]
    rows = []
    for method in methods():
        segmenter = trained(method, runs)
        for device in available():
            rows += [_row(segmenter, scene, device) for scene in scenes]
        if peers:
            rows += [row for scene in scenes for row in _clustering(segmenter, scene)]
    if peers:
        rows += [_mask_rcnn(scene, device) for device in available() for scene in scenes]
    table(f"all methods, compact, {SIDE} x {SIDE} ({machine()})", COLUMNS, rows)
    parts = [row for method in methods() for scene in scenes for row in _parts(trained(method, runs), scene)]
    parts += [_one_piece(trained("rsis", runs), scene) for scene in scenes[:1]]
    table("parts", ("method", "objects", "part", "time"), parts)
    if not torch.cuda.is_available():
        print("CUDA not run: there is no CUDA device.")


def _row(segmenter: Segmenter, scene: Scene, device: DeviceName) -> tuple[str, ...]:
    options = EncodeOptions(device=device, tile="auto")
    with device_memory(device) as memory:
        encode = seconds(lambda: segmenter.encode(scene.image, options), 7)
    prediction = segmenter.encode(scene.image, options)
    decode = seconds(lambda: segmenter.decode(prediction), 9)
    found = segmenter.decode(prediction)
    return (
        segmenter.method, describe(choose(device)), str(scene.labels.max()), milliseconds(encode),
        f"{1 / encode:.1f}", memory(), milliseconds(decode), _slowest(segmenter, prediction),
        _prompt(segmenter, prediction, scene), *_judged(found.labels, scene),
    )  # fmt: skip


def _judged(labels: NDArray[np.int32], scene: Scene) -> tuple[str, str]:
    return str(len(np.unique(labels[labels > 0]))), f"{evaluate_pairs([(labels, scene.labels)]).ap50:.2f}"


def _slowest(segmenter: Segmenter, prediction: Prediction) -> str:
    """Decode at both ends of every slider and name the slowest."""
    times = {}
    for spec in specs(segmenter.params_type):
        ends = spec.choices or ((False, True) if spec.type is bool else (spec.low, spec.high))
        for end in ends:
            params = segmenter.defaults.replace(**{spec.name: end})
            times[f"{spec.name}={getattr(end, 'value', end)}"] = seconds(
                lambda params=params: segmenter.decode(prediction, params), 3, 1
            )
    slowest = max(times, key=lambda name: times[name])
    return f"{milliseconds(times[slowest])} ({slowest})"


def _prompt(segmenter: Segmenter, prediction: Prediction, scene: Scene) -> str:
    rows, columns = np.nonzero(scene.labels == 1)
    point = (float(np.median(rows)), float(np.median(columns)))
    box = (float(rows.min()), float(columns.min()), float(rows.max() + 1), float(columns.max() + 1))
    said = []
    for name, prompt in (("point", point), ("box", box)):
        try:
            time = seconds(lambda prompt=prompt: segmenter.prompt(prediction, prompt), 7)
            said.append(f"{name} {milliseconds(time)}")
        except ParameterError:
            continue
    return ", ".join(said)


def _clustering(segmenter: Segmenter, scene: Scene) -> list[tuple[str, ...]]:
    """Cluster all foreground pixels of the method's own embedding with the peer that its paper used."""
    piece = segmenter.encode(scene.image, EncodeOptions(tile="off")).tiles[0].piece
    if not isinstance(piece, EmbeddingMap):
        return []
    mask = scene.labels > 0 if piece.foreground is None else np.asarray(piece.foreground) > 0.5
    # The place is added to deep embedding's vectors when they are read.
    field = Field(piece.embedding, _unit(segmenter))
    points = field.at(np.flatnonzero(mask)).numpy()
    if segmenter.method == "harmonic":
        name, work = "scikit-learn MeanShift", MeanShift(bandwidth=0.5, bin_seeding=True, n_jobs=-1).fit_predict
    else:
        name, work = "hdbscan, all pixels", hdbscan.HDBSCAN(min_cluster_size=20, core_dist_n_jobs=-1).fit_predict
    clusters, time = once(lambda: work(points))
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = clusters + 1
    return [(name, "CPU", str(scene.labels.max()), "", "", "", milliseconds(time), "", "", *_judged(labels, scene))]


def _unit(segmenter: Any) -> float | None:
    return None if segmenter.method == "harmonic" else segmenter.config.position_unit


def _parts(segmenter: Segmenter, scene: Scene) -> list[tuple[str, ...]]:
    """Time what the design names on its own: single steps of decoding, and a slider that moves."""
    prediction = segmenter.encode(scene.image, EncodeOptions())
    start = segmenter.defaults
    changes: dict[str, dict[str, Any]] = {}
    if segmenter.method == "leafmask":
        changes = {f"{steps} refinement steps": {"steps": steps} for steps in (0, 2, 4)}
    if segmenter.method == "deep_embedding":
        changes = {order: {"order": order} for order in ("hdbscan", "hdbscan+mrf", "hdbscan+clusternet")}
    rows = []
    for name, change in changes.items():
        params = start.replace(**change)
        time = seconds(lambda params=params: segmenter.decode(prediction, params), 7)
        rows.append((segmenter.method, str(scene.labels.max()), name, milliseconds(time)))
    if segmenter.method == "deep_embedding":
        rows.append((segmenter.method, str(scene.labels.max()), "cluster size moved", _recut(segmenter, prediction)))
    return rows


def _one_piece(segmenter: Any, scene: Scene) -> tuple[str, ...]:
    """Time 20 steps over the whole image, as published, instead of by windows."""
    segmenter.config = segmenter.config.replace(encode_steps=20, patience=None)
    time = seconds(lambda: segmenter.encode(scene.image, EncodeOptions(tile="off")), 5)
    return (segmenter.method, str(scene.labels.max()), "encode in one piece, 20 steps", milliseconds(time))


def _recut(segmenter: Segmenter, prediction: Prediction) -> str:
    """Time a decoding whose tree of clusters is known, without ClusterNet."""
    memo, sizes = BoundedMemo(), itertools.cycle(range(20, 60))
    params = segmenter.defaults.replace(order="hdbscan")
    return milliseconds(
        seconds(lambda: segmenter.decode(prediction, params.replace(min_cluster_size=next(sizes)), memo=memo), 9)
    )


def _mask_rcnn(scene: Scene, device: DeviceName) -> tuple[str, ...]:
    """Time the peer at the same input, without the resizing that it would do by default."""
    place = choose(device)
    network: Any = maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=2, min_size=SIDE, max_size=SIDE, box_score_thresh=0.0
    )
    network = network.eval().to(place)
    image = torch.from_numpy(scene.image).permute(2, 0, 1).float().to(place) / 255

    @torch.inference_mode()
    def run() -> None:
        network([image])[0]["masks"].cpu()

    with device_memory(device) as memory:
        time = seconds(run, 5)
    empty = ("", "", "", "", "")
    objects = str(scene.labels.max())
    return ("Mask R-CNN R50", describe(place), objects, milliseconds(time), f"{1 / time:.1f}", memory(), *empty)


if __name__ == "__main__":
    typer.run(main)
