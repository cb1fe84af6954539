// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import MillraceCore

/// Zones of the tz database, against what Foundation makes of the same files.
struct NamedZoneTests {
    private static let names = [
        "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Los_Angeles",
        "America/Sao_Paulo", "America/St_Johns", "Asia/Kolkata", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe",
        "Australia/Sydney", "Africa/Casablanca", "Africa/Cairo", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll",
        "America/Asuncion", "Asia/Tehran", "EST5EDT", "CET", "Etc/GMT+5",
    ]

    @Test(arguments: names) func offsetsAreThoseOfFoundation(_ name: String) throws {
        let zone = try #require(NamedZone.named(Array(name.utf8)))
        let other = try #require(TimeZone(identifier: name))
        // Every 11 hours and a bit from 1975 to 2060.
        for seconds in stride(from: Int64(157_766_400), to: 2_840_140_800, by: 40_007) {
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            let offset = zone.zone(at: seconds * 1000).offsetMilliseconds
            guard offset == Int64(expected) * 1000 else {
                Issue.record("\(name) at \(seconds): \(offset / 1000), expected \(expected)")
                return
            }
        }
    }

    /// A local time leads back to itself, unless no clock has shown it.
    @Test(arguments: names) func localTimesLeadBack(_ name: String) throws {
        let zone = try #require(NamedZone.named(Array(name.utf8)))
        for seconds in stride(from: Int64(946_684_800), to: 2_208_988_800, by: 53_003) {
            let local = seconds * 1000
            let offset = zone.zone(atLocal: local).offsetMilliseconds
            let back = zone.zone(at: local - offset).offsetMilliseconds
            // In a gap clocks were put forward: what they show then is later than what was asked.
            #expect(back >= offset, "\(name) at \(seconds)")
        }
    }

    @Test(arguments: ["", "/etc/localtime", "../zoneinfo/Europe/Berlin", "Europe", "Europe/Berlin ", "zone.tab", "é"])
    func whatIsNoZone(_ name: String) {
        #expect(NamedZone.named(Array(name.utf8)) == nil)
    }

    @Test func extremesDoNotTrap() throws {
        for name in Self.names {
            let zone = try #require(NamedZone.named(Array(name.utf8)))
            for time in [Int64.min, .min + 1, -1, 0, .max - 1, .max] {
                _ = zone.zone(at: time)
                _ = zone.zone(atLocal: time)
            }
        }
    }

    /// Every prefix of a file, and every byte of its first part changed.
    @Test func brokenFilesAreNoZones() throws {
        let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: NamedZone.directory + "/Europe/Berlin")))
        #expect(NamedZone([], file) != nil)
        for count in stride(from: 0, to: file.count, by: 7) { _ = NamedZone([], Array(file[..<count])) }
        for place in 0..<min(file.count, 600) {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                var changed = file
                changed[place] = value
                if let zone = NamedZone([], changed) { _ = zone.zone(at: 1_700_000_000_000) }
            }
        }
    }

    @Test(arguments: [
        "", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
    ])
    func rulesThatAreNone(_ text: String) { #expect(ZoneRule(Array(text.utf8)) == nil) }
}
