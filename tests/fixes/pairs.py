"""Programs with one fault each, what its fix makes of them, and the tensors to run both on."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\n"
NET = HEAD + "class Net(nn.Module):\n    def __init__({}):\n        super().__init__()\n"


@dataclass(frozen=True, slots=True)
class Pair:
    """`faulty` is a piece of `program` that the fix of `code` turns into `fixed`; `shapes` are those of the
    inputs (float32), `before` says what torch makes of the faulty program."""

    name: str
    code: str
    program: str
    faulty: str
    fixed: str
    shapes: tuple[tuple[int, ...], ...]
    before: str = "same"

    @property
    def after(self) -> str:
        assert self.program.count(self.faulty) == 1
        return self.program.replace(self.faulty, self.fixed)


def net(built: str, used: str, inputs: str = "x", parameters: str = "self") -> str:
    body = "".join(f"        {line}\n" for line in built.splitlines())
    forward = "".join(f"        {line}\n" for line in used.splitlines())
    return NET.format(parameters) + body + f"\n    def forward(self, {inputs}):\n{forward}"


FEATURES = ((4, 8),)
IMAGES = ((2, 3, 9, 9),)

PAIRS = (
    Pair(
        "keep probability of a layer",
        "OL121",
        net("self.drop = nn.Dropout(keep_prob)  # kept", "return self.drop(x)", "x", "self, keep_prob=0.9"),
        "nn.Dropout(keep_prob)",
        "nn.Dropout(1 - keep_prob)",
        FEATURES,
    ),
    Pair(
        "keep probability of a function",
        "OL121",
        net(
            "self.p_keep = p_keep",
            "return F.dropout(x, p=self.p_keep, training=self.training)",
            "x",
            "self, p_keep=0.8",
        ),
        "p=self.p_keep",
        "p=1 - self.p_keep",
        FEATURES,
    ),
    Pair(
        "recurrent dropout of one layer",
        "OL122",
        net("self.rnn = nn.LSTM(8, 16, dropout=0.3, batch_first=True)", "return self.rnn(x)[0]"),
        "16, dropout=0.3, batch_first",
        "16, batch_first",
        ((2, 5, 8),),
        "warns",
    ),
    Pair(
        "recurrent dropout as the last argument",
        "OL122",
        net("self.rnn = nn.GRU(8, 16, dropout=0.3)", "return self.rnn(x)[0]"),
        "16, dropout=0.3)",
        "16)",
        ((2, 5, 8),),
        "warns",
    ),
    Pair(
        "dropout of single values, as a layer",
        "OL123",
        net(
            "self.layers = nn.Sequential(\n    nn.Conv2d(3, 16, 3),\n    nn.ReLU(),\n"
            "    nn.Dropout(0.3),  # p\n)",
            "return self.layers(x)",
        ),
        "nn.Dropout(",
        "nn.Dropout2d(",
        IMAGES,
    ),
    Pair(
        "dropout of single values, as a function",
        "OL123",
        net("self.conv = nn.Conv1d(3, 16, 3)", "return F.dropout(self.conv(x), 0.3, self.training)"),
        "F.dropout(",
        "F.dropout1d(",
        ((2, 3, 9),),
    ),
    Pair(
        "batch norm behind the activation, in a sequence",
        "OL303",
        net(
            "self.layers = nn.Sequential(\n    nn.Conv2d(3, 16, 3, bias=False),\n    nn.Tanh(),\n"
            "    nn.BatchNorm2d(16),\n)",
            "return self.layers(x)",
        ),
        "nn.Tanh(),\n            nn.BatchNorm2d(16),",
        "nn.BatchNorm2d(16),\n            nn.Tanh(),",
        IMAGES,
    ),
    Pair(
        "batch norm behind the activation, in forward",
        "OL303",
        net(
            "self.fc = nn.Linear(8, 16, bias=False)\nself.norm = nn.BatchNorm1d(16)",
            "x = torch.tanh(self.fc(x))\nreturn self.norm(x)",
        ),
        "x = torch.tanh(self.fc(x))\n        return self.norm(x)",
        "x = self.norm(self.fc(x))\n        return torch.tanh(x)",
        FEATURES,
    ),
    Pair(
        "channels of a batch norm",
        "OL308",
        net(
            "self.conv = nn.Conv2d(3, 16, 3, bias=False)\nself.norm = nn.BatchNorm2d(3, eps=1e-3)",
            "return self.norm(self.conv(x))",
        ),
        "BatchNorm2d(3, ",
        "BatchNorm2d(16, ",
        IMAGES,
        "raises",
    ),
    Pair(
        "softmax before cross-entropy",
        "OL401",
        net(
            "self.fc = nn.Linear(8, 5)\nself.loss = nn.CrossEntropyLoss()",
            "x = self.fc(x)\nx = F.softmax(x, dim=1)\nreturn self.loss(x, y)",
            "x, y",
        ),
        "        x = F.softmax(x, dim=1)\n",
        "",
        ((4, 8), (4, 5)),
    ),
    Pair(
        "softmax layer before cross-entropy",
        "OL401",
        net(
            "self.fc = nn.Linear(8, 5)\nself.softmax = nn.Softmax(dim=1)",
            "return F.cross_entropy(self.softmax(self.fc(x)), y)",
            "x, y",
        ),
        "        self.softmax = nn.Softmax(dim=1)\n\n    def forward(self, x, y):\n"
        "        return F.cross_entropy(self.softmax(self.fc(x)), y)",
        "\n    def forward(self, x, y):\n        return F.cross_entropy(self.fc(x), y)",
        ((4, 8), (4, 5)),
    ),
    Pair(
        "sigmoid before a loss on logits",
        "OL402",
        net(
            "self.fc = nn.Linear(8, 5)\nself.loss = nn.BCEWithLogitsLoss()",
            "return self.loss(torch.sigmoid(self.fc(x)), y)",
            "x, y",
        ),
        "torch.sigmoid(self.fc(x))",
        "self.fc(x)",
        ((4, 8), (4, 5)),
    ),
    Pair(
        "ReLU before softmax",
        "OL404",
        net(
            "self.layers = nn.Sequential(nn.Linear(8, 5), nn.ReLU(), nn.Softmax(dim=1))",
            "return self.layers(x)",
        ),
        "nn.ReLU(), ",
        "",
        FEATURES,
    ),
    Pair(
        "module called on a tensor",
        "OL503",
        net("self.fc = nn.Linear(8, 5)", "return nn.ReLU(self.fc(x))"),
        "nn.ReLU(",
        "F.relu(",
        FEATURES,
        "no tensor",
    ),
    Pair(
        "sigmoid called on a tensor",
        "OL503",
        net("self.fc = nn.Linear(8, 5)", "x = self.fc(x)\nreturn nn.Sigmoid(x)"),
        "nn.Sigmoid(",
        "torch.sigmoid(",
        FEATURES,
        "raises",
    ),
    Pair(
        "in place before a skip, as a layer",
        "OL504",
        net(
            "self.relu = nn.ReLU(inplace=True)\nself.conv = nn.Conv2d(3, 3, 3, padding=1)",
            "return x + self.conv(self.relu(x))",
        ),
        "inplace=True",
        "inplace=False",
        IMAGES,
    ),
    Pair(
        "in place before a skip, as a function",
        "OL504",
        net(
            "self.norm = nn.BatchNorm2d(3)\nself.conv = nn.Conv2d(3, 3, 3, padding=1)",
            "skip = self.norm(x)\ny = F.relu(skip, inplace=True)\nreturn skip + self.conv(y)",
        ),
        "inplace=True",
        "inplace=False",
        IMAGES,
    ),
)
