"""Deep embeddings (Jaffe & Ben-Moshe 2019): a discriminative loss, HDBSCAN, MRF and ClusterNet."""

from napari_leafseg.core.registry import Method

METHOD = Method(
    name="deep_embedding",
    title="Deep embedding",
    summary="Pixels of one object learn to be alike and those of others to differ; HDBSCAN groups them, "
    "and each group is then smoothed or drawn anew. Good for objects of any shape.",
    paper="Jaffe and Ben-Moshe, Instance Segmentation via Deep Embeddings, 2019",
    presets=("compact", "paper"),
    factory=f"{__name__}.segmenter:DeepEmbeddingSegmenter",
)
