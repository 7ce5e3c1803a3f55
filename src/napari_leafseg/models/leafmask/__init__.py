"""LeafMask (Guo et al. 2021): detect boxes, mix mask bases inside each, refine the outline point by point."""

from napari_leafseg.core.registry import Method

METHOD = Method(
    name="leafmask",
    title="LeafMask",
    summary="Finds a box for each object, mixes shared mask bases inside it and sharpens the outline point by point. "
    "Good for leaves and cells that overlap and differ in size.",
    paper="Guo, Qu, Niu, Li and Yue, LeafMask: Towards Greater Accuracy on Leaf Segmentation, ICCV Workshops 2021",
    presets=("compact", "paper"),
    factory=f"{__name__}.segmenter:LeafMaskSegmenter",
)
