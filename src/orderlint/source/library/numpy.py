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


def sqrt(x):
    return math.sqrt(x)


def ceil(x):
    return math.ceil(x)


def floor(x):
    return math.floor(x)


def log2(x):
    return math.log2(x)


def log(x):
    return math.log(x)


def exp(x):
    return math.exp(x)



def abs(x):
    return x if x > 0 else -x


def int64(x):
    return int(x)
