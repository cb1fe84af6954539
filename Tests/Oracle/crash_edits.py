# SPDX-License-Identifier: Apache-2.0
"""A program that is edited between its starts, under kills: queries come and go beside those that are checked, which are
themselves added to an application that runs already.

    bystander ─► checked + bystander ─► checked ─► checked + another bystander
              backfill                          backfill
"""

import re
import time

from crash_scenario import PROGRESS, expect_progress


class Edits:
    """kill -9 of all processes at random moments, several times a version of the program."""

    def __init__(self, program, processes, kills):
        self.program, self.processes, self.kills = program, processes, kills
        self.name = f"edits {program.name} {processes}"
        self.figures = f"{kills} kills, 4 versions"

    def cast(self, rng):
        return [(self.program, self.processes, 800, 1.2 * self.kills)]

    def harm(self, suite, applications, rng):
        application = applications[0]
        for index, text in enumerate(self._versions(application)):
            application.edit(text, ["--new-queries", "backfill"])
            for _ in range(max(1, self.kills // 4)):
                application.start_all()
                time.sleep(rng.uniform(0.1, 1.2))
                application.expect_alive()
                for slot in range(self.processes):
                    application.kill(slot)
            if index == 0:
                # The others find something that was committed.
                application.start_all()
                expect_progress([application], PROGRESS)
                for slot in range(self.processes):
                    application.kill(slot)

    def _versions(self, application):
        statements = [s.strip() + ";" for s in self.program.sql.replace("$T", application.name).split(";") if s.strip()]
        sources = [s for s in statements if not re.search(r"\bAS\s+SELECT\b", s, re.I)]
        queries = [s for s in statements if s not in sources]
        source = re.search(r"CREATE\s+STREAM\s+(\w+)", "\n".join(sources), re.I).group(1)

        def bystander(number):
            return (f"CREATE STREAM bystander{number} WITH (KAFKA_TOPIC='{application.name}.bystander{number}', "
                    f"VALUE_FORMAT='JSON') AS SELECT *, {number} AS version FROM {source};")

        yield "\n".join(sources + [bystander(1)])
        yield "\n".join(sources + [bystander(1)] + queries)
        yield "\n".join(sources + queries)
        yield "\n".join(sources + queries + [bystander(2)])
