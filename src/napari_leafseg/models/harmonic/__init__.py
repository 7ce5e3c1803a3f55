"""Harmonic embeddings (Kulikov & Lempitsky 2020): regress sine-wave means, cluster by mean shift."""

from napari_leafseg.core.registry import Method

METHOD = Method(
    name="harmonic",
    title="Harmonic embeddings",
    summary="Each pixel predicts the mean of sine waves over its object; mean shift groups the pixels. "
    "Good for many objects of similar size, touching or crowded.",
    paper="Kulikov and Lempitsky, Instance Segmentation of Biological Images Using Harmonic Embeddings, CVPR 2020",
    presets=("compact", "paper"),
    factory=f"{__name__}.segmenter:HarmonicSegmenter",
)
