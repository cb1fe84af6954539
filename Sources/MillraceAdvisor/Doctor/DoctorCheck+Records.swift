// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceRun

/// Some of the input's records, as the program declares them.
extension DoctorCheck {
    static let records = [fields, times]

    private static let fields = DoctorCheck("the first records have the columns that are declared") { _, snapshot in
        guard let glance = snapshot.glance, glance.records.values.contains(where: { $0 > 0 }) else { return nil }
        return glance.columns.map { .warning(.columnNotInRecords, $0.subject, $0.reason, step: $0.step) }
    }

    private static let times = DoctorCheck("event times are milliseconds since 1970") { _, snapshot in
        guard let glance = snapshot.glance, glance.records.values.contains(where: { $0 > 0 }) else { return nil }
        return glance.times.map { .warning(.implausibleTimes, $0.subject, $0.reason) }
    }
}
