"""multiprocessing.pool for the interpreter: what is mapped over workers is called in turn."""


class AsyncResult:
    def __init__(self, value):
        self._value = value

    def get(self, timeout=None):
        return self._value

    def wait(self, timeout=None):
        pass

    def ready(self):
        return True

    def successful(self):
        return True


class Pool:
    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        if initializer is not None:
            initializer(*initargs)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None

    def apply(self, func, args=(), kwds={}):
        return func(*args, **kwds)

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        return AsyncResult(func(*args, **kwds))

    def map(self, func, iterable, chunksize=None):
        return list(map(func, iterable))

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return AsyncResult(list(map(func, iterable)))

    def starmap(self, func, iterable, chunksize=None):
        return [func(*args) for args in iterable]

    def imap(self, func, iterable, chunksize=1):
        return map(func, iterable)

    imap_unordered = imap

    def close(self):
        pass

    def terminate(self):
        pass

    def join(self):
        pass


ThreadPool = Pool
