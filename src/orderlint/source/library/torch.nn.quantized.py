"""torch.nn.quantized for the interpreter: the older name of torch.ao.nn.quantized."""

from torch.ao.nn.quantized import FloatFunctional, FXFloatFunctional, QFunctional
