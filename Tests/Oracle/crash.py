# SPDX-License-Identifier: Apache-2.0
"""Kills, stops and cuts off the real binary on a real broker, and compares what is left with a recomputation. See
scripts/crash."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from crash_application import BINARY
from crash_broker import Broker, PatientClient
from crash_edits import Edits
from crash_faults import Faults
from crash_forgetful import ForgetfulBroker
from crash_network import NetworkFaults
from crash_outage import BrokerAway, BrokerKills
from crash_proxy import Proxy
from crash_registry import RegistryAway
from crash_rolling import Rolling
from crash_scenario import Kills, Stops, Suite
from crash_storm import Storm
from crash_tally import Tally
from programs import PROGRAMS

import programs_avro  # noqa: F401 - adds its programs
import programs_explode  # noqa: F401 - adds its programs
import programs_joins  # noqa: F401 - adds its programs

DEFAULT = ["filter_arithmetic", "tumbling_affine_final", "counts_and_big_sums", "having_changes",
           "hopping_uneven_regroup_changes", "avro_evolution", "join_enrich"]


def scenarios(arguments):
    """One with kills for each program and number of processes, then the broker's kills and the stops for all at once."""
    programs = [PROGRAMS[n] for n in arguments.programs]
    pairs = [(p, n) for n in arguments.processes for p in programs if n <= p.most]
    for index, (program, processes) in enumerate(pairs):
        share = (arguments.kills * (index + 1)) // len(pairs) - arguments.kills * index // len(pairs)
        if share:
            yield Kills(program, processes, share)
    # A program with a join is not edited with the history that it has read.
    for program in [p for p in programs if p.most > 1] if arguments.edits else []:
        yield Edits(program, 1, arguments.edits)
    most = max(arguments.processes)
    together = [(p, min(most, p.most)) for p in programs]
    if not arguments.no_faults:
        yield Faults()
    if arguments.network_faults:
        yield NetworkFaults(arguments.network_faults)
    if arguments.storm:
        yield Storm(arguments.storm)
    if arguments.rolling:
        yield Rolling(arguments.rolling)
    if arguments.broker_kills:
        yield BrokerKills(together, arguments.broker_kills)
    if arguments.broker_away:
        yield BrokerAway(together, arguments.broker_away)
    if arguments.stops:
        yield Stops(together, arguments.stops, arguments.stop_limits)
    if arguments.registry_away:
        yield RegistryAway(PROGRAMS["avro_tumbling"], most, arguments.registry_away)
    # The last, because it lets a log grow that every start of the broker reads.
    if arguments.forgetful:
        yield ForgetfulBroker(together, arguments.forgetful)


def parse():
    parser = argparse.ArgumentParser(prog="scripts/crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 of processes, over all programs (default: 200)")
    parser.add_argument("--broker-kills", type=int, default=10, help="kill -9 of the broker (default: 10)")
    parser.add_argument("--forgetful", type=int, default=1, metavar="TIMES",
                        help="the broker forgets committed offsets for a while (default: 1)")
    parser.add_argument("--edits", type=int, default=12, metavar="KILLS",
                        help="kills of an application whose program is edited meanwhile, each program (default: 12)")
    parser.add_argument("--stops", type=int, default=10, help="SIGSTOP beyond a limit, then SIGCONT (default: 10)")
    parser.add_argument("--broker-away", type=int, default=20, metavar="SECONDS", help="the broker is away (default: 20)")
    parser.add_argument("--registry-away", type=int, default=10, metavar="SECONDS",
                        help="the schema registry is away, as long again silent (default: 10)")
    parser.add_argument("--storm", type=int, default=60, metavar="SECONDS",
                        help="a process joins or leaves a group every second (default: 60)")
    parser.add_argument("--rolling", type=int, default=1, help="rolling restarts of three processes (default: 1)")
    parser.add_argument("--stop-limits", default="transaction,session",
                        help="some of transaction (10 s), session (30 s), poll (300 s)")
    parser.add_argument("--no-faults", action="store_true", help="without the faults at named places of the product")
    parser.add_argument("--network-faults", type=int, default=50,
                        help="requests lost, cut, held and doubled between processes and broker (default: 50)")
    parser.add_argument("--tls", action="store_true", help="over TLS where a proxy is between processes and broker")
    parser.add_argument("--processes", default="1,2", help="how many processes share a group (default: 1,2)")
    parser.add_argument("--programs", default=",".join(DEFAULT), help=f"default: {','.join(DEFAULT)}")
    parser.add_argument("--seed", type=int, help="of the moments and of the victims (default: a new one, printed)")
    parser.add_argument("--show", type=int, default=3, help="differing rows to show")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a setting for all programs; with processing.guarantee=at_least_once violations must show")
    parser.add_argument("--kafka", default=os.environ.get("MILLRACE_KAFKA_SCRIPT"), help="the script that starts brokers")
    parser.add_argument("--keep", action="store_true", help="keep the evidence even where nothing is wrong")
    arguments = parser.parse_args()
    arguments.programs = arguments.programs.split(",")
    for name in arguments.programs:
        if name not in PROGRAMS or not PROGRAMS[name].killed:
            parser.error(f"no program {name}; there are {', '.join(n for n, p in PROGRAMS.items() if p.killed)}")
    arguments.stop_limits = arguments.stop_limits.split(",")
    if set(arguments.stop_limits) - {"transaction", "session", "poll"}:
        parser.error("--stop-limits: some of transaction, session, poll")
    try:
        arguments.processes = [int(n) for n in arguments.processes.split(",")]
    except ValueError:
        parser.error("--processes: numbers, as in 1,2")
    if min(arguments.processes) < 1:
        parser.error("--processes: at least 1")
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1_000_000)
    return arguments


def main():
    arguments = parse()
    directory = tempfile.mkdtemp(prefix="millrace-crash-")
    print(f"seed {arguments.seed}, evidence in {directory}", flush=True)
    began, tally = time.monotonic(), Tally()
    needs_proxy = arguments.network_faults or arguments.broker_kills
    proxy = Proxy(BINARY, directory if arguments.tls else None) if needs_proxy else None
    PatientClient.patience += arguments.broker_away
    broker = Broker(arguments.kafka, os.path.join(directory, "broker"), proxy)
    try:
        suite = Suite(arguments, directory, broker, proxy, tally)
        for scenario in scenarios(arguments):
            suite.play(scenario)
    finally:
        broker.stop()
        if proxy:
            proxy.close()
    print(tally.summary(time.monotonic() - began))
    if tally.violations:
        print(f"evidence: {directory}", flush=True)
        return 1
    if not arguments.keep:
        shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
