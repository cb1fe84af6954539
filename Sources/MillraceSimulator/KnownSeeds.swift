// SPDX-License-Identifier: Apache-2.0

/// Seeds whose trial has shown a fault that is mended: each campaign goes through them again.
enum KnownSeeds {
    static let all: [UInt64] = [
        // A drain ended before the group had answered, and left unread what changed hands meanwhile.
        9, 122, 1755,
        // A stop while the coordinator's answer was in doubt was told as results that are in the way.
        5872,
        // That there were no traces of an earlier life was remembered for fifteen seconds, in which another process
        // committed: a coordinator that then forgot was believed, and an exchange got partial results twice.
        7311, 18426,
        // What an exchange held before the first commit was deleted, and an offset before that was taken for lost.
        2078,
    ]
}
