"""torch.autograd for the interpreter: a custom function is its `forward`."""


class _Context:
    needs_input_grad = (True, True, True, True, True, True)

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *args):
        pass

    def mark_dirty(self, *args):
        pass

    def set_materialize_grads(self, value):
        pass


class Function:
    @classmethod
    def apply(cls, *args):
        if hasattr(cls, "setup_context"):
            return cls.forward(*args)
        return cls.forward(_Context(), *args)
