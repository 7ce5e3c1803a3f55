"""What a training run can be told. Imports no torch."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from napari_leafseg.core.params import FrozenModel


class TrainOptions(FrozenModel):
    """Options of one training run.

    Attributes
    ----------
    epochs
        Passes over the training images, for every stage; ``None`` for no limit.
    minutes
        Time budget over all stages; the learning rate's schedule follows it.
    batch
        Images per step and process.
    crop
        Side of the training crops, in pixels; a multiple of 32.
    samples_per_epoch
        Crops per epoch; ``None`` is one per image, at least 64.
    learning_rate, weight_decay
        Of AdamW.
    warm_up
        Share of the run over which the learning rate rises.
    clip
        Largest norm of the gradient.
    precision
        ``"auto"`` is bfloat16 autocast where the device computes it fast.
    validate_every
        Epochs between validations; ``None`` validates about twenty times in a run.
    validation_images
        At most this many, spread over the validation set.
    seed
        Equal seeds, options, data and thread counts give equal weights on one machine.
    workers
        Processes that prepare crops; 0 prepares them between the steps.
    object_low, object_high
        Least and greatest diameter that an image's objects are brought to for a crop (`core.sizes.main_diameter`),
        in pixels; weights so trained find the size of objects by themselves. ``None`` leaves images as they are.
    enlarge
        How far images are enlarged where no object size is aimed at; the weights then do so too (`Card.enlarge`).
    drawn_size, drawn_crops
        Side of the plants that ``--data drawn:PRESET`` draws, in pixels, and how many crops are cut from each
        before the next is drawn.
    rotate, scale_low, scale_high, shear
        Geometric augmentation: degrees, factors, degrees.
    brightness, contrast, saturation, hue
        Photometric augmentation, as `torchvision.transforms.v2.ColorJitter` takes it.
    invert, grey, blur, noise
        Probabilities; ``noise`` is the largest deviation, values 0 to 1.
    invert_grey
        Least probability of showing a crop without colour, such as of fluorescence, as if it were stained: dark on a
        bright ground, and half of the time in a colour.
    replay
        Share of the crops that show what the first weights were trained on, drawn anew (`Card.source`), so that
        it is not forgotten.
    mixing
        How far the weights that are kept in the end lie on the way from the first ones to the learned ones, if the
        validation images allow it (`training.mixing`); ``None``: as far as suits the method (`Segmenter.mixing`); 1
        takes those learned.
    freeze_backbone
        Whether the encoder stays as the first weights have it.
    keep_fitted
        Whether what a method fits to the images before it trains (harmonic its guides) stays as the first weights
        have it.
    keep_norms
        Whether batch norms go on with the means and variances that the first weights averaged (`training.norms`).
    patience
        A stage ends after so many validations without a better one, unless the last third of its budget has begun, in
        which the learning rate falls and weights settle; ``None``: only when its budget is used.
    validate_first
        Whether the first weights are validated before the first step; they are kept where nothing is better.
    preview
        Whether each validation leaves the labels of one image in the run's folder.
    compare
        Whether the end of the run compares its weights with the first ones.
    leave_one_out
        Whether that comparison, where no image is kept aside, leaves each image out of a training of its own in turn
        (`training.leave_one_out`); ``minutes`` are divided evenly among all of them.
    """

    epochs: int | None = Field(None, ge=1)
    minutes: float | None = Field(None, gt=0)
    batch: int = Field(8, ge=1)
    crop: int = Field(256, ge=64, multiple_of=32)
    samples_per_epoch: int | None = Field(None, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)
    warm_up: float = Field(0.03, ge=0, lt=1)
    clip: float = Field(5.0, gt=0)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    validate_every: int | None = Field(None, ge=1)
    validation_images: int = Field(48, ge=1)
    seed: int = 0
    workers: int = Field(0, ge=0)
    object_low: float | None = Field(None, ge=4)
    object_high: float | None = Field(None, ge=4)
    enlarge: float = Field(1.0, gt=0, le=8)
    drawn_size: int = Field(512, ge=64, le=4096)
    drawn_crops: int = Field(2, ge=1)
    rotate: float = Field(180.0, ge=0, le=180)
    scale_low: float = Field(0.6, gt=0)
    scale_high: float = Field(1.6, gt=0)
    shear: float = Field(5.0, ge=0, lt=90)
    brightness: float = Field(0.3, ge=0)
    contrast: float = Field(0.3, ge=0)
    saturation: float = Field(0.3, ge=0)
    hue: float = Field(0.1, ge=0, le=0.5)
    invert: float = Field(0.0, ge=0, le=1)
    invert_grey: float = Field(0.0, ge=0, le=1)
    grey: float = Field(0.0, ge=0, le=1)
    blur: float = Field(0.2, ge=0, le=1)
    noise: float = Field(0.05, ge=0)
    replay: float = Field(0.0, ge=0, lt=1)
    mixing: float | None = Field(1.0, gt=0, le=1)
    freeze_backbone: bool = False
    keep_fitted: bool = False
    keep_norms: bool = False
    patience: int | None = Field(None, ge=1)
    validate_first: bool = False
    preview: bool = False
    compare: bool = False
    leave_one_out: bool = False

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.scale_high < self.scale_low:
            raise ValueError("scale_high must not be below scale_low")
        if (self.object_low is None) != (self.object_high is None):
            raise ValueError("object_low and object_high are given together")
        if self.object_low and self.object_high and self.object_high < self.object_low:
            raise ValueError("object_high must not be below object_low")
        return self

    @property
    def object_sizes(self) -> tuple[float, float] | None:
        """Least and greatest diameter that objects are brought to, if they are."""
        return (self.object_low, self.object_high) if self.object_low and self.object_high else None
