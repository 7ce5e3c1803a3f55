"""RSIS (Salvador et al. 2017): a recurrent decoder that says one object after another, and when to stop."""

from napari_leafseg.core.registry import Method

METHOD = Method(
    name="rsis",
    title="Recurrent (RSIS)",
    summary="A recurrent network says one object after another, and when there are no more. "
    "Good for few objects in an image, such as the leaves of a plant, and for objects of several classes.",
    paper="Salvador et al., Recurrent Neural Networks for Semantic Instance Segmentation, arXiv 1712.00617, 2017",
    presets=("compact", "paper"),
    factory=f"{__name__}.segmenter:RsisSegmenter",
)
