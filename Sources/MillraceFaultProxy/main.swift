// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// At once: whoever reads a line waits for it.
func say(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    var line = text + "\n"
    _ = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
}

/// Obeys the lines on stdin until they end.
func serve(brokerPort: UInt16) throws(SocketError) {
    let proxy = try FaultProxy(brokerPort: brokerPort) { say($0) }
    say("listening \(proxy.port)")
    var block = [UInt8](repeating: 0, count: 4096)
    var commands: [UInt8] = []
    while true {
        guard proxy.step(commands: STDIN_FILENO) else { continue }
        let count = read(STDIN_FILENO, &block, block.count)
        guard count > 0 else { return }
        commands += block[..<count]
        while let end = commands.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: commands[..<end], as: UTF8.self)
            commands.removeSubrange(...end)
            do {
                try proxy.obey(line)
            } catch {
                say("refused \(line): \(error)")
            }
        }
    }
}

guard CommandLine.arguments.count == 2, let brokerPort = UInt16(CommandLine.arguments[1]) else {
    let usage = """
        millrace-fault-proxy BROKER_PORT: harms what Kafka's clients and a broker on this machine say to each other.
        Its port and what happens are on stdout; it obeys lines on stdin until they end:
            arm NAME request|response API[:TEXT] NTH[+] lose|cut[:BYTES]|hold[:MILLISECONDS]|duplicate|
                pace:BYTES_PER_SECOND|flip:BYTES|garble|swell
            release NAME
        """
    say(usage, to: STDERR_FILENO)
    exit(64)
}
do {
    try serve(brokerPort: brokerPort)
} catch {
    say("millrace-fault-proxy: \(error)", to: STDERR_FILENO)
    exit(69)
}
