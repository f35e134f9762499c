"""Passes over a batch that end for each seed by itself, when its policy has moved far enough."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics, State
from rlbench.algorithms.minibatches import epoch_means
from rlbench.numerics.optimizers import keep_rows, restore_rows, save_rows


class Epochs:
    """A seed takes part until its mean `kl` over an epoch exceeds the target; from then on all that it has stays.

    The arithmetic goes on for all seeds alike, and what it did to a seed that had stopped is undone after each epoch.
    With a target of 0 no seed ever stops.
    """

    def __init__(self, state: State, target_kl: float) -> None:
        """`state` has what learning changes: theta, and Adam's state."""
        self._changing = [state["theta"], *state["adam"].values()]
        self._target_kl = target_kl
        self._stopped = torch.zeros(len(state["theta"]), dtype=torch.bool, device=state["theta"].device)
        self.count = self._stopped.float()
        """Epochs that each seed took part in, `[S]`"""
        self.columns: Metrics = {}
        """Means over the last epoch that each seed took part in, `[S]`"""

    def passes(self, orders: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Number and order of each epoch, until every seed has stopped. `end` is to be called in each."""
        for number, order in enumerate(orders):
            self._before = save_rows(self._changing) if self._target_kl else []
            yield number, order
            if self._target_kl and self._stopped.all():
                return

    def end(self, terms: Sequence[Metrics]) -> None:
        """Take in an epoch's terms, minibatch by minibatch."""
        columns, self.count = epoch_means(terms), self.count + ~self._stopped
        if not self._target_kl:
            self.columns = columns
            return
        restore_rows(self._changing, self._before, self._stopped)
        kept = self.columns or columns
        self.columns = {name: keep_rows(self._stopped, kept[name], each) for name, each in columns.items()}
        self._stopped = self._stopped | (self.columns["kl"] > self._target_kl)
