// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

let console = Console()
exit(CommandRunner(console).run(Array(CommandLine.arguments.dropFirst())))
