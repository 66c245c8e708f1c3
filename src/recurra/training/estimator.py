"""A task with the manners of a scikit-learn estimator, so that its pipelines, cross-validation and searches work.

What scikit-learn asks of an estimator: settings are attributes, kept as they are given and checked in `fit`; what was
learnt has names that end in "_". Scikit-learn itself is imported where it is at work only.
"""

import copy
import dataclasses
import inspect
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np

from recurra.errors import DataError, quote
from recurra.settings import check
from recurra.settings.training import TrainingConfig
from recurra.training.model import ConfigT, NetworkT
from recurra.training.task import Task

_RANDOM_STATE = "random_state"


class Estimator(Task[ConfigT, NetworkT]):
    """A task whose settings are attributes.

    A subclass may have an `__init__` of its own, which hands settings on: `super().__init__(**settings)`.

    Args:
        settings: fields of `Config` by name; the others keep their defaults. `random_state` is what scikit-learn calls
            `seed`; where it is given, it counts: a whole number, or a generator of NumPy, which is not moved on.
    """

    kind: ClassVar[str]  # "classifier" or "regressor"
    _network: NetworkT | None = None

    def __init_subclass__(cls) -> None:
        """Give the constructor the settings as its parameters, which is where scikit-learn looks for them."""
        super().__init_subclass__()
        if cls.__init__ is not Estimator.__init__ and not hasattr(cls.__init__, "__signature__"):
            return  # the subclass, or a class between, says itself what it takes

        def __init__(self: Any, **settings_by_name: Any) -> None:
            super(cls, self).__init__(**settings_by_name)

        parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
        for name, value in _defaults(cls.Config).items():
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value))
        __init__.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        cls.__init__ = __init__  # type: ignore[method-assign]

    def __init__(self, **settings_by_name: Any) -> None:
        self._set(_defaults(self.Config) | settings_by_name)

    def _set(self, values: dict[str, Any]) -> None:
        """Set attributes as they are given, which scikit-learn asks for."""
        known = _defaults(self.Config)
        for name, value in values.items():
            if name not in known:
                check.build(self.Config, {name: value})  # raises, and says what there is
            setattr(self, name, value)

    @property
    def config(self) -> ConfigT:  # type: ignore[override]  # made of the attributes, and never set
        """The settings, checked.

        Raises:
            DataError: one is not as expected.
        """
        params = self.get_params()
        random_state = params.pop(_RANDOM_STATE)
        if random_state is not None:
            params["seed"] = _seed(random_state)
        config: ConfigT = check.build(self.Config, params)
        return config

    @property
    def network(self) -> NetworkT | None:  # fit may set no other public attribute
        """What was learnt; None before `fit`."""
        return self._network

    @network.setter
    def network(self, network: NetworkT | None) -> None:
        self._network = network

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name."""
        return {name: getattr(self, name) for name in _defaults(self.Config)}

    def set_params(self, **changed: Any) -> Self:
        """Change settings; a network that was fitted keeps the ones it was built with until the next `fit`."""
        self._set(changed)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self.network is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type=self.kind,
            target_tags=TargetTags(required=True, multi_output=self.kind == "regressor"),
            classifier_tags=ClassifierTags() if self.kind == "classifier" else None,
            regressor_tags=RegressorTags() if self.kind == "regressor" else None,
            input_tags=InputTags(three_d_array=True, string=True, allow_nan=True),
        )


def _seed(random_state: Any) -> Any:
    """The seed that a person gives as scikit-learn's `random_state`."""
    if isinstance(random_state, np.random.RandomState):
        return copy.deepcopy(random_state).randint(2**31)
    if isinstance(random_state, np.random.Generator):
        return copy.deepcopy(random_state).integers(2**31)
    if isinstance(random_state, bool) or not isinstance(random_state, Integral):
        raise DataError(
            f"random_state: expected None, a whole number or a generator of NumPy, got {quote(random_state)}"
        )
    return random_state


def _defaults(config_class: type[TrainingConfig]) -> dict[str, Any]:
    """Settings by name with their defaults, and `random_state`."""
    defaults: dict[str, Any] = {}
    for field in dataclasses.fields(config_class):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        else:
            defaults[field.name] = field.default
    return defaults | {_RANDOM_STATE: None}
