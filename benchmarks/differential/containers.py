"""Features of containers: torch's own and how they are changed, and Python's that hold modules or tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .flow import layer_list
from .layers import layer

if TYPE_CHECKING:
    from .writer import Step, Writer


def made_list(writer: Writer, value: str) -> str:
    """A Sequential of a list that `__init__` builds by appending."""
    init, name = writer.init, writer.fresh("parts")
    init.line(f"{name} = []")
    form = writer.chance.randrange(5)
    if form == 0:
        with init.block(f"for index in range({writer.chance.randint(1, 3)}):"):
            init.line(f"{name}.append({layer(writer)})")
            with init.block("if index % 2 == 0:"):
                init.line(f"{name} += [{layer(writer)}, {layer(writer)}]")
    elif form == 1:
        init.line(f"{name}.extend([{layer(writer)}, {layer(writer)}])")
        init.line(f"{name}.insert({writer.chance.randint(-1, 2)}, {layer(writer)})")
        if writer.chance.random() < 0.5:
            init.line(f"{name}.pop({writer.chance.choice(('', '0', '-1'))})")
    elif form == 2:
        init.line(f"{name} = {name} + [{layer(writer)}] * 2")
        init.line(f"{name}[0] = {layer(writer)}")
    elif form == 3:
        init.line(f"{name} = [{layer(writer)} for _ in range(3) if _ != 1]")
        init.line(f"{name}[:1] = [{layer(writer)}, {layer(writer)}]")
    else:
        with init.block("for code in 'NDA':"):
            for index, letter in enumerate("ADN"):
                with init.block(f"{'elif' if index else 'if'} code == '{letter}':"):
                    init.line(f"{name}.append({layer(writer)})")
    return f"{writer.attribute(f'nn.Sequential(*{name})', 'body')}({value})"


def ordered(writer: Writer, value: str) -> str:
    pairs = ", ".join(f"('{writer.fresh('p')}', {layer(writer)})" for _ in range(writer.chance.randint(1, 3)))
    kind = writer.chance.choice(("OrderedDict([{p}])", "OrderedDict(({p},))", "OrderedDict(dict([{p}]))"))
    return f"{writer.attribute(f'nn.Sequential({kind.format(p=pairs)})', 'body')}({value})"


def changed_sequential(writer: Writer, value: str) -> str:
    """A Sequential that is changed after it was built."""
    items = ", ".join(layer(writer) for _ in range(3))
    body = writer.attribute(f"nn.Sequential({items})", "body")
    for _ in range(writer.chance.randint(1, 3)):
        change = writer.chance.choice(
            ("{b}.append({l})", "{b}[1] = {l}", "{b}[-1] = {l}", "{b}.add_module('extra', {l})", "del {b}[0]",
             "{b}.insert(0, {l})", "{b}.extend([{l}, {l}])", "{b} = {b}[1:]", "{b} = nn.Sequential(*{b}, {l})",
             "{b} = {b} + nn.Sequential({l})", "{b}.pop(0)", "setattr({b}, '1', {l})", "{b} = {b}[:-1]",
             "{b} = nn.Sequential(*list({b}.children())[:-1])", "{b}[0] = nn.Sequential({b}[0], {l})")
        )  # fmt: skip
        writer.init.line(change.format(b=body, l=layer(writer)))
    return f"{body}({value})"


def parts_of(writer: Writer, value: str) -> str:
    """Parts of a Sequential applied one by one."""
    items = ", ".join(layer(writer) for _ in range(3))
    body, value = writer.attribute(f"nn.Sequential({items})", "body"), writer.variable(value)
    form = writer.chance.choice(
        ("{b}[2]({b}[0]({x}))", "{b}[1:]({x})", "{b}[:2]({x})", "{b}[-1]({x}) + {b}[0]({x})", "{b}[::2]({x})",
         "functools.reduce(lambda h, m: m(h), {b}, {x})", "getattr({b}, '0')({x})", "{b}.forward({x})",
         "next(iter({b}))({x})", "list({b}.children())[1]({x})", "dict({b}.named_children())['2']({x})",
         "{b}.get_submodule('1')({x})", "{b}._modules['0']({x})", "nn.Sequential.forward({b}, {x})",
         "{b}.__call__({x})", "[m for m in {b}.modules()][1]({x})", "nn.Sequential(*{b}[1:])({x})")
    )  # fmt: skip
    return form.format(b=body, x=value)


def changed_list(writer: Writer, value: str) -> str:
    layers = layer_list(writer, 3)
    for _ in range(writer.chance.randint(1, 2)):
        change = writer.chance.choice(
            ("{b}.append({l})", "{b}.extend([{l}])", "{b} += [{l}]", "{b}.insert(1, {l})", "{b}[0] = {l}",
             "del {b}[1]", "{b} = {b}[:2]", "{b} = nn.ModuleList(reversed({b}))", "{b}.pop(-1)", "{b}[-1] = {l}",
             "{b} = {b} + nn.ModuleList([{l}])", "{b}.add_module('7', {l})", "{b}.extend({l} for _ in range(2))",
             "{b} = nn.ModuleList(m for m in {b} if not isinstance(m, nn.ReLU))")
        )  # fmt: skip
        writer.init.line(change.format(b=layers, l=layer(writer)))
    out = writer.variable(value)
    with writer.forward.block(f"for layer in {layers}:"):
        writer.forward.line(f"{out} = layer({out})")
    return out


def module_dict(writer: Writer, value: str) -> str:
    keys = [writer.fresh("k") for _ in range(3)]
    pairs = ", ".join(f"'{key}': {layer(writer)}" for key in keys)
    form = writer.chance.choice(
        ("nn.ModuleDict({{{p}}})", "nn.ModuleDict(OrderedDict({{{p}}}))", "nn.ModuleDict({{{p}}}.items())")
    )
    layers, out = writer.attribute(form.format(p=pairs), "table"), writer.variable(value)
    if writer.chance.random() < 0.4:
        change = writer.chance.choice(
            (
                "{d}['{k}'] = {l}",
                "{d}.update({{'new': {l}}})",
                "{d}.pop('{k}')",
                "del {d}['{k}']",
                "{d}['new'] = {l}",
            )
        )
        writer.init.line(change.format(d=layers, k=keys[1], l=layer(writer)))
    loop, use = writer.chance.choice(
        (("for key in {d}:", "{d}[key]({x})"), ("for key, m in {d}.items():", "m({x})"),
         ("for m in {d}.values():", "m({x})"), ("for key in sorted({d}.keys()):", "{d}[key]({x})"),
         ("for key in ['{k}', 'other']:", "{d}[key]({x}) if key in {d} else {x}"),
         ("for key in list({d})[::-1]:", "{d}[key]({x})"), ("for m in list({d}.values())[:1]:", "m({x})"))
    )  # fmt: skip
    with writer.forward.block(loop.format(d=layers, k=keys[0])):
        writer.forward.line(f"{out} = {use.format(d=layers, x=out)}")
    return out


def plain_holder(writer: Writer, value: str) -> str:
    """Modules in a plain list, tuple or dictionary attribute: not registered, but applied."""
    form, use = writer.chance.choice(
        (("[{a}, {b}]", "{h}[1]({h}[0]({x}))"), ("({a}, {b})", "{h}[-1]({x})"),
         ("{{'a': {a}, 'b': {b}}}", "{h}['b']({h}['a']({x}))"), ("[({a}, 2), ({b}, 1)]", "{h}[0][0]({x}) * {h}[1][1]"),
         ("dict(a={a}, b={b})", "{h}.get('a')({x})"), ("[[{a}], [{b}]]", "{h}[1][0]({x})"))
    )  # fmt: skip
    holder = writer.attribute(form.format(a=layer(writer), b=layer(writer)), "held")
    return use.format(h=holder, x=writer.variable(value))


def collected(writer: Writer, value: str) -> str:
    """Results kept in a list and joined."""
    layers, value, name = layer_list(writer, 3), writer.variable(value), writer.fresh("outs")
    writer.forward.line(f"{name} = []")
    with writer.forward.block(f"for layer in {layers}:"):
        chained = writer.chance.random() < 0.4
        writer.forward.line(
            f"{name}.append(layer({f'{name}[-1] if {name} else ' if chained else ''}{value}))"
        )
    return writer.chance.choice(
        ("sum({n})", "torch.stack({n}, 0).mean(0)", "{n}[0] + {n}[-1]", "torch.stack({n}).max(0).values", "{n}.pop()",
         "{n}[1] * {n}[2]", "torch.stack({n}).sum(dim=0)", "sum({n}[1:], {n}[0])", "torch.stack({n}, 1)[:, 0]",
         "functools.reduce(operator.add, {n})", "torch.cat({n}, 1)[:, :4]", "sum({n}) / len({n})",
         "torch.stack({n}, dim=-1).mean(-1)", "torch.stack({n}).unbind(0)[1]",
         "torch.cat({n}, 1).chunk(3, 1)[0]", "torch.add(*{n}[:2])", "{n}[::-1][0]")
    ).format(n=name)  # fmt: skip


def comprehended(writer: Writer, value: str) -> str:
    layers, value = layer_list(writer, 3), writer.variable(value)
    form = writer.chance.choice(
        ("sum([m({x}) for m in {l}])", "sum(m({x}) for m in {l})", "[m({x}) for m in {l}][1]",
         "torch.stack([m({x}) for m in {l}]).sum(0)", "{{i: m({x}) for i, m in enumerate({l})}}[2]",
         "sum([m({x}) for i, m in enumerate({l}) if i != 1])", "list(map(lambda m: m({x}), {l}))[0]",
         "tuple(m({x}) for m in {l})[-1]", "next(m({x}) for m in {l})", "sum(map(lambda m: m({x}), {l}))",
         "[y for m in {l} for y in (m({x}), {x})][-2]", "list(zip({l}, [{x}] * 3))[0][1]",
         "sum([m(y) for m, y in zip({l}, ({x}, {x}))])", "list(filter(None, [m({x}) for m in {l}[:0]] + [None])) or {x}",
         "dict(zip('abc', [m({x}) for m in {l}]))['b']", "[m for m in {l}][0]({x})", "sum((m({x}) for m in {l}), {x})")
    )  # fmt: skip
    found = form.format(l=layers, x=value)
    return value if found.startswith("list(filter") else found


def outputs(writer: Writer, value: str) -> str:
    """Several tensors returned by a method and taken apart."""
    name, first, second = writer.fresh("both"), writer.fresh("u"), writer.fresh("v")
    left, right = writer.attribute(layer(writer)), writer.attribute(layer(writer))
    result, taken, use = writer.chance.choice(
        (("({a}(x), {b}(x))", "{u}, {v} = {c}", "{u} + {v}"), ("[{a}(x), {b}(x)]", "{u}, {v} = {c}", "{v}"),
         ("{{'a': {a}(x), 'b': {b}(x)}}", "{u} = {c}", "{u}['a'] * {u}['b']"),
         ("{{'a': {a}(x), 'b': {b}(x)}}", "{u}, {v} = {c}.values()", "{u} - {v}"),
         ("{a}(x), {b}(x), x", "{u}, *{v} = {c}", "{u} + {v}[0]"), ("x, {a}(x), {b}(x)", "*{u}, {v} = {c}", "{v} + {u}[1]"),
         ("(x, ({a}(x), {b}(x)))", "_, ({u}, {v}) = {c}", "{u} + {v}"), ("{a}(x), None", "{u}, {v} = {c}", "{u} if {v} is None else {v}"),
         ("Pair({a}(x), {b}(x))", "{u} = {c}", "{u}.left + {u}[1]"), ("Record({a}(x), second={b}(x))", "{u} = {c}", "{u}.first * {u}.second"))
    )  # fmt: skip
    writer.members.append(f"def {name}(self, x):\n    return {result.format(a=left, b=right)}")
    writer.forward.line(taken.format(u=first, v=second, c=f"self.{name}({value})"))
    return use.format(u=first, v=second)


def dictionary(writer: Writer, value: str) -> str:
    """Tensors in a dictionary that is filled and read by key."""
    name, value = writer.fresh("feats"), writer.variable(value)
    writer.forward.line(
        writer.chance.choice((f"{name} = {{}}", f"{name} = dict()", f"{name} = OrderedDict()"))
    )
    writer.forward.line(f"{name}['in'] = {value}")
    writer.forward.line(f"{name}['mid'] = {writer.some(value, 1)}")
    if writer.chance.random() < 0.5:
        writer.forward.line(f"{name}.update(out={writer.some(name + chr(91) + repr('mid') + chr(93), 1)})")
    return writer.chance.choice(
        ("{n}['in'] + {n}['mid']", "list({n}.values())[-1]", "sum({n}.values())", "{n}.get('mid', {x})",
         "{n}.get('none', {x})", "{n}.pop('mid')", "sum(v for k, v in {n}.items() if k != 'in')",
         "torch.stack(list({n}.values())).mean(0)", "{n}.setdefault('late', {n}['mid'])", "[*{n}.values()][0]",
         "{{**{n}, 'more': {x}}}['mid']", "({n} | {{'b': {x}}})['b']", "sorted({n}.items())[0][1]")
    ).format(n=name, x=value)  # fmt: skip


CONTAINERS: dict[str, Step] = {
    "made list": made_list,
    "ordered": ordered,
    "changed sequential": changed_sequential,
    "parts of": parts_of,
    "changed list": changed_list,
    "module dict": module_dict,
    "plain holder": plain_holder,
    "collected": collected,
    "comprehended": comprehended,
    "outputs": outputs,
    "dictionary": dictionary,
}
