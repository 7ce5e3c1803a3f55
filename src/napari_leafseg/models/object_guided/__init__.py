"""Object-guided instance segmentation (Yi et al. 2021): find centres and sizes, then a mask in each box."""

from napari_leafseg.core.registry import Method

METHOD = Method(
    name="object_guided",
    title="Object-guided",
    summary="Finds the centre and size of each object, then draws its mask within its box, coarse to fine. "
    "Good for separate or touching objects of very different sizes; its masks may overlap.",
    paper="Yi et al., Object-Guided Instance Segmentation With Auxiliary Feature Refinement for Biological Images, "
    "IEEE Transactions on Medical Imaging 2021",
    presets=("compact", "paper"),
    factory=f"{__name__}.segmenter:ObjectGuidedSegmenter",
)
