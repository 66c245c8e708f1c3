"""What a function in Python is told of the backward pass under way."""

import pytest
import torch

from recurra.kernels.autograd_function import Function, is_asked


class Product(Function):
    @staticmethod
    def forward(ctx, name, x, constant, weight):
        ctx.save_for_backward(x, weight)
        return x * weight

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        asked.append([is_asked(ctx, place) for place in (0, 1, -1)])
        return None, grad * weight, None, grad * x


asked = []


@pytest.fixture(autouse=True)
def tensors():
    asked.clear()
    return torch.randn(3, requires_grad=True), torch.randn(3), torch.randn(3, requires_grad=True)


def _product(x, constant, weight):
    return Product.apply("product", x, constant, weight).sum()


def test_of_leaves_those_that_are_named(tensors):
    x, _, weight = tensors
    for of in ([x], [weight], [x, weight]):
        torch.autograd.grad(_product(*tensors), of)
    _product(*tensors).backward(inputs=[weight])
    assert asked == [[True, False, False], [False, False, True], [True, False, True], [False, False, True]]


def test_of_leaves_all_where_none_is_named(tensors):
    _product(*tensors).backward()
    assert asked == [[True, False, True]]


def test_of_what_is_computed_that_through_which_the_way_leads(tensors):
    x, constant, weight = tensors
    double = 2 * x
    torch.autograd.grad(_product(double, constant, weight), double, retain_graph=True)
    torch.autograd.grad(_product(double, constant, weight), x, create_graph=True)
    torch.autograd.grad(_product(double, constant, weight), weight)
    assert asked == [[True, False, False], [True, False, False], [False, False, True]]


def test_what_has_no_gradient_is_never_asked_for(tensors):
    x, constant, weight = tensors
    _product(x.detach(), constant, weight).backward()
    assert asked == [[False, False, True]]
