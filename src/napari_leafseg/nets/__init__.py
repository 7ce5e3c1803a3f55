"""Building blocks that several methods use; the only room besides `models` and `training` that needs torch."""
