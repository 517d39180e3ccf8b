"""What torch.nn builds out of other modules, for the interpreter; never imported by Python.

Behaviour follows https://docs.pytorch.org/docs/stable/nn.html; the code is our own.
"""

import copy
from collections import OrderedDict

from torch.nn import functional as F


class Module:
    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        pass

    def add_module(self, name, module):
        self._modules[name] = __child__(module)

    def register_module(self, name, module):
        self._modules[name] = module

    def register_parameter(self, name, param):
        setattr(self, name, param)

    def register_buffer(self, name, tensor, persistent=True):
        setattr(self, name, tensor)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        self._forward_hooks[len(self._forward_hooks)] = hook
        return __handle__()

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        if not with_kwargs:
            self._forward_pre_hooks[len(self._forward_pre_hooks)] = hook
        return __handle__()

    def register_full_backward_hook(self, hook, prepend=False):
        return __handle__()

    def register_load_state_dict_pre_hook(self, hook):
        return __handle__()

    def register_load_state_dict_post_hook(self, hook):
        return __handle__()

    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return __handle__()

    def register_state_dict_pre_hook(self, hook):
        return __handle__()

    def register_state_dict_post_hook(self, hook):
        return __handle__()

    def named_children(self):
        return __children__(self)

    def children(self):
        return [module for _, module in __children__(self)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        return __modules__(self, prefix)

    def modules(self):
        return [module for _, module in __modules__(self, "")]

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return __parameters__(self, prefix, recurse)

    def parameters(self, recurse=True):
        return [p for _, p in __parameters__(self, "", recurse)]

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return __buffers__(self, prefix, recurse)

    def buffers(self, recurse=True):
        return [b for _, b in __buffers__(self, "", recurse)]

    def get_submodule(self, target):
        module = self
        if target:
            for item in target.split("."):
                module = getattr(module, item)
        return module

    def set_submodule(self, target, module):
        parent, _, name = target.rpartition(".")
        setattr(self.get_submodule(parent), name, module)

    def get_parameter(self, target):
        parent, _, name = target.rpartition(".")
        return getattr(self.get_submodule(parent), name)

    def apply(self, fn):
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        return self

    def to(self, *args, **kwargs):
        return self

    def cuda(self, device=None):
        return self

    def cpu(self):
        return self

    def float(self):
        return self

    def half(self):
        return self

    def double(self):
        return self

    def bfloat16(self):
        return self

    def type(self, dst_type):
        return self

    def to_empty(self, *, device, recurse=True):
        return self

    def share_memory(self):
        return self

    def zero_grad(self, set_to_none=True):
        return None

    def compile(self, *args, **kwargs):
        return None

    def state_dict(self, *args, **kwargs):
        return OrderedDict()

    def load_state_dict(self, state_dict, strict=True, assign=False):
        return None

    def extra_repr(self):
        return ""

    def _get_name(self):
        return type(self).__name__

    def _apply(self, fn, recurse=True):
        return self


class Sequential(Module):
    def __init__(self, *args):
        if len(args) == 1 and isinstance(args[0], dict):
            for key, module in args[0].items():
                self.add_module(key, module)
        else:
            __number__(self, args)

    def __getitem__(self, idx):
        if isinstance(idx, slice):
            return Sequential(OrderedDict(list(self._modules.items())[idx]))
        return list(self._modules.values())[idx]

    def __setitem__(self, idx, module):
        self._modules[list(self._modules.keys())[idx]] = module

    def __delitem__(self, idx):
        values = list(self._modules.values())
        del values[idx]
        self._modules.clear()
        __number__(self, values)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __add__(self, other):
        out = Sequential()
        for layer in self:
            out.append(layer)
        for layer in other:
            out.append(layer)
        return out

    def pop(self, key):
        value = self[key]
        del self[key]
        return value

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index, module):
        values = list(self._modules.values())
        values.insert(index, module)
        self._modules.clear()
        __number__(self, values)
        return self

    def extend(self, sequential):
        for layer in sequential:
            self.append(layer)
        return self

    def forward(self, input):
        for module in self:
            input = module(input)
        return input


class ModuleList(Module):
    def __init__(self, modules=None):
        if modules is not None:
            __number__(self, modules)

    def __getitem__(self, idx):
        if isinstance(idx, slice):
            return ModuleList(list(self._modules.values())[idx])
        if isinstance(idx, str):
            return self._modules[idx]
        return list(self._modules.values())[idx]

    def __setitem__(self, idx, module):
        # by the name that the number is, which the element there need not have
        names = list(self._modules.keys())
        if isinstance(idx, int):
            self._modules[str(idx if idx >= 0 else idx + len(names))] = module
        else:
            self._modules[names[idx]] = module

    def __delitem__(self, idx):
        values = list(self._modules.values())
        del values[idx]
        self._modules.clear()
        __number__(self, values)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __iadd__(self, modules):
        return self.extend(modules)

    def __add__(self, other):
        return ModuleList(list(self) + list(other))

    def insert(self, index, module):
        values = list(self._modules.values())
        values.insert(index, module)
        self._modules.clear()
        __number__(self, values)

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key):
        value = self[key]
        del self[key]
        return value

    def extend(self, modules):
        __number__(self, modules)
        return self


