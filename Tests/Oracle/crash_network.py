# SPDX-License-Identifier: Apache-2.0
"""Requests and responses between the processes and the broker are lost, cut, held and doubled by a proxy.

Of the transaction protocol each request also arrives late: when the process has long given it up, its transaction is
over, and the next one of the same transactional id is at its most vulnerable. Without a new producer epoch after each
uncertain request a late EndTxn would commit what is to be aborted, a late TxnOffsetCommit take the offsets back, and a
late AddPartitionsToTxn or AddOffsetsToTxn open a transaction that nobody ends."""

import time

from crash_broker import PatientClient
from crash_scenario import PROGRESS, START, expect_progress, work_together
from programs import PROGRAMS
from verify import Difference

TRANSACTION = ["Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"]
# What a process says to its broker only when it starts.
AT_START = ["FindCoordinator", "InitProducerId", "JoinGroup", "SyncGroup", "OffsetFetch", "ListOffsets"]
# How long a client waits for a response before it gives up the connection and asks again, and a hold that is longer.
PATIENCE = "socket.timeout.ms=2000"
TOO_LATE = "hold:2500"
# Longer than the broker lets a transaction of a program without aggregation be open, in seconds.
OVERDUE = (12.5, 14)

CUTS = ["request cut", "response cut", "response cut:9"]
LOSSES = ["request lose", "response lose"]
# What comes is not what the broker has said: other bytes, or a length that cannot be.
GARBAGE = ["response garble", "response swell"]
ALL = CUTS + LOSSES + GARBAGE + ["request duplicate", f"request {TOO_LATE}"]
# Clients wait for minutes for the answers to JoinGroup and SyncGroup, as a rebalance may take so long. A second JoinGroup of
# a static member replaces the first, as a second process of its name would.
ONCE = CUTS + GARBAGE + ["request duplicate"]
GROUP = {
    "FindCoordinator": ALL, "InitProducerId": ALL, "JoinGroup": ONCE, "SyncGroup": ONCE,
    "Heartbeat": ALL, "OffsetFetch": CUTS + LOSSES + GARBAGE,
    "ListOffsets": CUTS + LOSSES + GARBAGE, "Fetch": ALL + ["response cut:1500"],
}


