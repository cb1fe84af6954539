// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What a registry has said. Ids and versions mean the same for ever; the latest version of a subject, and that
/// there is none of an id, may change.
struct RegistryCache {
    private struct Version: Hashable {
        var subject: String
        var version: Int32
    }

    /// So many schemas are kept; then the cache begins anew.
    static let limit = 10_000
    /// In nanoseconds: how long what may change is believed.
    static let latestAge: UInt64 = 60_000_000_000
    static let absenceAge: UInt64 = 10_000_000_000

    private var byID: [Int32: RegisteredSchema] = [:]
    private var byVersion: [Version: RegisteredSchema] = [:]
    private var latest: [String: (schema: RegisteredSchema, at: UInt64)] = [:]
    private var absent: [Int32: (error: RegistryError, at: UInt64)] = [:]

    func schema(id: Int32) -> RegisteredSchema? { byID[id] }

    func schema(_ subject: String, _ version: Int32) -> RegisteredSchema? {
        byVersion[Version(subject: subject, version: version)]
    }

    func latest(_ subject: String, now: UInt64) -> RegisteredSchema? {
        guard let entry = latest[subject], now -| entry.at < RegistryCache.latestAge else { return nil }
        return entry.schema
    }

    /// Why there is no schema of this id, if that was said a moment ago.
    func absence(of id: Int32, now: UInt64) -> RegistryError? {
        guard let entry = absent[id], now -| entry.at < RegistryCache.absenceAge else { return nil }
        return entry.error
    }

    mutating func add(_ schema: RegisteredSchema, asLatestAt now: UInt64? = nil) {
        if byID.count >= RegistryCache.limit { byID = [:] }
        if byVersion.count >= RegistryCache.limit { (byVersion, latest) = ([:], [:]) }
        if let id = schema.id, byID[id] == nil { byID[id] = schema }
        guard let subject = schema.subject, let version = schema.version else { return }
        byVersion[Version(subject: subject, version: version)] = schema
        if let now { latest[subject] = (schema, now) }
    }

    mutating func addAbsence(of id: Int32, _ error: RegistryError, now: UInt64) {
        if absent.count >= RegistryCache.limit { absent = [:] }
        absent[id] = (error, now)
    }

    /// A new version of it may be there.
    mutating func forgetLatest(_ subject: String) { latest[subject] = nil }
}
