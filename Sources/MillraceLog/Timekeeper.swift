// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Time as what runs sees it: the machine's, or that of a simulated cluster.
package protocol Timekeeper: Clock {
    /// Lets so much time pass; at once where it is not positive.
    func sleep(milliseconds: Int64)
}