# Fault 20, 21, 22, 23, 24, 25, 26, 27, 28, 30.
class NetworkFaults:
    """
        a   one process: late requests of transactions
        b   one process: all other faults in transactions
        c   two processes: faults in the group and in reading, a slow network and a dead one
    """
    name = "network faults"
    names = ["filter_arithmetic", "counts_and_big_sums", "tumbling_affine_final"]

    def __init__(self, count):
        self.count, self.hits = count, []
        late = [(self._late, api, isOverdue) for api in TRANSACTION for isOverdue in (False, True)
                if not isOverdue or api in ("EndTxn", "TxnOffsetCommit")]
        transaction = [(self._once, api, harm) for api in TRANSACTION for harm in ALL]
        group = [(self._once, api, harm) for api, harms in GROUP.items() for harm in harms]
        self._kinds = [late, transaction + [(self._worn,)], group + [(self._slow,), (self._thin,), (self._dead,)]]

    def _plan(self, rng):
        """(application, kind) of so many faults: every late request, then all other kinds in an order of this seed's, then
        all of them again."""
        late, *others = [[(index, kind) for kind in kinds] for index, kinds in enumerate(self._kinds)]
        others, plan = sum(others, []), []
        while len(plan) < self.count:
            plan += (late + rng.sample(others, len(others)))[:self.count - len(plan)]
        return plan

    @property
    def figures(self):
        return f"{len(self.hits)} faults"

    def cast(self, rng):
        return [(PROGRAMS[n], processes, 200, 60 + 2 * self.count) for n, processes in zip(self.names, (1, 1, 2))]

    def harm(self, suite, applications, rng):
        self._proxy = suite.proxy
        for application in applications:
            application.connection = [*self._proxy.connection, "-X", PATIENCE]
            application.start_all()
        expect_progress(applications, START)
        plan = self._plan(rng)
        try:
            work_together([(self._work, application, [kind for at, kind in plan if at == index])
                           for index, application in enumerate(applications)])
        finally:
            self._proxy.release_all()
            suite.tally.network_faults.update(self.hits)

    def _work(self, application, kinds):
        for function, *arguments in kinds:
            self.hits.append(function(application, *arguments))
            expect_progress([application], PROGRESS)

    def _once(self, application, api, harm):
        """One fault of one request, of any of the application's processes and transactional ids."""
        rng, slot = application.rng, application.rng.randrange(len(application.processes))
        side, action = harm.split()
        nth = 1 if api in AT_START else rng.randint(1, 4)
        if api in AT_START:
            application.kill(slot)
        rule = self._proxy.arm(f"{side} {api}:{application.name} {nth} {action}")
        if api in AT_START:
            application.start(slot)
        self._proxy.expect(f"fired {rule}", START)
        return api

    def _slow(self, application):
        rule = self._proxy.arm(f"request any:{application.name} 1+ hold:{application.rng.randint(50, 300)}")
        time.sleep(5)
        expect_progress([application], PROGRESS)
        self._proxy.release(rule)
        return "slow network"

    def _thin(self, application):
        """A line of 1 Mbit/s each way."""
        rules = [self._proxy.arm(f"{side} any:{application.name} 1+ pace:125000") for side in ("request", "response")]
        time.sleep(5)
        expect_progress([application], PROGRESS)
        for rule in rules:
            self._proxy.release(rule)
        return "1 Mbit/s"

    def _worn(self, application):
        """A bit of the records in each Produce is another: the broker takes none of them. (What is read has other things
        beside its records, which have no checksum: see WireFaultTests.)"""
        rule = self._proxy.arm(f"request Produce:{application.name} 1+ flip:20")
        self._proxy.expect(f"fired {rule}", START)
        time.sleep(application.rng.uniform(0.5, 2))
        self._proxy.release(rule)
        return "bits of Produce"

    def _dead(self, application):
        """Nothing arrives, and no connection ends; then everything arrives at once."""
        rule = self._proxy.arm(f"request any:{application.name} 1+ hold")
        time.sleep(application.rng.uniform(4, 12))
        self._proxy.release(rule)
        return "dead network"

    def _late(self, application, api, isOverdue):
        """A request of a transaction arrives when the next one of its transactional id (or, for those that open one, of
        the other id) is under way. isOverdue: and the broker has ended its own by then, as it was open for too long."""
        identity, own = application.processes[0].identity(application.name), application.rng.randrange(2)
        own, other = f"{identity}-{own}", f"{identity}-{1 - own}"
        late = self._proxy.arm(f"request {api}:{own} 1 hold")
        if isOverdue:
            again = self._proxy.arm(f"request {api}:{own} 1+ lose")
        self._proxy.expect(f"fired {late}", START)
        if isOverdue:
            time.sleep(application.rng.uniform(*OVERDUE))
            self._proxy.release(again)
            expect_progress([application], PROGRESS)
        # The transaction that the request was for is ended by an EndTxn of its own, before the one that waits.
        moment = {"Produce": f"request EndTxn:{own} 2 hold", "TxnOffsetCommit": f"request EndTxn:{own} 2 hold",
                  "EndTxn": f"response Produce:{own} 1 hold"}.get(api, f"request EndTxn:{other} 1 hold")
        waiting = self._proxy.arm(moment)
        self._proxy.expect(f"fired {waiting}", START)
        self._proxy.release(late)
        self._proxy.expect(f"answered {late}", START)
        if api in ("AddPartitionsToTxn", "AddOffsetsToTxn"):
            state, _ = PatientClient(application.suite.broker.bootstrap).transaction(own)
            if state == "Ongoing":
                raise Difference(f"{application.name}: a late {api} has opened a transaction of {own}")
        if api == "EndTxn":
            # Were its results committed, they would come again now.
            application.kill(0)
            application.start(0)
        self._proxy.release(waiting)
        return f"late {api}"
