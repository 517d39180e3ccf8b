"""The few functions of numpy that model constructors call on plain numbers, for the interpreter."""

import math

import torch


def linspace(start, stop, num=50, endpoint=True, **kwargs):
    return torch.linspace(start, stop, num)


def arange(*args, **kwargs):
    return torch.arange(*args)


def array(values, *args, **kwargs):
    return torch.tensor(values)


asarray = array


def prod(values, *args, **kwargs):
    total = 1
    for value in [values] if isinstance(values, (int, float)) else values:
        total = total * value
    return total


def sum(values, *args, **kwargs):
    total = 0
    for value in values:
        total = total + value
    return total


def cumsum(values, *args, **kwargs):
    out = []
    total = 0
    for value in values:
        total = total + value
        out.append(total)
    return out


def max(values, *args, **kwargs):
    best = None
    for value in values:
        if best is None or value > best:
            best = value
    return best


def min(values, *args, **kwargs):
    best = None
    for value in values:
        if best is None or value < best:
            best = value
    return best


def mean(values, *args, **kwargs):
    return sum(values) / len(values)


def clip(x, low, high, *args, **kwargs):
    return low if x < low else high if x > high else x


def zeros(shape, *args, **kwargs):
    return torch.zeros(shape)


def ones(shape, *args, **kwargs):
    return torch.ones(shape)


def _each(function, x):
    return [_each(function, value) for value in x] if isinstance(x, (list, tuple)) else function(x)


def sqrt(x):
    return _each(math.sqrt, x)


def ceil(x):
    return _each(math.ceil, x)


def floor(x):
    return _each(math.floor, x)


def log2(x):
    return _each(math.log2, x)


def log10(x):
    return _each(math.log10, x)


def log(x):
    return _each(math.log, x)


def exp(x):
    return _each(math.exp, x)


def abs(x):
    return _each(lambda value: value if value > 0 else -value, x)


def int64(x):
    return int(x)


int32 = int64


def float32(x):
    return float(x)


float64 = float32
