// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceRegistry

struct RegistryAddressTests {
    @Test(arguments: [
        ("http://registry:8081", "http://registry:8081"), ("http://registry:8081/", "http://registry:8081"),
        ("HTTPS://Registry.Example/apis/ccompat/v7/", "https://registry.example/apis/ccompat/v7"),
        ("http://10.0.0.1", "http://10.0.0.1"), ("http://[::1]:8081", "http://[::1]:8081"),
        ("https://[2001:db8::2]", "https://[2001:db8::2]"), ("http://h:80", "http://h"),
    ])
    func isTakenApart(text: String, shown: String) throws {
        let address = try RegistryAddress(text)
        #expect(address.text == shown)
        #expect(address.user == nil && address.password == nil)
    }

    @Test func aLogInIsDecodedAndNotShown() throws {
        let address = try RegistryAddress("https://us%40er:p%3Aa%2Fss@host:9/x")
        #expect(address.user == "us@er")
        #expect(address.password == "p:a/ss")
        #expect(address.text == "https://host:9/x")
        #expect(try RegistryAddress("http://u@h").password == "")
    }

    @Test(arguments: [
        "", "registry:8081", "ftp://h", "http://", "http://:81", "http://h:0", "http://h:65536", "http://h:x",
        "http://h?a=b", "http://h/#x", "http://h ", "http://[::1", "http://[]:1", "http://a%2@h", "http://%zz@h",
        "http://h\u{0}", "http://hö", "file:///etc/passwd", "http://%FF@h", "http://[::1]x",
    ])
    func othersAreNone(text: String) {
        #expect(throws: RegistryAddress.Malformed.self) { try RegistryAddress(text) }
    }

    @Test func onlyTheSameServerIsTheSame() throws {
        let address = try RegistryAddress("https://h/a")
        #expect(address.isSameServer(as: try RegistryAddress("https://H:443/b")))
        for other in ["http://h:443", "https://h:444", "https://g", "https://h.example"] {
            #expect(try !address.isSameServer(as: RegistryAddress(other)), "\(other)")
        }
    }

    @Test(arguments: [
        ("orders-value", "orders-value"), ("a b/c?d#e%", "a%20b%2Fc%3Fd%23e%25"), ("ö", "%C3%B6"), ("\n", "%0A"),
    ])
    func aNameIsOneStepOfAPath(name: String, step: String) {
        #expect(RegistryAddress.encoded(name) == step)
    }
}

struct RegistryPauseTests {
    private var options: RegistryOptions {
        var options = RegistryOptions(addresses: [])
        options.firstPauseMilliseconds = 100
        options.longestPauseMilliseconds = 1_000
        return options
    }

    @Test func itDoublesUpToTheLongest() {
        let longest = (0..<6).map { RegistryPause.milliseconds(options, tries: $0, share: 1) }
        #expect(longest == [100, 200, 400, 800, 1_000, 1_000])
        let shortest = (0..<6).map { RegistryPause.milliseconds(options, tries: $0, share: 0) }
        #expect(shortest == [50, 100, 200, 400, 500, 500])
    }

    @Test func manyTriesDoNotOverflow() {
        var options = options
        options.longestPauseMilliseconds = .max
        #expect(RegistryPause.milliseconds(options, tries: 1_000, share: 0) == Int64.max / 2)
    }
}
