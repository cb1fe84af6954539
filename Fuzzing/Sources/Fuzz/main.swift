// SPDX-License-Identifier: Apache-2.0
import CFuzzer
import FuzzTargets

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One binary for all targets, because building them is what takes the time:
///
///     Fuzz --list           the targets' names
///     Fuzz TARGET …         fuzzes one of them; the rest is libFuzzer's
let names = FuzzTarget.all.map(\.name)
guard CommandLine.arguments.count > 1 else {
    print("usage: Fuzz --list | Fuzz TARGET [libFuzzer's options]")
    exit(64)
}
if CommandLine.arguments[1] == "--list" {
    for name in names { print(name) }
    exit(0)
}
guard let found = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] }) else {
    print("no target \(CommandLine.arguments[1]); there are: \(names.joined(separator: ", "))")
    exit(64)
}
/// Read by the callback, which cannot capture anything.
let target = found

// libFuzzer sees the arguments without the target's name.
let arguments = CommandLine.unsafeArgv
arguments[1] = arguments[0]
var count = CommandLine.argc - 1
var rest: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments + 1
let status = LLVMFuzzerRunDriver(&count, &rest) { data, size in
    do {
        try target.run(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}
exit(status)
