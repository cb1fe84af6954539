// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceSQL
package import MillracePlan

extension GoldenCase {
    /// What the reference makes of the case: results in canonical order and the accounts.
    package func reference() throws -> (results: [String], accounts: [Account]) {
        let result = try Reference.run(try plan(), over: log)
        let accounts = result.accounts.sorted { $0.key < $1.key }.map { Account(key: $0.key, account: $0.value) }
        return (result.lines, accounts)
    }

    /// The plan of the statements.
    package func plan() throws(SourceError) -> ProgramPlan {
        try SQL.compile(statements, hasSchemas: true)
    }
}
