"""torch.quantization for the interpreter: the older name of torch.ao.quantization."""

from torch.ao.quantization import (
    DeQuantStub,
    QuantStub,
    QuantWrapper,
    convert,
    fuse_modules,
    fuse_modules_qat,
    prepare,
    prepare_qat,
    quantize_dynamic,
)
