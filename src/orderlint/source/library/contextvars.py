"""`contextvars.ContextVar`: what a context holds, for code that runs in one."""

_MISSING = object()


class Token:
    def __init__(self, var, old_value):
        self.var = var
        self.old_value = old_value


class ContextVar:
    def __init__(self, name, *, default=_MISSING):
        self.name = name
        self._value = default

    def get(self, *default):
        if self._value is not _MISSING:
            return self._value
        if default:
            return default[0]
        raise LookupError(self.name)

    def set(self, value):
        token = Token(self, self._value)
        self._value = value
        return token

    def reset(self, token):
        self._value = token.old_value