class ModuleDict(Module):
    def __init__(self, modules=None):
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self.add_module(key, module)

    def __delitem__(self, key):
        del self._modules[key]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, key):
        return key in self._modules

    def clear(self):
        self._modules.clear()

    def pop(self, key):
        value = self._modules[key]
        del self._modules[key]
        return value

    def keys(self):
        return self._modules.keys()

    def items(self):
        return self._modules.items()

    def values(self):
        return self._modules.values()

    def get(self, key, default=None):
        return self._modules.get(key, default)

    def update(self, modules):
        if hasattr(modules, "items"):
            for key, module in modules.items():
                self[key] = module
        else:
            for key, module in modules:
                self[key] = module


class ParameterList(Module):
    def __init__(self, values=None):
        self._values = list(values) if values is not None else []

    def __getitem__(self, idx):
        return self._values[idx]

    def __setitem__(self, idx, param):
        self._values[idx] = param

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def append(self, value):
        self._values.append(value)
        return self

    def extend(self, values):
        self._values.extend(values)
        return self


class ParameterDict(Module):
    def __init__(self, parameters=None):
        self._values = {}
        if parameters is not None:
            self._values.update(parameters)

    def __getitem__(self, key):
        return self._values[key]

    def __setitem__(self, key, parameter):
        self._values[key] = parameter

    def __contains__(self, key):
        return key in self._values

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def keys(self):
        return self._values.keys()

    def items(self):
        return self._values.items()

    def values(self):
        return self._values.values()

    def get(self, key, default=None):
        return self._values.get(key, default)

    def update(self, parameters):
        self._values.update(parameters)


class DataParallel(Module):
    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        self.module = module

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


def _activation(activation):
    if activation == "relu":
        return F.relu
    if activation == "gelu":
        return F.gelu
    return activation


class TransformerEncoderLayer(Module):
    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=F.relu, layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True, device=None, dtype=None,
    ):
        self.self_attn = __layer__("torch.nn.MultiheadAttention")(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first)
        self.linear1 = __layer__("torch.nn.Linear")(d_model, dim_feedforward, bias=bias)
        self.dropout = __layer__("torch.nn.Dropout")(dropout)
        self.linear2 = __layer__("torch.nn.Linear")(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        self.norm1 = __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps, bias=bias)
        self.norm2 = __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps, bias=bias)
        self.dropout1 = __layer__("torch.nn.Dropout")(dropout)
        self.dropout2 = __layer__("torch.nn.Dropout")(dropout)
        self.activation = _activation(activation)

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x))
            x = x + self._ff_block(self.norm2(x))
        else:
            x = self.norm1(x + self._sa_block(x))
            x = self.norm2(x + self._ff_block(x))
        return x

    def _sa_block(self, x, attn_mask=None, key_padding_mask=None, is_causal=False):
        return self.dropout1(self.self_attn(x, x, x)[0])

    def _ff_block(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(Module):
    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=F.relu, layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True, device=None, dtype=None,
    ):
        self.self_attn = __layer__("torch.nn.MultiheadAttention")(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first)
        self.multihead_attn = __layer__("torch.nn.MultiheadAttention")(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first)
        self.linear1 = __layer__("torch.nn.Linear")(d_model, dim_feedforward, bias=bias)
        self.dropout = __layer__("torch.nn.Dropout")(dropout)
        self.linear2 = __layer__("torch.nn.Linear")(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        self.norm1 = __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps, bias=bias)
        self.norm2 = __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps, bias=bias)
        self.norm3 = __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps, bias=bias)
        self.dropout1 = __layer__("torch.nn.Dropout")(dropout)
        self.dropout2 = __layer__("torch.nn.Dropout")(dropout)
        self.dropout3 = __layer__("torch.nn.Dropout")(dropout)
        self.activation = _activation(activation)

    def forward(
        self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None,
        tgt_is_causal=False, memory_is_causal=False,
    ):
        x = tgt
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x))
            x = x + self._mha_block(self.norm2(x), memory)
            x = x + self._ff_block(self.norm3(x))
        else:
            x = self.norm1(x + self._sa_block(x))
            x = self.norm2(x + self._mha_block(x, memory))
            x = self.norm3(x + self._ff_block(x))
        return x

    def _sa_block(self, x, attn_mask=None, key_padding_mask=None, is_causal=False):
        return self.dropout1(self.self_attn(x, x, x)[0])

    def _mha_block(self, x, mem, attn_mask=None, key_padding_mask=None, is_causal=False):
        return self.dropout2(self.multihead_attn(x, mem, mem)[0])

    def _ff_block(self, x):
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoder(Module):
    def __init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True):
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        output = src
        for mod in self.layers:
            output = mod(output, src_mask=mask, src_key_padding_mask=src_key_padding_mask)
        if self.norm is not None:
            output = self.norm(output)
        return output


class TransformerDecoder(Module):
    def __init__(self, decoder_layer, num_layers, norm=None):
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None,
        tgt_is_causal=None, memory_is_causal=False,
    ):
        output = tgt
        for mod in self.layers:
            output = mod(
                output, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
            )
        if self.norm is not None:
            output = self.norm(output)
        return output


class Transformer(Module):
    def __init__(
        self, d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1,
        activation=F.relu, custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-5, batch_first=False,
        norm_first=False, bias=True, device=None, dtype=None,
    ):
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            layer = TransformerEncoderLayer(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps))
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            layer = TransformerDecoderLayer(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
            self.decoder = TransformerDecoder(layer, num_decoder_layers, __layer__("torch.nn.LayerNorm")(d_model, eps=layer_norm_eps))
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(self, src, tgt, src_mask=None, tgt_mask=None, memory_mask=None, **kwargs):
        memory = self.encoder(src, mask=src_mask)
        return self.decoder(tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask)
