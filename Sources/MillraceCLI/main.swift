// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

let console = Console()
let code = CommandRunner(console).run(Array(CommandLine.arguments.dropFirst()))
fflush(nil)
// Not exit: threads of clients that could not be closed in time may still use what libraries tear down then.
_exit(code)
