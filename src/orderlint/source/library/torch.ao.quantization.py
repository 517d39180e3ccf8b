"""torch.ao.quantization for the interpreter: the stubs and wrappers that change no flow."""

from torch.nn import Module


class QuantStub(Module):
    def __init__(self, qconfig=None):
        pass

    def forward(self, x):
        return x


class DeQuantStub(QuantStub):
    pass


class QuantWrapper(Module):
    def __init__(self, module):
        self.module = module

    def forward(self, x):
        return self.module(x)


def fuse_modules(model, modules_to_fuse, inplace=False, **kwargs):
    return model


fuse_modules_qat = fuse_modules


def prepare(model, inplace=False, **kwargs):
    return model


prepare_qat = prepare
convert = prepare
quantize_dynamic = prepare
