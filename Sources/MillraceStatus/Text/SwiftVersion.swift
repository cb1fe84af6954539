// SPDX-License-Identifier: Apache-2.0

/// The compiler that has made this binary, as far as it tells its programs.
enum SwiftVersion {
    static var text: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
