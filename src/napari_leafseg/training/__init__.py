"""Training: the options, the one loop, and the folder of a run. Knows methods only through `Segmenter`."""
