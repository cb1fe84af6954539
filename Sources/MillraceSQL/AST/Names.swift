// SPDX-License-Identifier: Apache-2.0

/// Rules for identifiers.
enum Names {
    /// ASCII letters to upper case, everything else as it is: what ksqlDB does to bare identifiers, in every locale.
    static func upperCased(_ text: String) -> String {
        String(decoding: text.utf8.map { 0x61...0x7A ~= $0 ? $0 - 0x20 : $0 }, as: UTF8.self)
    }

    /// A name given in a property's string: upper case unless it stands in back quotes.
    static func resolved(_ text: String) -> String {
        if text.utf8.count > 2, text.hasPrefix("`"), text.hasSuffix("`") { return String(text.dropFirst().dropLast()) }
        return upperCased(text)
    }

    /// Words that are names only in quotes, because a clause or an expression could start or go on with them.
    static let reserved: Set<String> = [
        "SELECT", "FROM", "AS", "WHERE", "GROUP", "HAVING", "CREATE", "INSERT", "INTO", "VALUES", "WITH", "AND", "OR",
        "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST",
        "DISTINCT", "ON", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "WINDOW", "LIMIT", "BY",
    ]

    /// Words that may be an alias without AS, unless a clause starts with them: by the words behind them.
    static let clauseStarts: [String: Set<String>] = [
        "PARTITION": ["BY"], "ORDER": ["BY"], "UNION": ["SELECT", "ALL"], "GRACE": ["PERIOD"], "AT": ["TIME"],
    ]

    /// Functions whose first argument is a unit of time, written as a bare word.
    static let takingUnits: Set<String> = [
        "TIMESTAMPADD", "TIMESTAMPSUB", "DATEADD", "DATESUB", "TIMEADD", "TIMESUB",
    ]

    /// The columns that every source has without a declaration.
    static let pseudoColumns: [String] = ["ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"]
}
