"""What following one model may cost; a model that meets a limit is partial or failed, and says which."""

STEPS = 8_000_000
"""Statements and expressions evaluated for one root of a file: the largest seen take 8 (tables of relative
positions) or 0.5 million; a hostile loop spends them in 7 to 40 seconds.
"""

ENTRY_STEPS = 20_000_000
"""The same for a model that was asked for by an entry."""

FILE_SECONDS = 120
"""Processor time of one file or entry, its imports included, whatever single steps cost: five times what the
largest file seen takes.
"""

LOOK_STEPS = 1_000
"""Steps between two looks at the clock."""

DECORATOR_STEPS = 20_000
"""Steps of one decorator, the modules it imports aside: one that registers or wraps takes hundreds; one that
composes documentation takes millions, and what it decorates is left as it is.
"""

CALL_DEPTH = 180
"""Nested calls of interpreted functions: deeper than any model seen (about 60), shallow enough for the C
stack.
"""

UNSURE_RECURSION = 4
"""Calls of a function within itself, each under a further unknown condition: every one may double what is
followed, and none of the values is known by then.
"""

UNSURE_RECURSION_DEPTH = 16
"""Calls of a function within itself after an unknown condition: the same one, met again, is taken to hold."""

LOOP_TURNS = 4_096
"""Turns of one loop over a known sequence: channel and anchor tables have hundreds."""

WHILE_TURNS = 1_024
"""Turns of one `while` whose condition stays known and true."""

SURE_TURNS = 8
"""Turns of one `while` after which a turn that changes nothing known shows that its test is not known."""

KEPT_SOURCE = 12_000_000
"""Bytes of imported programs that a process keeps from file to file; each takes some 45 bytes of memory."""

NODES = 100_000
"""Layer applications of one graph."""

CHOICES = 8
"""Values a variable may have at once before it becomes unknown."""

SIZE = 1_000_000
"""Elements of a list, characters of a string, or bits of an integer that an operation may make."""

FREE_SIZE = 10_000
"""Elements of a new container that cost no steps of their own: more than tables of channels have."""

FORK_DEPTH = 40
"""Nested branches with unknown conditions that are followed on both sides; deeper ones take the else side."""

FILE_STEPS = 20_000_000
"""Steps of all roots of one file that is linted without an entry; roots after that are reported as not
followed.
"""
