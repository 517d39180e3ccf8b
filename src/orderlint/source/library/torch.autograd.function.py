"""torch.autograd.function for the interpreter."""

from torch.autograd import Function, _Context

FunctionCtx = _Context
InplaceFunction = Function


def once_differentiable(fn):
    return fn
