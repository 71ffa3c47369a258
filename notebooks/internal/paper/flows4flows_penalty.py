"""Train a flow for flow by flows4flows with its own L1 penalty, and write it for us to read, as flows4flows.py does without one.

    PYTHONPATH=flows4flows python flows4flows_penalty.py TASK

Needs flows4flows.py beside it, and what that needs. TASK is its task, with two more:

    penalty        weight of the L1 penalty
    penaltyOnly    whether the likelihood is left out, which gives the paper's lower bound on displacement
"""

import json
import sys

import flows4flows
from ffflows.distance_penalties import LOnePenalty

TASK = json.loads(sys.argv[1])


class Penalised(flows4flows.DiscreteBaseFlowForFlow):
    def __init__(self, *args, **bases):
        super().__init__(*args, **bases)
        self.add_penalty(LOnePenalty(TASK["penalty"]))  # log_prob takes it off the likelihood

    def log_prob(self, inputs, inverse=False):
        if not TASK.get("penaltyOnly"):
            return super().log_prob(inputs, inverse=inverse)
        moved, _ = self.transform(inputs, inverse=inverse)
        return -self.distance_object(moved, inputs)


if __name__ == "__main__":
    flows4flows.DiscreteBaseFlowForFlow = Penalised
    flows4flows.main()
